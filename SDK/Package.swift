// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "SDK",
  products: [
    .library(name: "CTaskHost", targets: ["CTaskHost"]),
    .library(name: "TaskHostSDK", type: .static, targets: ["TaskHostSDK"]),
  ],
  targets: [
    .target(name: "CTaskHost"),
    .target(name: "TaskHostSDK", dependencies: ["CTaskHost"]),
  ],
  swiftLanguageModes: [.v6]
)
