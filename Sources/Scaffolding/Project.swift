/// The files of a new kind, before they are written.
package struct Project {
  package struct File: Equatable {
    package enum Content: Equatable {
      case bytes([UInt8])
      /// A symbolic link with this target.
      case link(String)
    }

    package var path: String
    package var content: Content
  }

  /// Sorted by path.
  package private(set) var files: [File] = []

  /// A kind of this name that builds, passes its check and has one example that fails on purpose. `version` is that of the host.
  package init(_ language: Language, _ name: KindName, version: String) {
    let own = "templates/\(language.rawValue)/"
    var makefile: [UInt8] = []
    for file in SDKFile.all {
      if file.path == own + "Makefile" {
        makefile = Self.filled(file.bytes, language, name) + makefile
      } else if file.path == "templates/common/Makefile.tail" {
        makefile += Self.filled(file.bytes, language, name)
      } else if let path = Self.inside("templates/common/", file.path) {
        add(path, Self.filled(file.bytes, language, name))
      } else if let path = Self.inside(own, file.path) {
        add(Self.renamed(path, language, name), Self.filled(file.bytes, language, name))
      }
    }
    add("Makefile", makefile)
    files += Self.sdk(language, version: version)
    files.sort { $0.path < $1.path }
  }

  /// The copy of the SDK alone.
  static func sdk(_ language: Language, version: String) -> [File] {
    var files: [File] = []
    for file in SDKFile.all where !file.path.hasPrefix("templates/") {
      guard let place = language.place(of: file.path) else { continue }
      let isHeader = place.hasSuffix(".h") || place.hasSuffix(".hpp")
      let stamp =
        isHeader
        ? "/* From taskhost \(version); `taskhost plugin update-header` brings it up to date. */\n" : ""
      files.append(File(path: place, content: .bytes(Array(stamp.utf8) + file.bytes)))
    }
    if language == .swift {
      files.append(File(path: "SDK/Sources/CTaskHost/include", content: .link("../../include")))
    }
    return files
  }

  private mutating func add(_ path: String, _ bytes: [UInt8]) {
    files.append(File(path: path, content: .bytes(bytes)))
  }

  private static func inside(_ folder: String, _ path: String) -> String? {
    path.hasPrefix(folder) ? String(path.dropFirst(folder.utf8.count)) : nil
  }

  /// Templates of sources that are none yet end with `.in`; what is called `kind` gets the name.
  private static func renamed(_ path: String, _ language: Language, _ name: KindName) -> String {
    let path = path.hasSuffix(".in") ? String(path.dropLast(3)) : path
    switch path {
    case "src/kind.c", "src/kind.cpp", "Sources/Kind/Kind.swift": return language.source(name)
    default:
      guard let rest = inside("Sources/KindManifest/", path) else { return path }
      return "Sources/\(name.typeName)Manifest/\(rest)"
    }
  }

  /// The bytes with a value for each `@WORD@` that is known.
  private static func filled(
    _ bytes: UnsafeBufferPointer<UInt8>, _ language: Language, _ name: KindName
  ) -> [UInt8] {
    let values: [(word: [UInt8], value: [UInt8])] = [
      ("@NAME@", name.text), ("@IDENTIFIER@", name.identifier), ("@TYPE@", name.typeName),
      ("@SOURCE@", language.source(name)), ("@SDK@", language.sdkFolder),
    ].map { (Array($0.0.utf8), Array($0.1.utf8)) }
    var made: [UInt8] = []
    made.reserveCapacity(bytes.count)
    var at = 0
    while at < bytes.count {
      let known =
        bytes[at] == UInt8(ascii: "@") ? values.first { bytes[at...].starts(with: $0.word) } : nil
      if let known {
        made += known.value
        at += known.word.count
      } else {
        made.append(bytes[at])
        at += 1
      }
    }
    return made
  }
}
