/// The lines of a journal:
///
///     {"journal":1,"kind":"org.taskhost.exec"}
///     {"kind":"org.taskhost.exec","task":"0123456789abcdef0123456789abcdef","outcome":"passed"}
///
/// The first is written where a run of a kind begins that does not resume: what stands above it does not count for that kind any more.
final class JournalFile {
  private let kind: String
  private let file: RecordFile
  private let lineStart: [UInt8]
  /// It holds a line about the kind.
  private var isBegun = false

  init(path: String, kind: String, isReadOnly: Bool) throws(RunError) {
    self.kind = kind
    lineStart = Array(#"{"kind":"\#(kind)","task":""#.utf8)
    file = try RecordFile("journal", path: path, isReadOnly ? .look : .append, isFileOnly: true)
  }

  /// How often each task of the kind has ended well since the kind began. A last line without an end is what a killed run was writing:
  /// it is taken away.
  func read(resumes: Bool) throws(RunError) -> [JournalKeeper.Digest: UInt32] {
    guard file.isRegular else {
      guard resumes, file.descriptor >= 0 else { return [:] }
      throw RunError(
        .badInput, "there is nothing to resume in \(file.title): it is no file that keeps what is written")
    }
    var lines = JournalLines(kind: kind)
    try file.read { (bytes) throws(RunError) in
      guard lines.add(bytes) else { throw wrongLine(lines.lineNumber) }
    }
    if !lines.rest.isEmpty {
      guard JournalLines.mayBegin(lines.rest) else { throw wrongLine(lines.lineNumber) }
      try file.cut(to: lines.wholeBytes)
    }
    isBegun = lines.isBegun
    return lines.done
  }

  private func wrongLine(_ number: Int) -> RunError {
    RunError(
      .badInput, "\(file.title), line \(number): this is not a line of a journal",
      hint: number == 1 ? "name a file that is not there yet" : nil)
  }

  func begin(resumes: Bool) throws(RunError) {
    if resumes, isBegun { return }
    file.add { $0 += #"{"journal":1,"kind":"\#(kind)"}\#n"#.utf8 }
    try file.flush()
  }

  func note(_ task: JournalKeeper.Digest, _ outcome: TaskOutcome) {
    file.add { buffer in
      buffer += lineStart
      withUnsafeBytes(of: task.bigEndian) { bytes in
        for byte in bytes {
          buffer.append(Self.digit(byte >> 4))
          buffer.append(Self.digit(byte & 15))
        }
      }
      buffer += #"","outcome":""#.utf8
      buffer += outcome.rawValue.utf8
      buffer += "\"}\n".utf8
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

  func flush() throws(RunError) { try file.flush() }
  func stop() { file.stop() }
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
