internal import CPosix
internal import CTaskHost

/// What perform has made of a request, so that two can be compared and told from one process to another.
struct PerformAnswer: Equatable {
  var status: th_status
  /// Empty after a failure.
  var bytes: [UInt8]

  init(status: th_status, bytes: [UInt8]) {
    self.status = status
    self.bytes = bytes
  }

  init(_ answer: HookAnswer) { self.init(status: answer.status, bytes: answer.bytes) }

  /// "TH_OK with 12 bytes".
  var text: String {
    status < 0 ? StatusNames.of(status) : "\(StatusNames.of(status)) with \(bytes.count) bytes"
  }

  /// Where it differs from another one, in words.
  func difference(from other: PerformAnswer) -> String {
    if status != other.status || bytes.count != other.bytes.count { return "\(text), not \(other.text)" }
    let place = zip(bytes, other.bytes).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
    return "\(text) that differ from byte \(place) on"
  }
}

extension [PerformAnswer] {
  /// For `init(told:)`.
  var told: [UInt8] { flatMap { LengthPrefixed.encode([$0.statusBytes, $0.bytes]) } }

  /// Nil where it is not whole.
  init?(told: [UInt8]) {
    guard let parts = LengthPrefixed.decode(told), parts.count % 2 == 0 else { return nil }
    self = stride(from: 0, to: parts.count, by: 2).map {
      PerformAnswer(status: th_status(String(decoding: parts[$0], as: UTF8.self)) ?? 0, bytes: parts[$0 + 1])
    }
  }
}

extension PerformAnswer {
  fileprivate var statusBytes: [UInt8] { Array("\(status)".utf8) }
}

/// Byte strings in one.
enum LengthPrefixed {
  static func encode(_ parts: [[UInt8]]) -> [UInt8] {
    parts.flatMap { Array("\($0.count) ".utf8) + $0 }
  }

  static func decode(_ bytes: [UInt8]) -> [[UInt8]]? {
    var parts: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      guard let end = rest.firstIndex(of: 0x20),
        let count = Int(String(decoding: rest[..<end], as: UTF8.self)), count >= 0,
        count <= rest.endIndex - end - 1
      else { return nil }
      parts.append(Array(rest[(end + 1)...].prefix(count)))
      rest = rest[(end + 1 + count)...]
    }
    return parts
  }
}

extension CheckWorker {
  func answers(_ requests: [[UInt8]]) -> [PerformAnswer] { requests.map { PerformAnswer(perform($0)) } }
}

extension CheckContext {
  /// Requests are performed `times` times, or for a third of a second: some take long.
  func rounds(_ times: Int, _ body: (Int) throws(CheckEnd) -> Void) throws(CheckEnd) {
    let end = cpx_now() + 333_000_000
    for round in 0..<times {
      try body(round)
      if cpx_now() > end { return }
    }
  }
}
