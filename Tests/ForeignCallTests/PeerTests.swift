import Foundation
import TestSupport
import Testing

/// The same calls by Python's ctypes.
@Suite struct PeerTests {
  static let signatures = """
    lib "libz.so.1"
    kind crc32 = fn u64 crc32(u64 seed, in bytes data : u32 len) pure
    kind compress = fn i32 compress2(out bytes<bound> dst : inout u64 n, in bytes src : u64 m, i32 level) fail if ret != 0, result bytes = dst[0..n]
    lib "libc.so.6"
    struct div_t { i32 quot; i32 rem; } size 8 align 4
    struct timeval { i64 sec; i64 usec; } size 16 align 8
    callback cmp = i32 (ref i32, ref i32) builtin ascending
    kind qsort = fn void qsort(inout array<i32> base : u64 n, const u64 4, callback cmp)
    kind snprintf = fn i32 snprintf(out bytes<64> buf : u64 cap, const cstr "%d|%g|%.3s", ... | i32 i, f64 d, cstr s) result bytes = buf[0..min(ret,63)]
    kind div = fn div_t div(i32 a, i32 b) pure
    kind strtod = fn f64 strtod(cstr s, out ptr end) errno=yes
    kind now = fn i32 gettimeofday(out ref timeval tv, const ptr null)
    """

  private static func json(_ value: Any) throws -> String {
    String(
      decoding: try JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys]),
      as: UTF8.self)
  }

  /// Random bytes, as text where they may be and in base64.
  private static func bytes(_ random: inout SeededGenerator) -> Any {
    let count = Int.random(in: 0...2000, using: &random)
    let isText = Bool.random(using: &random)
    let bytes = (0..<count).map { _ in UInt8.random(in: isText ? 0x20...0x7E : 0...255, using: &random) }
    return isText
      ? String(decoding: bytes, as: UTF8.self) : ["base64": Data(bytes).base64EncodedString()] as Any
  }

  private static func call(_ random: inout SeededGenerator) -> [String: Any] {
    switch Int.random(in: 0..<6, using: &random) {
    case 0:
      let seed = UInt32.random(in: 0 ... .max, using: &random)
      return [
        "call": "crc32", "seed": Bool.random(using: &random) ? "\(seed)" : seed as Any,
        "data": bytes(&random),
      ]
    case 1:
      return [
        "call": "compress", "bound": Int.random(in: 0...3000, using: &random), "src": bytes(&random),
        "level": Int.random(in: -2...10, using: &random),
      ]
    case 2:
      let count = Int.random(in: 0...300, using: &random)
      return [
        "call": "qsort", "base": (0..<count).map { _ in Int32.random(in: .min ... .max, using: &random) },
      ]
    case 3:
      let special = ["nan", "inf", "-inf"].randomElement(using: &random) ?? "nan"
      let isSpecial = Int.random(in: 0..<5, using: &random) == 0
      let text = String(
        (0..<Int.random(in: 0...9, using: &random)).map { _ in "aZ%é".randomElement(using: &random) ?? "a" })
      return [
        "call": "snprintf", "i": Int32.random(in: .min ... .max, using: &random),
        "d": isSpecial ? special : Double(Int.random(in: -1_000_000...1_000_000, using: &random)) / 64 as Any,
        // The third argument is cut in the middle of characters, too.
        "s": text,
      ]
    case 4:
      var b = Int32.random(in: -9...9, using: &random)
      if b == 0 { b = 7 }
      return ["call": "div", "a": Int32.random(in: -1000...1000, using: &random), "b": b]
    default:
      let text = String(
        (0..<Int.random(in: 0...12, using: &random)).map { _ in
          "0123456789.eE+-xpinfa ".randomElement(using: &random) ?? "0"
        })
      return ["call": "strtod", "s": text]
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func resultsAreThoseOfCtypes(_ seed: UInt64) throws {
    var random = SeededGenerator(state: seed)
    let foreign = try Foreign(Self.signatures)
    let calls = try (0..<250).map { _ in try Self.json(Self.call(&random)) }
    let run = try foreign.run(calls, ["--set", "reuse=yes", "--set", "batch=\([1, 16][Int(seed % 2)])"])
    let python = try Child(
      "/usr/bin/env",
      ["python3", TestKind.sources + "/../Programs/peer.py", foreign.workshop.path("calls.jsonl")],
      environment: Taskhost.environment)
    try #require(try python.finish() == .exited(0), "\(python.errorText)")
    let expected = python.outputText.split(separator: "\n")
    let results = try run.results()
    #expect(
      results.count == calls.count && expected.count == calls.count, "seed \(seed): \(run.said.suffix(3))")
    for (index, line) in expected.enumerated() {
      let theirs = try Self.json(try JSONSerialization.jsonObject(with: Data(line.utf8)))
      let ours = try results[index + 1].map { try Self.json($0) }
      #expect(ours == theirs, "seed \(seed), line \(index + 1): \(calls[index].prefix(200))")
    }
    // `compress2` has refused some, and nothing else has failed.
    let failed = run.findings
    #expect(failed.allSatisfy { $0.text("message")?.hasPrefix("ret != 0: ") == true })
    #expect(!failed.isEmpty && run.end == .exited(100))
  }

  @Test func theTimeOfDayIsThatOfTheRun() throws {
    let foreign = try Foreign(Self.signatures)
    let before = Date().timeIntervalSince1970
    let run = try foreign.run([#"{"call":"now"}"#])
    let after = Date().timeIntervalSince1970
    let time = try #require(try run.results()[1]?["tv"] as? [String: Any])
    let seconds = try #require(time["sec"] as? Double) + (try #require(time["usec"] as? Double)) / 1e6
    #expect(before - 0.001 <= seconds && seconds <= after + 0.001)
    #expect(run.end == .exited(0))
  }
}
