// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// The host carries its runtime with it, which takes two thirds off the start of a worker, and shows no symbol of that to
/// plugins: one that links the shared runtime must not be bound to that of the host. The folder `link` makes that
/// true of the C++ library, too.
let hostLink: [LinkerSetting] = [
  .unsafeFlags([
    "-static-stdlib", "-use-ld=lld", "-l_FoundationCollections", "-l_FoundationCShims",
    "-L", "\(Context.packageDirectory)/Sources/taskhost/link", "-Xclang-linker", "-static-libgcc",
    "-Xlinker", "--version-script=\(Context.packageDirectory)/Sources/taskhost/host.map",
    "-Xlinker", "--export-dynamic-symbol=_exit", "-Xlinker", "--export-dynamic-symbol=_Exit",
    // 9 KiB for the loader to read in place of 1.1 MiB.
    "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
    "-Xlinker", "--gc-sections",
    // What a worker runs lies together: to map each part of the executable for it takes longer than what it does there.
    "-Xlinker", "--symbol-ordering-file=\(Context.packageDirectory)/Sources/taskhost/worker.order",
    "-Xlinker", "--no-warn-symbol-ordering",
  ])
]

/// A plugin carries its own Swift runtime and shows one symbol, whatever host loads it.
let pluginLink: [LinkerSetting] = [
  .unsafeFlags([
    // gold leaves local names in the dynamic symbol table.
    "-static-stdlib", "-use-ld=lld",
    "-Xlinker", "--version-script=\(Context.packageDirectory)/SDK/plugin.map",
    "-Xlinker", "--gc-sections",
  ])
]

