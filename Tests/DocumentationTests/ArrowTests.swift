import Foundation
import Testing

/// Which room may know of which: imports as they stand in the files, whatever Package.swift would allow.
@Suite struct ArrowTests {
  /// From the bottom to the top. A room sees only rooms that are listed for it, and shims and systems below.
  private static let rooms: [String: Set<String>] = [
    "Sources/CPosix": [],
    "Sources/CProcessEnd": [],
    // libffi, for those who look at plugins; what runs tasks calls hooks as C functions.
    "Sources/CFFI": [],
    "Sources/Scheduling": [],
    "Sources/Wire": ["CPosix"],
    "Sources/PluginLoading": ["CPosix", "CTaskHost"],
    "Sources/Hooks": ["Wire", "PluginLoading", "CPosix", "CTaskHost"],
    "Sources/WorkerRuntime": ["Hooks", "Wire", "PluginLoading", "CPosix", "CTaskHost"],
    "Sources/ControlGroups": [],
    "Sources/WorkerPool": [
      "Scheduling", "ControlGroups", "Hooks", "Wire", "PluginLoading", "CPosix", "CTaskHost",
    ],
    "Sources/Settings": [],
    "Sources/TaskHost": [
      "WorkerPool", "WorkerRuntime", "Settings", "Scheduling", "Hooks", "Wire", "PluginLoading", "CPosix",
      "CTaskHost",
    ],
    // Takes the places of host and worker, and so knows what they are made of.
    "Sources/Conformance": [
      "TaskHost", "Hooks", "PluginLoading", "Wire", "CFFI", "CPosix", "CTaskHost",
    ],
    "Sources/SDKFiles": [],
    "Sources/Scaffolding": ["SDKFiles", "CPosix"],
    // A user of the library, which reaches around it for terminals and streams only.
    "Sources/CommandLineInterface": [
      "Scaffolding", "TaskHost", "Conformance", "Settings", "CPosix", "CProcessEnd",
    ],
    "Sources/taskhost": ["CommandLineInterface", "TaskHost"],
    "SDK/Sources/CTaskHost": [],
    "SDK/Sources/TaskHostSDK": ["CTaskHost"],
    "Plugins/Proof/Sources/Metamath": [],
    "Plugins/Proof/Sources/ProofManifest": [],
    "Plugins/Proof/Sources/Proof": ["Metamath", "ProofManifest", "TaskHostSDK", "CTaskHost"],
    "Plugins/Exec/Sources/Commands": [],
    "Plugins/Exec/Sources/CExec": [],
    "Plugins/Exec/Sources/Exec": ["Commands", "CExec", "TaskHostSDK", "CTaskHost"],
    "Plugins/FFI/Sources/ForeignSignatures": [],
    "Plugins/FFI/Sources/ForeignLibraries": [],
    "Plugins/FFI/Sources/LibFFI": [],
    "Plugins/FFI/Sources/ForeignMemory": [],
    "Plugins/FFI/Sources/FFIManifest": [],
    "Plugins/FFI/Sources/FFI": [
      "ForeignSignatures", "ForeignLibraries", "ForeignMemory", "FFIManifest", "TaskHostSDK", "CTaskHost",
    ],
    "Plugins/FFI/Sources/ffi-verify": ["ForeignSignatures"],
  ]

  /// What is not ours, and where it may be used.
  private static let systems: [String: Set<String>] = [
    "Glibc": [
      "Sources/Wire", "Sources/PluginLoading", "Sources/Hooks", "Sources/WorkerRuntime", "Sources/WorkerPool",
      "Sources/Settings", "Sources/TaskHost", "Sources/Conformance", "Sources/CommandLineInterface",
      "Sources/Scaffolding", "Sources/ControlGroups",
      "Plugins/Proof/Sources/Metamath", "Plugins/Proof/Sources/Proof",
      "Plugins/Exec/Sources/Commands", "Plugins/Exec/Sources/Exec",
      "Plugins/FFI/Sources/ForeignLibraries", "Plugins/FFI/Sources/FFI", "Plugins/FFI/Sources/ffi-verify",
    ],
    "FoundationEssentials": ["Sources/CommandLineInterface"],
    "Synchronization": ["Sources/TaskHost", "Sources/WorkerPool", "Sources/ControlGroups"],
    "Crypto": ["Sources/PluginLoading"],
    "ArgumentParser": ["Sources/CommandLineInterface"],
  ]

  @Test func theseAreAllRooms() throws {
    for folder in [
      "Sources", "SDK/Sources", "Plugins/Proof/Sources", "Plugins/Exec/Sources", "Plugins/FFI/Sources",
    ] {
      let found = try FileManager.default.contentsOfDirectory(
        atPath: DocumentationTests.root.appending(path: folder).path)
      for name in found { #expect(Self.rooms["\(folder)/\(name)"] != nil, "\(folder)/\(name) has no rule") }
    }
  }

  @Test(arguments: rooms.keys.sorted())
  func arrowsOnlyGoDown(room: String) throws {
    let allowed = try #require(Self.rooms[room])
    let headers = try Repository.files(under: room, withExtensions: ["h"])
    let own = Set(headers.map { URL(filePath: $0).lastPathComponent })
    var seen = 0
    for path in try Repository.files(under: room, withExtensions: ["swift", "c", "h"]) {
      seen += 1
      let imports = Self.imports(
        in: try Repository.text(path), isSwift: path.hasSuffix(".swift"), own: own)
      for (line, name) in imports {
        let isSystem = Self.systems[name]?.contains(room) == true
        #expect(allowed.contains(name) || isSystem, "\(path):\(line) imports \(name)")
      }
    }
    #expect(seen > 0, "\(room) has no files")
  }

  /// Two rooms that see each other would be one.
  @Test func thereIsNoCircle() {
    func reaches(_ from: String, _ to: String, _ depth: Int) -> Bool {
      guard depth < Self.rooms.count, let below = Self.rooms["Sources/\(from)"] else { return false }
      return below.contains { $0 == to || reaches($0, to, depth + 1) }
    }
    for room in Self.rooms.keys where room.hasPrefix("Sources/") {
      let name = String(room.dropFirst("Sources/".count))
      #expect(!reaches(name, name, 0), "\(name) sees itself")
    }
  }

  /// Modules of Swift files; of C files, the headers in quotes that lie in another room.
  private static func imports(in text: String, isSwift: Bool, own: Set<String>) -> [(line: Int, name: String)]
  {
    let swift =
      /^\s*(?:(?:@\w+(?:\([^)]*\))?|package|public|internal|private|fileprivate)\s+)*import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)/
    let header = /^\s*#\s*include\s+"([^"]+)"/
    var found: [(Int, String)] = []
    for (index, line) in text.components(separatedBy: "\n").enumerated() {
      if isSwift {
        if let match = line.firstMatch(of: swift) { found.append((index + 1, String(match.1))) }
      } else if let match = line.firstMatch(of: header) {
        let file = String(match.1)
        if !own.contains(file) { found.append((index + 1, file)) }
      }
    }
    return found
  }
}
