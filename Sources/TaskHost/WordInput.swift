internal import Glibc

/// Words that a ``Run`` reads as they come: lines, or what ends with a NUL. The last one needs no end. A word may be as long as
/// ``WorkerOptions/maxFrameBytes``.
public struct WordInput: Sendable {
  /// What is read.
  public let descriptor: Int32
  /// For messages.
  public let name: String
  /// Behind each word: newline (10) or NUL (0).
  public let separator: UInt8
  /// Empty words are left out; else they are words like others, as where a kind is given them one by one.
  public var skipsEmptyWords = false

  /// Closes what was opened here.
  private let owned: OwnedDescriptor?

  /// The descriptor stays the caller's, and must be open until the run has ended. Waited for without blocking the run is only what
  /// epoll can wait for: a pipe, a socket, a terminal.
  public init(descriptor: Int32, name: String, separator: UInt8 = 10) {
    self.descriptor = descriptor
    self.name = name
    self.separator = separator
    owned = nil
  }

  /// Opens a file, or a FIFO without waiting for somebody who writes to it. Throws ``RunError`` of ``ExitCode/badInput``.
  public init(path: String, separator: UInt8 = 10) throws(RunError) {
    // A FIFO that nobody has opened for writing yet must not hold up the start: it is waited for in the run.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw RunError(.badInput, "\(path) could not be opened: \(String(cString: strerror(errno)))")
    }
    name = path
    self.separator = separator
    owned = OwnedDescriptor(descriptor)
    if !isStream { _ = fcntl(descriptor, F_SETFL, O_RDONLY) }
  }

  /// Whether epoll can tell when there is more; a file always has more, or is at its end.
  var isStream: Bool {
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else { return false }
    switch facts.st_mode & S_IFMT {
    case S_IFIFO, S_IFSOCK: return true
    case S_IFCHR: return isatty(descriptor) == 1
    default: return false
    }
  }
}

/// Closed when nobody has it any more.
private final class OwnedDescriptor: Sendable {
  private let descriptor: Int32

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }
}

/// Takes words out of an input.
struct WordReader {
  let input: WordInput
  /// The longest word, in bytes.
  let limit: Int

  private var pending: [UInt8] = []
  private var count = 0
  private(set) var isAtEnd = false

  init(_ input: WordInput, limit: Int) {
    self.input = input
    self.limit = limit
  }

  /// What one read brings, perhaps no whole word. Blocks if nothing is there yet, unless the descriptor does not.
  mutating func read() throws(RunError) -> [[UInt8]] {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    var size: Int
    repeat { size = Glibc.read(input.descriptor, &chunk, chunk.count) } while size < 0 && errno == EINTR
    if size < 0, errno == EAGAIN { return [] }
    guard size >= 0 else {
      throw RunError(.badInput, "\(input.name) could not be read: \(String(cString: strerror(errno)))")
    }
    var words: [[UInt8]] = []
    for part in chunk[..<size].split(separator: input.separator, omittingEmptySubsequences: false)
      .enumerated()
    {
      // Each part but the first begins behind a separator.
      if part.offset > 0 { finishWord(&words) }
      pending += part.element
      guard pending.count <= limit else {
        throw RunError(
          .badInput,
          "\(input.name): word \(count + 1) has more than \(limit) \(limit == 1 ? "byte" : "bytes"), the limit of --max-frame"
        )
      }
    }
    if size == 0 {
      isAtEnd = true
      // What has an end is a word also where it is empty; behind the last end there is none.
      if !pending.isEmpty { finishWord(&words) }
    }
    return words
  }

  private mutating func finishWord(_ words: inout [[UInt8]]) {
    if pending.isEmpty, input.skipsEmptyWords { return }
    words.append(pending)
    count += 1
    pending = []
  }
}
