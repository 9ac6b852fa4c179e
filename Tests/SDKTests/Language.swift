import Foundation
import TestSupport
import Testing

/// A language that has an SDK, and its examples, built once in a test process as their author would.
enum Language: String, CaseIterable, CustomTestStringConvertible {
  case c, cpp, swift, rust

  var testDescription: String { rawValue }

  static let sdk = URL(fileURLWithPath: TestKind.include).deletingLastPathComponent().path

  /// What Debian's packages bring, before what the user has installed.
  static let cargo =
    FileManager.default.isExecutableFile(atPath: "/usr/bin/cargo") ? "/usr/bin/cargo" : "cargo"

  static var environment: [String: String] {
    var environment = Taskhost.environment
    environment["SDK"] = sdk
    // A backtrace would be output of the worker.
    environment["RUST_BACKTRACE"] = nil
    if cargo.hasPrefix("/usr/bin") {
      environment["RUSTC"] = "/usr/bin/rustc"
      environment["RUSTDOC"] = "/usr/bin/rustdoc"
    }
    return environment
  }

  static let plusPlusFlags = [
    "-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-Wshadow", "-O2", "-shared",
    "-fPIC",
    "-fvisibility=hidden", "-Wl,--version-script=\(sdk)/plugin.map", "-I", "\(sdk)/include", "-I",
    "\(sdk)/cpp",
  ]

  /// The library of an example, `lines` or `primes`.
  func example(_ name: String) throws -> String {
    try built(name) { try build(name, in: $0) }
  }

  /// The kind of `Tests/Kinds/services`, which uses every extension.
  func services() throws -> String {
    try built("services") { workshop in
      let source = "\(TestKind.sources)/services"
      switch self {
      case .c, .cpp: return try compile("\(source)/services", to: workshop.path("services-\(rawValue).so"))
      case .swift:
        try workshop.copyDirectory("\(source)/swift", as: "services-swift")
        return try Self.swiftBuild(workshop.path("services-swift"), "services")
      case .rust:
        try workshop.copyDirectory("\(Self.sdk)/rust", as: "services/rust")
        try workshop.copyDirectory("\(source)/rust", as: "services/services")
        return try Self.cargoBuild(workshop.path("services/services"), "services", in: workshop)
      }
    }
  }

  private func built(_ name: String, _ build: (Workshop) throws -> String) throws -> String {
    try Examples.lock.withLock {
      if let path = Examples.paths["\(rawValue)/\(name)"] { return path }
      let path = try build(try Examples.place())
      Examples.paths["\(rawValue)/\(name)"] = path
      return path
    }
  }

  /// One source in C or C++.
  private func compile(_ source: String, to library: String) throws -> String {
    let words =
      self == .cpp
      ? ["g++"] + Self.plusPlusFlags
      : [
        "cc", "-std=c11", "-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror", "-O2", "-shared",
        "-fPIC", "-fvisibility=hidden", "-I", "\(Self.sdk)/include",
      ]
    try Self.run(words + ["-o", library, "\(source).\(rawValue)"])
    return library
  }

  private static func swiftBuild(_ package: String, _ name: String) throws -> String {
    try run(["swift", "build", "-c", "release", "-j", "2", "--package-path", package])
    return "\(package)/.build/release/lib\(name).so"
  }

  private func build(_ name: String, in workshop: Workshop) throws -> String {
    let source = "\(Self.sdk)/examples/\(rawValue)"
    switch self {
    case .c, .cpp: return try compile("\(source)/\(name)", to: workshop.path("\(name)-\(rawValue).so"))
    case .swift:
      let package = workshop.path("swift")
      if !FileManager.default.fileExists(atPath: package) {
        try workshop.copyDirectory(source, as: "swift")
        _ = try Self.swiftBuild(package, name)
      }
      return "\(package)/.build/release/lib\(name).so"
    case .rust:
      if !FileManager.default.fileExists(atPath: workshop.path("sdk")) {
        try workshop.copyDirectory("\(Self.sdk)/rust", as: "sdk/rust")
        try workshop.copyDirectory(source, as: "sdk/examples/rust")
      }
      return try Self.cargoBuild(workshop.path("sdk/examples/rust/\(name)"), name, in: workshop)
    }
  }

  /// Builds a crate without a network.
  static func cargoBuild(_ crate: String, _ name: String, in workshop: Workshop) throws -> String {
    try run(
      [
        cargo, "build", "--release", "--offline", "--manifest-path", "\(crate)/Cargo.toml", "--target-dir",
        workshop.path("target"),
      ])
    return workshop.path("target/release/lib\(name).so")
  }

  /// A command of a builder; its words are the failure.
  @discardableResult
  static func run(_ words: [String], seconds: Double = 900) throws -> String {
    let builder = try Child("/usr/bin/env", words, environment: environment)
    guard try builder.finish(seconds: seconds) == .exited(0) else {
      throw Child.Failure(
        description: "\(words.joined(separator: " ")): \(builder.outputText)\(builder.errorText)")
    }
    return builder.outputText
  }
}

/// What has been built. Libraries go away with the process.
enum Examples {
  static let lock = NSRecursiveLock()
  nonisolated(unsafe) static var paths: [String: String] = [:]
  nonisolated(unsafe) private static var workshop: Workshop?

  static func place() throws -> Workshop {
    try lock.withLock {
      if let workshop { return workshop }
      let made = try Workshop()
      workshop = made
      atexit { Examples.lock.withLock { Examples.workshop = nil } }
      return made
    }
  }
}
