import Foundation
import TestSupport
import Testing

/// The headers of today against those that were released: what was built with one of these must go on working.
@Suite struct ABISnapshotTests {
  static let snapshots = URL(filePath: TestKind.include).appending(path: "../abi").standardizedFileURL.path

  static var versions: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: snapshots).filter { $0.first?.isNumber == true }
        .sorted()
    }
  }

  private let workshop: Workshop

  init() throws { workshop = try Workshop() }

  /// The headers of a directory, changed.
  private func changed(
    _ name: String, of directory: String = TestKind.include, _ change: (inout String) -> Void
  ) throws -> String {
    let place = try workshop.makeDirectory(name)
    for file in ["taskhost.h", "taskhost_ext.h"] {
      var text = try String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8)
      change(&text)
      try text.write(toFile: "\(place)/\(file)", atomically: true, encoding: .utf8)
    }
    return place
  }

  @Test func everyReleaseIsKeptAndThisOneIsTheNewest() throws {
    let versions = try Self.versions
    #expect(versions.first == "1.0")
    let header = try String(contentsOfFile: TestKind.include + "/taskhost.h", encoding: .utf8)
    let minor = try #require(header.firstMatch(of: #/#define TH_ABI_MINOR (\d+)u/#)).1
    #expect(versions.count <= Int(minor).map { $0 + 1 } ?? 0)
    // All that is public is looked at.
    let layout = try ABILayout(directory: "\(Self.snapshots)/1.0")
    #expect(layout.structs.count == 19 && layout.constants.count > 50)
    #expect(layout.structs.first { $0.name == "th_kind" }?.members.count == 29)
    #expect(layout.structs.filter { !$0.canGrow }.map(\.name) == ["th_bytes", "th_worker_handle"])
  }

  @Test func nothingThatWasReleasedHasChanged() throws {
    for version in try Self.versions {
      let problems = try ABILayout.breaks(
        from: "\(Self.snapshots)/\(version)", to: TestKind.include, workshop)
      #expect(problems.isEmpty, "\(version): \(problems)")
    }
  }

  /// What this comparison is for: each of these must be noticed.
  @Test func aChangeAnywhereButAtTheEndIsNoticed() throws {
    let layout = try ABILayout(directory: TestKind.include)
    for item in layout.structs {
      let opening = try Regex("typedef struct (?:TH_SENDABLE )?\(item.name) \\{")
      let inserted = try changed("insert-\(item.name)") { text in
        // A semicolon of a comment ends no member.
        text.replace(#/(?s)/\*.*?\*//#, with: "")
        guard let range = text.firstRange(of: opening),
          let line = text[range.upperBound...].firstIndex(of: ";")
        else { return }
        text.insert(contentsOf: " uint64_t intruder;", at: text.index(after: line))
      }
      #expect(try !ABILayout.breaks(from: TestKind.include, to: inserted, workshop).isEmpty, "\(item.name)")
    }
    let edits: [(String, String, String)] = [
      ("constant", "#define TH_END            ((th_status)3)", "#define TH_END            ((th_status)4)"),
      ("enum", "enum { TH_LOG_TRACE, TH_LOG_DEBUG", "enum { TH_LOG_DEBUG, TH_LOG_TRACE"),
      ("text", "\"taskhost_plugin_v1\"", "\"taskhost_plugin_v2\""),
      ("order", "uint32_t size, severity;", "uint32_t severity, size;"),
      ("type", "int32_t  priority;", "uint32_t priority;"),
      ("signature", "(*release)(void *ctx) TH_NOEXCEPT,", "(*release)(int ctx) TH_NOEXCEPT,"),
      ("removed", "    uint64_t peak_rss, actual, limit;", "    uint64_t peak_rss, actual;"),
      ("extension", "th_status (*session_open)", "int64_t (*session_open)"),
    ]
    for (name, old, new) in edits {
      let edited = try changed(name) { $0 = $0.replacing(old, with: new) }
      #expect(try !ABILayout.breaks(from: TestKind.include, to: edited, workshop).isEmpty, "\(name)")
    }
  }

  @Test func growthAtTheEndIsNone() throws {
    let grown = try changed("grown") { NewerABI.grow(&$0) }
    #expect(try ABILayout.breaks(from: TestKind.include, to: grown, workshop) == [])
    // And the other way round it is one.
    #expect(try !ABILayout.breaks(from: grown, to: TestKind.include, workshop).isEmpty)
  }
}

/// A later minor version that does not exist: each struct that can has grown at its end.
enum NewerABI {
  private static let members = [
    "th_host": "int32_t (*spare)(const void *h) TH_NOEXCEPT;",
    "th_call": "int32_t (*answer)(struct th_call *c) TH_NOEXCEPT;",
    "th_out": "uint64_t marks;", "th_kind": "th_status (*tell)(th_worker *, th_call *) TH_NOEXCEPT;",
    "th_item": "uint64_t later;", "th_diagnostic": "uint64_t later;", "th_worker_status": "uint64_t later;",
    "th_gone": "uint64_t later;", "th_totals": "uint64_t later;", "th_session_hooks": "void *later;",
    "th_stream": "void *later;", "th_host_call": "void *later;", "th_host_service": "void *later;",
    "th_print": "void *later;", "th_trace": "void *later;",
  ]

  static func grow(_ text: inout String) {
    for (name, member) in members {
      text = text.replacing("\n} \(name);", with: "\n    \(member)\n} \(name);")
    }
    text = text.replacing("#define TH_ABI_MINOR 0u", with: "#define TH_ABI_MINOR 1u")
  }

  /// Its headers.
  static func headers(_ workshop: Workshop) throws -> String {
    let place = try workshop.makeDirectory("newer-headers")
    for file in ["taskhost.h", "taskhost_ext.h"] {
      var text = try String(contentsOfFile: "\(TestKind.include)/\(file)", encoding: .utf8)
      grow(&text)
      try text.write(toFile: "\(place)/\(file)", atomically: true, encoding: .utf8)
    }
    return place
  }
}
