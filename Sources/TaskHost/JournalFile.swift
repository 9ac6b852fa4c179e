internal import Glibc

/// The lines of a journal:
///
///     {"journal":1,"kind":"org.taskhost.exec"}
///     {"kind":"org.taskhost.exec","task":"0123456789abcdef0123456789abcdef","outcome":"passed"}
///
/// The first is written where a run of a kind begins that does not resume: what stands above it does not count for that kind any more.
final class JournalFile {
  private static let flushSize = 64 << 10

  private let path: String
  private let kind: String
  private let descriptor: Int32
  private let isReadOnly: Bool
  private let isRegular: Bool
  private var buffer: [UInt8] = []
  private let lineStart: [UInt8]
  private var failure: RunError?
  /// It holds a line about the kind.
  private var isBegun = false

  init(path: String, kind: String, isReadOnly: Bool) throws(RunError) {
    self.path = path
    self.kind = kind
    self.isReadOnly = isReadOnly
    lineStart = Array(#"{"kind":"\#(kind)","task":""#.utf8)
    // Nothing is waited for: a FIFO may have nobody at its other end.
    descriptor = open(
      path, (isReadOnly ? O_RDONLY : O_RDWR | O_APPEND | O_CREAT) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0o666)
    if descriptor < 0, isReadOnly, errno == ENOENT {
      isRegular = false
      return
    }
    guard descriptor >= 0 else { throw Self.failure("cannot open", path, errno) }
    var found = stat()
    guard fstat(descriptor, &found) == 0 else { throw Self.failure("cannot open", path, errno) }
    isRegular = found.st_mode & S_IFMT == S_IFREG
    guard isRegular || found.st_mode & S_IFMT == S_IFCHR else {
      throw RunError(.cannotWrite, "the journal '\(path)' is not a file")
    }
    guard !isReadOnly, isRegular, flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return }
    guard errno == EWOULDBLOCK else { throw Self.failure("cannot lock", path, errno) }
    throw RunError(.configuration, "the journal '\(path)' is in use: another run writes it")
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private static func failure(_ what: String, _ path: String, _ code: Int32) -> RunError {
    RunError(
      .cannotWrite, "\(what) the journal '\(path)'",
      causes: ["\(String(cString: strerror(code))) (errno \(code))"])
  }

  // MARK: What it says

  /// How often each task of the kind has ended well since the kind began. A last line without an end is what a killed run was writing:
  /// it is taken away.
  func read(resumes: Bool) throws(RunError) -> [JournalKeeper.Digest: UInt32] {
    guard isRegular else {
      guard resumes, descriptor >= 0 else { return [:] }
      throw RunError(
        .badInput, "there is nothing to resume in '\(path)': it is no file that keeps what is written")
    }
    var reader = JournalLines(kind: kind)
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let size = Glibc.read(descriptor, &chunk, chunk.count)
      if size < 0, errno == EINTR { continue }
      guard size >= 0 else { throw Self.failure("cannot read", path, errno) }
      if size == 0 { break }
      let isFine = chunk.withUnsafeBufferPointer { reader.add(UnsafeBufferPointer(rebasing: $0[..<size])) }
      guard isFine else { throw wrongLine(reader.lineNumber) }
    }
    guard reader.rest.isEmpty || JournalLines.mayBegin(reader.rest) else {
      throw wrongLine(reader.lineNumber)
    }
    if !reader.rest.isEmpty, !isReadOnly, ftruncate(descriptor, off_t(reader.wholeBytes)) != 0 {
      throw Self.failure("cannot write", path, errno)
    }
    isBegun = reader.isBegun
    return reader.done
  }

  private func wrongLine(_ number: Int) -> RunError {
    RunError(
      .badInput, "'\(path)', line \(number): this is not a line of a journal",
      hint: number == 1 ? "name a file that is not there yet" : nil)
  }

  // MARK: What is noted

  func begin(resumes: Bool) throws(RunError) {
    guard !isReadOnly, !resumes || !isBegun else { return }
    buffer += #"{"journal":1,"kind":"\#(kind)"}\#n"#.utf8
    try flush()
  }

