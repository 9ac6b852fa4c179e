internal import Glibc
internal import TaskHost

/// Lines of text on standard error, and below them, on a terminal, a bar that stays in place. Bar and lines go
/// out in one write, so that neither tears.
final class Screen {
  let usesColor: Bool
  private let output: DataOutput
  /// What goes to standard output comes between the lines where it was given, as both may end in one place.
  private let data: DataOutput
  /// Lines that were given since the last write.
  @exclusivity(unchecked) private var lines = ByteBuffer(capacity: 4096)
  /// What is below the lines, if anything.
  private var bar: String?
  private(set) var lineCount = 0
  /// What was passed on last has not ended its line.
  private var isInLine = false

  init(output: DataOutput, data: DataOutput, usesColor: Bool) {
    self.output = output
    self.data = data
    self.usesColor = usesColor
  }

  /// One line, without its end.
  func line(_ body: (inout ByteBuffer) -> Void) {
    data.drain()
    endLine()
    body(&lines)
    lines.append(0x0A)
    lineCount += 1
    if bar == nil || lines.count >= 32 << 10 { write(bar: bar) }
  }

  /// Bytes of others, as they are.
  func pass(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let last = bytes.last else { return }
    data.drain()
    lines.append(bytes)
    isInLine = last != 0x0A
    if lines.count >= 32 << 10 { write(bar: bar) }
  }

  /// Bytes for standard output, as they are. On a terminal the bar makes room for them.
  func passData(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let last = bytes.last else { return }
    if data.isTerminal { write(bar: nil) } else { settle() }
    output.drain()
    data.appendLine { $0.append(bytes) }
    if data.isTerminal { isInLine = last != 0x0A }
  }

  /// Bytes of a file for standard output, and how many of them went there.
  func passData(from descriptor: Int32, _ offset: Int, count: Int) -> Int {
    // There the bar and the end of the last line have to be looked after.
    if data.isTerminal { return 0 }
    settle()
    output.drain()
    return data.copy(from: descriptor, offset, count: count)
  }

  private func endLine() {
    guard isInLine else { return }
    lines.append(0x0A)
    isInLine = false
  }

  /// A line that begins with a status word, right-aligned as cargo and nextest do.
  func line(_ word: String, _ paint: Paint, _ body: (inout ByteBuffer) -> Void) {
    line {
      $0.append(status: word, paint, color: usesColor)
      body(&$0)
    }
  }

  /// Puts `next` in the place of the bar, below the lines; nil takes the bar away.
  func write(bar next: String?) {
    guard lines.count > 0 || bar != nil || next != nil else { return }
    if next != nil {
      if data.isTerminal { data.drain() }
      endLine()
    }
    output.appendLine {
      // To the first column, and clear to the end of the line.
      if bar != nil { $0.append("\r\u{1B}[K") }
      $0.append(lines.bytes)
      if let next { $0.append(next) }
    }
    lines.truncate(to: 0)
    bar = next
    if next != nil { output.drain() }
  }

  /// Lines that wait above the bar go out.
  func settle() {
    if lines.count > 0 { write(bar: bar) }
  }

  func flush() throws(RunError) { try output.flush() }
}

/// The colours of status words: never the only sign of a state.
enum Paint {
  case plain, good, bad, warning

  fileprivate var code: StaticString {
    switch self {
    case .plain: "\u{1B}[1m"
    case .good: "\u{1B}[1;32m"
    case .bad: "\u{1B}[1;31m"
    case .warning: "\u{1B}[1;33m"
    }
  }
}

extension ByteBuffer {
  mutating func append(painted text: String, _ paint: Paint, color: Bool) {
    if color { append(paint.code) }
    append(text)
    if color { append("\u{1B}[0m") }
  }

  mutating func append(status word: String, _ paint: Paint, color: Bool) {
    append(repeating: 0x20, count: 12 - word.utf8.count)
    append(painted: word, paint, color: color)
    append(0x20)
  }
}
