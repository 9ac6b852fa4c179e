internal import Glibc

/// Passes on what workers print, line by line with their number before each. Of one pool's thread.
final class LineForwarder {
  private var rests: [UInt64: [UInt8]] = [:]
  private static let longest = 1 << 16

  /// To descriptor `stream` of this process.
  func forward(_ bytes: [UInt8], worker: UInt64, stream: Int32) {
    let key = worker << 2 | UInt64(stream)
    var pending = rests[key] ?? []
    pending += bytes
    var lines: [UInt8] = []
    let prefix = Array("worker \(worker): ".utf8)
    var start = 0
    while let end = pending[start...].firstIndex(of: 10) {
      lines += prefix + pending[start...end]
      start = end + 1
    }
    pending.removeFirst(start)
    if pending.count > Self.longest {
      lines += prefix + pending + [10]
      pending = []
    }
    rests[key] = pending.isEmpty ? nil : pending
    Self.write(lines, to: stream)
  }

  /// The worker has ended: its last line may have no end.
  func end(worker: UInt64) {
    for stream: Int32 in [1, 2] {
      guard let rest = rests.removeValue(forKey: worker << 2 | UInt64(stream)) else { continue }
      Self.write(Array("worker \(worker): ".utf8) + rest + [10], to: stream)
    }
  }

  /// What can not be written is lost: there is nobody else to tell.
  private static func write(_ bytes: [UInt8], to stream: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(stream, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}
