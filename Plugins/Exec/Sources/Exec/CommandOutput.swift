internal import CExec
internal import Glibc
internal import TaskHostSDK

/// What a command prints on one stream. The first of it goes to the host as it comes; what is much goes into a file that the host
/// then has open, too, so that no further byte is copied between both.
struct CommandOutput: ~Copyable {
  /// From here on a file is worth its price.
  private static let mostWithoutFile: UInt64 = 256 << 10
  /// The host hears of so much at a time: its limits of output must not wait for the end of a command.
  private static let step: UInt64 = 1 << 20

  private let stream: Prints.Stream
  private(set) var total: UInt64 = 0
  private var file: Int32 = -1
  private var mayHaveFile: Bool
  /// In the file; and how much of that the host knows.
  private var written: UInt64 = 0
  private var told: UInt64 = 0

  init(_ stream: Prints.Stream, _ prints: Prints) {
    self.stream = stream
    mayHaveFile = prints.takesFiles
  }

  deinit { if file >= 0 { close(file) } }

  /// Bytes that nobody wants.
  mutating func drop(_ count: Int) { total += UInt64(count) }

  mutating func take(
    _ bytes: UnsafeRawBufferPointer, _ prints: Prints, _ call: Call
  ) throws(KindError) {
    total += UInt64(bytes.count)
    if total > Self.mostWithoutFile, mayHaveFile {
      if file < 0 { file = exec_unnamed_file() }
      if file >= 0 {
        let count = write(bytes)
        if written - told >= Self.step { try tell(prints, call) }
        if count == bytes.count { return }
        // No room, or none that may be used: what the host can do with the rest it says itself.
        try tell(prints, call)
        mayHaveFile = false
        return try prints.print(UnsafeRawBufferPointer(rebasing: bytes[count...]), to: stream, call)
      }
      mayHaveFile = false
    }
    try prints.print(bytes, to: stream, call)
  }

  /// The host learns of what the file holds.
  mutating func tell(_ prints: Prints, _ call: Call) throws(KindError) {
    guard written > told else { return }
    let range = told..<written
    told = written
    try prints.print(file: file, range, to: stream, call)
  }

  private mutating func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    var done = 0
    while done < bytes.count {
      let count = Glibc.write(file, bytes.baseAddress! + done, bytes.count - done)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      done += count
    }
    written += UInt64(done)
    return done
  }
}
