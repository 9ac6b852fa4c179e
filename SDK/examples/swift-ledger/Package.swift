// swift-tools-version: 6.2
import PackageDescription

/// Where the SDK of taskhost lies.
let sdk = Context.environment["SDK"] ?? "../.."

let package = Package(
  name: "Ledger",
  products: [.library(name: "ledger", type: .dynamic, targets: ["Ledger"])],
  dependencies: [.package(name: "SDK", path: sdk)],
  targets: [
    // The manifest is C, because only C can put text into an ELF note.
    .target(name: "LedgerManifest", dependencies: [.product(name: "CTaskHost", package: "SDK")]),
    .target(
      name: "Ledger",
      dependencies: [
        "LedgerManifest", .product(name: "CTaskHost", package: "SDK"),
        .product(name: "TaskHostSDK", package: "SDK"),
      ],
      linkerSettings: [
        // The plugin brings its own Swift runtime and shows one symbol, whatever host loads it.
        .unsafeFlags([
          "-static-stdlib", "-use-ld=lld",
          "-Xlinker", "--version-script=\(sdk)/plugin.map", "-Xlinker", "--gc-sections",
        ])
      ]),
  ],
  swiftLanguageModes: [.v6]
)
