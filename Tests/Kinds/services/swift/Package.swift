// swift-tools-version: 6.2
import PackageDescription

/// Where the SDK of taskhost lies.
let sdk = Context.environment["SDK"] ?? "../../../../SDK"

let package = Package(
  name: "Services",
  products: [.library(name: "services", type: .dynamic, targets: ["Services"])],
  dependencies: [.package(name: "SDK", path: sdk)],
  targets: [
    .target(name: "ServicesManifest", dependencies: [.product(name: "CTaskHost", package: "SDK")]),
    .target(
      name: "Services",
      dependencies: ["ServicesManifest", .product(name: "TaskHostSDK", package: "SDK")],
      linkerSettings: [
        .unsafeFlags([
          "-static-stdlib", "-use-ld=lld",
          "-Xlinker", "--version-script=\(sdk)/plugin.map", "-Xlinker", "--gc-sections",
        ])
      ]),
  ],
  swiftLanguageModes: [.v6]
)