  func note(_ task: JournalKeeper.Digest, _ outcome: TaskOutcome) {
    if isReadOnly || failure != nil { return }
    buffer += lineStart
    for shift in stride(from: 124, through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: task >> UInt128(shift)) & 15
      buffer.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
    }
    buffer += #"","outcome":""#.utf8
    buffer += outcome.rawValue.utf8
    buffer += "\"}\n".utf8
    if buffer.count >= Self.flushSize { write() }
  }

  /// All that was noted is in the file, or this throws.
  func flush() throws(RunError) {
    if !buffer.isEmpty { write() }
    if let failure { throw failure }
  }

  private func write() {
    var written = 0
    while written < buffer.count, failure == nil {
      let result = buffer.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written)
      }
      if result >= 0 {
        written += result
      } else if errno != EINTR {
        failure = Self.failure("cannot write", path, errno)
      }
    }
    buffer.removeAll(keepingCapacity: true)
  }
}

/// Takes lines of a journal out of its bytes.
struct JournalLines {
  private static let longest = 512

  private let begin: [UInt8]
  private let prefix: [UInt8]
  /// A line that has not ended yet.
  private(set) var rest: [UInt8] = []
  /// Of the line that comes next, or that is wrong.
  private(set) var lineNumber = 1
  /// In lines that have ended.
  private(set) var wholeBytes = 0
  private(set) var isBegun = false
  private(set) var done: [JournalKeeper.Digest: UInt32] = [:]

  init(kind: String) {
    begin = Array(#"{"journal":1,"kind":"\#(kind)"}"#.utf8)
    prefix = Array(#"{"kind":"\#(kind)","task":""#.utf8)
  }

  /// False: a line is wrong.
  mutating func add(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var start = 0
    while let end = bytes[start...].firstIndex(of: 0x0A) {
      let isFine: Bool
      if rest.isEmpty {
        isFine = take(UnsafeBufferPointer(rebasing: bytes[start..<end]))
      } else {
        guard rest.count + end - start <= Self.longest else { return false }
        rest += bytes[start..<end]
        let line = rest
        rest = []
        isFine = line.withUnsafeBufferPointer { take($0) }
      }
      guard isFine else { return false }
      lineNumber += 1
      start = end + 1
    }
    guard rest.count + bytes.count - start <= Self.longest else { return false }
    rest += bytes[start...]
    return true
  }

  private mutating func take(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    guard line.count <= Self.longest else { return false }
    wholeBytes += line.count + 1
    if line.starts(with: prefix) {
      guard let (digest, outcome) = Self.end(UnsafeBufferPointer(rebasing: line[prefix.count...])) else {
        return false
      }
      if outcome == .passed || outcome == .stale { done[digest, default: 0] += 1 }
      return true
    }
    if line.elementsEqual(begin) {
      isBegun = true
      done = [:]
      return true
    }
    return Self.isOfAnotherKind(line)
  }

  /// `HEX","outcome":"WORD"}`
  private static func end(
    _ bytes: UnsafeBufferPointer<UInt8>
  ) -> (JournalKeeper.Digest, TaskOutcome)? {
    let digits = 32
    var digest: JournalKeeper.Digest = 0
    guard bytes.count > digits else { return nil }
    for byte in bytes[..<digits] {
      switch byte {
      case 0x30...0x39: digest = digest << 4 | UInt128(byte - 0x30)
      case 0x61...0x66: digest = digest << 4 | UInt128(byte - 0x57)
      default: return nil
      }
    }
    let tail = bytes[digits...]
    let middle = #"","outcome":""#.utf8
    guard tail.starts(with: middle), tail.suffix(2).elementsEqual("\"}".utf8),
      tail.count > middle.count + 2,
      let outcome = TaskOutcome(
        rawValue: String(decoding: tail.dropFirst(middle.count).dropLast(2), as: UTF8.self))
    else { return nil }
    return (digest, outcome)
  }

  private static func isOfAnotherKind(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    let head = Array(#"{"journal":1,"kind":""#.utf8)
    let task = Array(#"{"kind":""#.utf8)
    if line.starts(with: head) {
      let name = line[head.count...].dropLast(2)
      return line.suffix(2).elementsEqual("\"}".utf8) && isName(name)
    }
    guard line.starts(with: task), let quote = line[task.count...].firstIndex(of: 0x22) else { return false }
    let middle = #"","task":""#.utf8
    let rest = line[quote...]
    return isName(line[task.count..<quote]) && rest.starts(with: middle)
      && end(UnsafeBufferPointer(rebasing: rest.dropFirst(middle.count))) != nil
  }

  private static func isName(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    !bytes.isEmpty && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }
  }

  /// Whether a line of a journal may begin so.
  static func mayBegin(_ bytes: [UInt8]) -> Bool {
    [#"{"journal":1,"kind":""#, #"{"kind":""#].contains { text in
      zip(bytes, text.utf8).allSatisfy { $0 == $1 }
    }
  }
}
