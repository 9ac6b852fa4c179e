/// The first and the last bytes that a worker has printed during one trial, on both streams.
package struct TrialOutput: Equatable {
  package static let part = 2048

  package private(set) var head: [UInt8] = []
  /// Up to twice as long as wanted, so that it is not moved for each piece.
  private var rest: [UInt8] = []
  private var count = 0

  package init() {}

  package var isEmpty: Bool { count == 0 }
  package var tail: ArraySlice<UInt8> { rest.suffix(Self.part) }
  /// What is in neither of them.
  package var omitted: Int { count - head.count - tail.count }

  package mutating func append(_ chunk: some Collection<UInt8>) {
    count += chunk.count
    var left = chunk[...]
    if head.count < Self.part {
      let piece = left.prefix(Self.part - head.count)
      head.append(contentsOf: piece)
      left = left.dropFirst(piece.count)
    }
    rest.append(contentsOf: left.suffix(Self.part))
    if rest.count > 2 * Self.part { rest.removeFirst(rest.count - Self.part) }
  }

  package mutating func clear() {
    guard count > 0 else { return }
    count = 0
    head.removeAll(keepingCapacity: true)
    rest.removeAll(keepingCapacity: true)
  }
}

/// How much of what a worker prints is passed on: what it prints beyond that is read and dropped, so that a flood neither
/// blocks the worker nor fills the log.
struct OutputFlow {
  static let perSecond = 1 << 20
  private static let second: UInt64 = 1_000_000_000

  private var since: UInt64 = 0
  private var passed = 0
  private(set) var dropped: UInt64 = 0

  /// How many of `count` bytes are passed on.
  mutating func pass(_ count: Int, at now: UInt64) -> Int {
    if now >= since + Self.second {
      since = now
      passed = 0
    }
    let granted = min(count, Self.perSecond - passed)
    passed += granted
    dropped += UInt64(count - granted)
    return granted
  }
}
