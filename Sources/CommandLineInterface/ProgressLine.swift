internal import TaskHost

/// How far the run has come: a bar in place on a terminal, else now and then a line.
struct ProgressLine {
  /// Ten times a second.
  private static let barInterval: UInt64 = 100_000_000
  private static let second: UInt64 = 1_000_000_000

  var report: RunEvent.Progress?
  var prefix = "Running"
  private let style: HumanStyle
  private let clock: Clock
  private var startedAt: UInt64
  private var nextAt: UInt64 = .max
  private var isPaused = false

  init(style: HumanStyle, clock: Clock) {
    self.style = style
    self.clock = clock
    startedAt = clock.monotonic()
  }

  mutating func start() {
    startedAt = clock.monotonic()
    switch style.progress {
    case .bar: nextAt = startedAt + ProgressLine.barInterval
    case .counter: nextAt = startedAt + ProgressLine.second
    case .none: nextAt = .max
    }
  }

  /// Shows the progress if it is due.
  mutating func update(_ screen: Screen) {
    guard nextAt != .max, !isPaused, let report else { return }
    let now = clock.monotonic()
    guard now >= nextAt else { return }
    let elapsed = now - startedAt
    switch style.progress {
    case .none: break
    case .bar(let columns, let unicode):
      nextAt = now + ProgressLine.barInterval
      screen.write(bar: bar(report, elapsed: elapsed, columns: columns(), unicode: unicode))
    case .counter:
      // Ever rarer, so that a log of a long run stays short.
      nextAt = now + min(max(elapsed / 4, ProgressLine.second), 30 * ProgressLine.second)
      screen.line(prefix, .good) {
        $0.append("[ \(Elapsed.text(elapsed))] " + text(report, elapsed: elapsed))
      }
    }
  }

  /// Nothing of it is shown, and the time of the pause does not count.
  mutating func pause(_ screen: Screen) {
    isPaused = true
    screen.write(bar: nil)
  }

  mutating func resume(after pause: Duration) {
    let length = pause.nanoseconds
    isPaused = false
    startedAt += length
    if nextAt != .max { nextAt += length }
  }

  mutating func stop(_ screen: Screen) {
    nextAt = .max
    screen.write(bar: nil)
  }

  private func text(_ report: RunEvent.Progress, elapsed: UInt64) -> String {
    var text = "\(report.done)"
    if report.total > 0 { text += "/\(report.total)" }
    text +=
      " " + (report.units.isEmpty ? "tasks" : Escaped.text(report.units)) + ", \(report.running) running"
    if report.total > 0 {
      text += ", eta " + (remaining(report, elapsed: elapsed).map(Elapsed.text) ?? "?")
    }
    return text
  }

  private func remaining(_ report: RunEvent.Progress, elapsed: UInt64) -> UInt64? {
    guard report.done > 0, report.done <= report.total, elapsed >= ProgressLine.second else { return nil }
    let nanoseconds = Double(elapsed) * Double(report.total - report.done) / Double(report.done)
    return nanoseconds < 1e18 ? UInt64(nanoseconds) : nil
  }

  private func bar(_ report: RunEvent.Progress, elapsed: UInt64, columns: Int, unicode: Bool) -> String {
    let text = text(report, elapsed: elapsed)
    let time = " [ \(Elapsed.text(elapsed))] "
    let margin = String(repeating: " ", count: max(0, 12 - prefix.count))
    // The last column stays free: some terminals wrap when it is written.
    let room = max(columns - 1, 0)
    let width = min(32, room - margin.count - prefix.count - time.count - text.count - 1)
    var rest = time
    if width >= 8, report.total > 0 {
      let filled = Int(Double(width) * min(1, Double(report.done) / Double(report.total)))
      rest += String(repeating: unicode ? "\u{2588}" : "#", count: filled)
      rest += String(repeating: unicode ? "\u{2591}" : ".", count: width - filled) + " "
    }
    rest += text
    let head = (margin + prefix).prefix(room)
    rest = String(rest.prefix(max(0, room - head.count)))
    return style.color ? "\u{1B}[1;32m\(head)\u{1B}[0m\(rest)" : head + rest
  }
}

enum Elapsed {
  /// "00:01:12".
  static func text(_ nanoseconds: UInt64) -> String {
    let seconds = nanoseconds / 1_000_000_000
    var text = ByteBuffer(capacity: 64)
    text.append(decimal: seconds / 3600, width: 2)
    text.append(0x3A)
    text.append(decimal: seconds / 60 % 60, width: 2)
    text.append(0x3A)
    text.append(decimal: seconds % 60, width: 2)
    return String(decoding: text.bytes, as: UTF8.self)
  }
}

enum Escaped {
  static func text(_ text: String) -> String {
    var buffer = ByteBuffer(capacity: text.utf8.count)
    buffer.append(escaped: text)
    return String(decoding: buffer.bytes, as: UTF8.self)
  }
}
