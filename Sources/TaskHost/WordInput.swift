internal import Glibc

/// Words that are read as they come: lines, or what stands between NULs. Empty ones are left out.
package struct WordInput {
  package var descriptor: Int32
  /// For messages.
  package var name: String
  /// Between two words: newline or NUL.
  package var separator: UInt8
  /// The longest word, in bytes.
  package var limit: Int

  private var pending: [UInt8] = []
  private var count = 0
  package private(set) var isAtEnd = false

  package init(descriptor: Int32, name: String, separator: UInt8, limit: Int) {
    self.descriptor = descriptor
    self.name = name
    self.separator = separator
    self.limit = limit
  }

  /// What one read brings, perhaps no whole word. Blocks if nothing is there yet, unless the descriptor does not.
  package mutating func read() throws(RunError) -> [[UInt8]] {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    var size: Int
    repeat { size = Glibc.read(descriptor, &chunk, chunk.count) } while size < 0 && errno == EINTR
    if size < 0, errno == EAGAIN { return [] }
    guard size >= 0 else {
      throw RunError(.badInput, "\(name) could not be read: \(String(cString: strerror(errno)))")
    }
    var words: [[UInt8]] = []
    for part in chunk[..<size].split(separator: separator, omittingEmptySubsequences: false).enumerated() {
      // Each part but the first begins behind a separator.
      if part.offset > 0 { finishWord(&words) }
      pending += part.element
      guard pending.count <= limit else {
        throw RunError(
          .badInput,
          "\(name): word \(count + 1) has more than \(limit) \(limit == 1 ? "byte" : "bytes"), the limit of --max-frame"
        )
      }
    }
    if size == 0 {
      isAtEnd = true
      finishWord(&words)
    }
    return words
  }

  private mutating func finishWord(_ words: inout [[UInt8]]) {
    if pending.isEmpty { return }
    words.append(pending)
    count += 1
    pending = []
  }

  /// Whether epoll can tell when there is more; a file always has more, or is at its end.
  package var isStream: Bool {
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else { return false }
    switch facts.st_mode & S_IFMT {
    case S_IFIFO, S_IFSOCK: return true
    case S_IFCHR: return isatty(descriptor) == 1
    default: return false
    }
  }
}
