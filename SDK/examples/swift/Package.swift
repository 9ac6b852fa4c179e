// swift-tools-version: 6.2
import PackageDescription

/// Where the SDK of taskhost lies.
let sdk = Context.environment["SDK"] ?? "../.."

/// A plugin brings its own Swift runtime and shows one symbol, whatever host loads it.
let pluginLink: [LinkerSetting] = [
  .unsafeFlags([
    "-static-stdlib", "-use-ld=lld",
    "-Xlinker", "--version-script=\(sdk)/plugin.map", "-Xlinker", "--gc-sections",
  ])
]

/// A kind is two targets: the manifest is C, because only C can put text into an ELF note.
func kind(_ name: String) -> [Target] {
  [
    .target(name: "\(name)Manifest", dependencies: [.product(name: "CTaskHost", package: "SDK")]),
    .target(
      name: name,
      dependencies: [
        .target(name: "\(name)Manifest"), .product(name: "TaskHostSDK", package: "SDK"),
      ],
      linkerSettings: pluginLink),
  ]
}

let package = Package(
  name: "Examples",
  products: ["Lines", "Primes", "Shout"].map {
    .library(name: $0.lowercased(), type: .dynamic, targets: [$0])
  },
  dependencies: [.package(name: "SDK", path: sdk)],
  targets: kind("Lines") + kind("Primes") + kind("Shout"),
  swiftLanguageModes: [.v6]
)
