/// In which a new kind can be written.
package enum Language: String, CaseIterable, Sendable {
  case c, cpp, swift, rust

  /// What is needed to build it.
  package var needs: String {
    switch self {
    case .c: "C11, make"
    case .cpp: "C++17, make"
    case .swift: "Swift 6.2, make"
    case .rust: "Rust 1.63, make"
    }
  }

  /// The file with the three marked places, from the folder of the kind.
  func source(_ name: KindName) -> String {
    switch self {
    case .c: "src/\(name.text).c"
    case .cpp: "src/\(name.text).cpp"
    case .swift: "Sources/\(name.typeName)/\(name.typeName).swift"
    case .rust: "src/lib.rs"
    }
  }

  /// The folder with the copy of the SDK.
  var sdkFolder: String {
    switch self {
    case .c, .cpp: "include"
    case .swift: "SDK"
    case .rust: "sdk"
    }
  }

  /// Where a copy of this file of the SDK lies in a project; nil if it needs none.
  func place(of path: String) -> String? {
    func inside(_ folder: String) -> String? {
      path.hasPrefix(folder + "/") ? String(path.dropFirst(folder.utf8.count + 1)) : nil
    }
    let isHeader = path.hasPrefix("include/") && path.hasSuffix(".h")
    switch self {
    case .c: return isHeader ? path : nil
    case .cpp:
      if path == "plugin.map" { return "include/plugin.map" }
      if let header = inside("cpp") { return "include/" + header }
      return isHeader ? path : nil
    case .swift:
      let isWanted =
        path == "Package.swift" || path == "plugin.map" || path.hasPrefix("include/")
        || path.hasPrefix("Sources/")
      return isWanted ? "SDK/" + path : nil
    case .rust:
      if let header = inside("include"), isHeader { return "sdk/" + header }
      return inside("rust").map { "sdk/" + $0 }
    }
  }

  /// A file that a project has if it has the SDK of this language.
  var mark: String {
    switch self {
    case .c: "include/taskhost.h"
    case .cpp: "include/taskhost.hpp"
    case .swift: "SDK/Package.swift"
    case .rust: "sdk/Cargo.toml"
    }
  }
}