let package = Package(
  name: "taskhost",
  products: [
    .executable(name: "taskhost", targets: ["taskhost"]),
    .library(name: "TaskHost", targets: ["TaskHost"]),
    .library(name: "proof", type: .dynamic, targets: ["Proof"]),
    .library(name: "exec", type: .dynamic, targets: ["Exec"]),
    // Not "ffi": the linker would take its file for libffi.
    .library(name: "ffikind", type: .dynamic, targets: ["FFI"]),
  ],
  dependencies: [
    .package(path: "SDK"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
  ],
  targets: [
    .target(name: "CPosix"),
    .target(name: "CProcessEnd"),
    // From an archive, so that neither the host nor a worker loads one more library. Debian has it as libffi_pic.a only.
    .target(name: "CFFI", linkerSettings: [.linkedLibrary("ffi_pic")]),

    .target(name: "Scheduling", swiftSettings: strict),
    .target(name: "Wire", dependencies: ["CPosix"], swiftSettings: strict),
    .target(
      name: "PluginLoading",
      dependencies: [
        "CPosix",
        .product(name: "CTaskHost", package: "SDK"),
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(
      name: "Hooks",
      dependencies: ["Wire", "PluginLoading", .product(name: "CTaskHost", package: "SDK")],
      swiftSettings: strict),
    .target(
      name: "WorkerRuntime",
      dependencies: [
        "Hooks", "Wire", "PluginLoading", "CPosix", .product(name: "CTaskHost", package: "SDK"),
      ],
      swiftSettings: strict),
    .target(name: "ControlGroups", swiftSettings: strict),
    .target(
      name: "WorkerPool",
      dependencies: [
        "Scheduling", "ControlGroups", "Hooks", "Wire", "PluginLoading", "CPosix",
        .product(name: "CTaskHost", package: "SDK"),
      ],
      swiftSettings: strict),
    .target(name: "Settings", swiftSettings: strict),
    // The files of the SDK and the templates, inside the executable.
    .target(name: "SDKFiles"),
    .target(name: "Scaffolding", dependencies: ["SDKFiles", "CPosix"], swiftSettings: strict),
    .target(
      name: "TaskHost",
      dependencies: [
        "WorkerPool", "WorkerRuntime", "Settings", "Scheduling", "Hooks", "PluginLoading", "Wire", "CPosix",
        .product(name: "CTaskHost", package: "SDK"),
      ],
      swiftSettings: strict),
    .target(
      name: "Conformance",
      dependencies: [
        "TaskHost", "Hooks", "PluginLoading", "Wire", "CFFI", "CPosix",
        .product(name: "CTaskHost", package: "SDK"),
      ],
      swiftSettings: strict),
    .target(
      name: "CommandLineInterface",
      dependencies: [
        "Scaffolding", "TaskHost", "Conformance", "Settings", "CPosix", "CProcessEnd",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "taskhost", dependencies: ["CommandLineInterface", "TaskHost"],
      exclude: ["host.map", "link", "worker.order"],
      swiftSettings: strict,
      // A sanitizer stands in for functions of the C library in that library, too, which it can not in a host that shows no
      // symbols. Scripts/sanitize says that there is one.
      linkerSettings: Context.environment["TASKHOST_SANITIZED"] == nil ? hostLink : []),

    .target(name: "Metamath", path: "Plugins/Proof/Sources/Metamath", swiftSettings: strict),
    .target(
      name: "ProofManifest", dependencies: [.product(name: "CTaskHost", package: "SDK")],
      path: "Plugins/Proof/Sources/ProofManifest"),
    .target(
      name: "Proof",
      dependencies: [
        "Metamath", "ProofManifest", .product(name: "CTaskHost", package: "SDK"),
        .product(name: "TaskHostSDK", package: "SDK"),
      ],
      path: "Plugins/Proof/Sources/Proof",
      swiftSettings: strict,
      linkerSettings: pluginLink),

    .target(name: "Commands", path: "Plugins/Exec/Sources/Commands", swiftSettings: strict),
    .target(
      name: "CExec", dependencies: [.product(name: "CTaskHost", package: "SDK")],
      path: "Plugins/Exec/Sources/CExec"),
    .target(
      name: "Exec",
      dependencies: [
        "Commands", "CExec", .product(name: "CTaskHost", package: "SDK"),
        .product(name: "TaskHostSDK", package: "SDK"),
      ],
      path: "Plugins/Exec/Sources/Exec",
      swiftSettings: strict,
      linkerSettings: pluginLink),

    .target(
      name: "ForeignSignatures", path: "Plugins/FFI/Sources/ForeignSignatures", swiftSettings: strict),
    .target(
      name: "ForeignLibraries", path: "Plugins/FFI/Sources/ForeignLibraries", swiftSettings: strict),
    .systemLibrary(
      name: "LibFFI", path: "Plugins/FFI/Sources/LibFFI", pkgConfig: "libffi",
      providers: [.apt(["libffi-dev"])]),
    .target(name: "ForeignMemory", dependencies: ["LibFFI"], path: "Plugins/FFI/Sources/ForeignMemory"),
    .target(
      name: "FFIManifest", dependencies: [.product(name: "CTaskHost", package: "SDK")],
      path: "Plugins/FFI/Sources/FFIManifest"),
    .target(
      name: "FFI",
      dependencies: [
        "ForeignSignatures", "ForeignLibraries", "ForeignMemory", "FFIManifest",
        .product(name: "CTaskHost", package: "SDK"), .product(name: "TaskHostSDK", package: "SDK"),
      ],
      path: "Plugins/FFI/Sources/FFI",
      swiftSettings: strict,
      linkerSettings: pluginLink),
    .executableTarget(
      name: "ffi-verify", dependencies: ["ForeignSignatures"], path: "Plugins/FFI/Sources/ffi-verify",
      swiftSettings: strict),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "CommandLineInterface", "TaskHost", "Settings", "WorkerPool", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(name: "ControlGroupTests", dependencies: ["ControlGroups"], swiftSettings: strict),
    .testTarget(name: "SettingsTests", dependencies: ["Settings", "TaskHost"], swiftSettings: strict),
    .target(
      name: "Simulation", dependencies: ["Scheduling"], path: "Tests/Simulation", swiftSettings: strict),
    .executableTarget(
      name: "simulate", dependencies: ["Simulation"], path: "Tests/simulate", swiftSettings: strict),
    .testTarget(name: "SimulationTests", dependencies: ["Simulation"], swiftSettings: strict),
    .target(
      name: "TestSupport", dependencies: ["CPosix"], path: "Tests/TestSupport", swiftSettings: strict),
    .executableTarget(
      name: "library-bench", dependencies: ["TaskHost"], path: "Benchmarks/library", swiftSettings: strict),
    // A program that embeds the library, for its tests.
    .executableTarget(
      name: "embedder", dependencies: ["TaskHost"], path: "Tests/embedder", swiftSettings: strict),
    .testTarget(
      name: "LibraryTests", dependencies: ["TaskHost", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "WireTests",
      dependencies: ["Wire", "CPosix", "Hooks", .product(name: "CTaskHost", package: "SDK")],
      swiftSettings: strict),
    .testTarget(name: "IntegrationTests", dependencies: ["TestSupport"], swiftSettings: strict),
    .testTarget(name: "EndToEndTests", dependencies: ["TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "SDKTests", dependencies: ["TaskHost", "TestSupport", "Scaffolding"], swiftSettings: strict),
    .testTarget(name: "SchedulingTests", dependencies: ["Scheduling"], swiftSettings: strict),

    .testTarget(
      name: "PluginLoadingTests",
      dependencies: ["PluginLoading", .product(name: "CTaskHost", package: "SDK")],
      swiftSettings: strict),
    .testTarget(
      name: "ConformanceTests", dependencies: ["Conformance", "TestSupport"], swiftSettings: strict),
    // Changed copies of plugin files for the reader.
    .executableTarget(
      name: "fuzz-plugin-files", dependencies: ["PluginLoading"], path: "Tests/fuzz-plugin-files",
      swiftSettings: strict),
    .testTarget(name: "DocumentationTests", dependencies: ["Settings"], swiftSettings: strict),

    .testTarget(
      name: "ForeignSignaturesTests", dependencies: ["ForeignSignatures", "ForeignLibraries"],
      swiftSettings: strict),
    .testTarget(name: "ForeignCallTests", dependencies: ["TestSupport"], swiftSettings: strict),
    .testTarget(name: "MetamathTests", dependencies: ["Metamath"], swiftSettings: strict),
    // It loads libproof.so as a host does, so it does not link the plugin's target.
    .testTarget(
      name: "ProofKindTests", dependencies: [.product(name: "CTaskHost", package: "SDK")],
      swiftSettings: strict),

    .testTarget(name: "CommandsTests", dependencies: ["Commands", "TestSupport"], swiftSettings: strict),
    // With the built taskhost and libexec.so, as users have them.
    .testTarget(
      name: "ExecKindTests", dependencies: ["TestSupport", .product(name: "CTaskHost", package: "SDK")],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)
