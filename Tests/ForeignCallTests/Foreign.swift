import Foundation
import TestSupport
import Testing

/// A run of the kind ffi with signatures and calls of a test.
struct Foreign {
  let workshop: Workshop
  let signatures: String

  init(_ signatures: String) throws {
    workshop = try Workshop()
    self.signatures = try workshop.write(signatures, as: "test.ffi")
  }

  /// The library of Tests/Programs/foreign.c, with the line that names it.
  init(library signatures: String) throws {
    workshop = try Workshop()
    let path = workshop.path("libforeign.so")
    try TestKind.compile(TestKind.sources + "/../Programs/foreign.c", to: path)
    self.signatures = try workshop.write("lib \"\(path)\"\n" + signatures, as: "test.ffi")
  }

  func run(_ calls: [String], _ options: [String] = [], allow: String? = "any") throws -> Taskhost.Finished {
    let file = try workshop.write(calls.map { $0 + "\n" }.joined(), as: "calls.jsonl")
    return try start(options + [file], allow: allow)
  }

  func start(_ arguments: [String], allow: String? = "any") throws -> Taskhost.Finished {
    try Taskhost.run(
      ["--kind", "ffi", "-j2", "--set", "signatures=\(signatures)"]
        + (allow.map { ["--set", "allow=\($0)"] } ?? []) + arguments)
  }
}

extension Taskhost.Finished {
  var findings: [Event] { events.named("diagnostic.reported") }

  /// LINE:COLUMN: MESSAGE of each finding.
  var said: [String] {
    findings.map { "\($0.number("line") ?? 0):\($0.number("column") ?? 0): \($0.text("message") ?? "")" }
  }

  /// What was printed: one line for each result, as they came.
  var printed: [String] {
    var bytes: [Int: [UInt8]] = [:]
    var order: [Int] = []
    for event in events.named("output.printed") {
      let task = event.number("task") ?? 0
      if bytes[task] == nil { order.append(task) }
      let data = event.text("data").map { Array($0.utf8) }
      let encoded = event.text("data_base64").flatMap { Data(base64Encoded: $0) }.map { Array($0) }
      bytes[task, default: []] += data ?? encoded ?? []
    }
    return order.flatMap { task in
      String(decoding: bytes[task] ?? [], as: UTF8.self).split(separator: "\n").map(String.init)
    }
  }

  /// The results, by the lines of the calls, as they were written.
  func texts() -> [Int: String] {
    var texts: [Int: String] = [:]
    for line in printed {
      guard let match = line.firstMatch(of: /"line":(\d+),.*?"result":(.*)\}$/), let number = Int(match.1)
      else {
        continue
      }
      texts[number] = String(match.2)
    }
    return texts
  }

  func results() throws -> [Int: [String: Any]] {
    try texts().mapValues {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  /// LINE: RESULT, in the order of the lines.
  var told: [String] { texts().sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" } }
}

/// A generator that a failing seed can be repeated with.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
