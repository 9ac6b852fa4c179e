internal import WorkerPool

/// Puts the name of its task in front of each line that is printed. Of the thread of the run.
final class PrintTagger {
  private var task: UInt64 = 0
  /// The last line of each stream has no end.
  private var isInLine = [false, false]
  /// Whose line that is.
  private var owner: [UInt64] = [0, 0]
  private var tag: [UInt8] = []

  func tagged(_ report: PrintReport) -> [UInt8] {
    var result: [UInt8] = []
    let stream = report.stream == 1 ? 0 : 1
    if report.task != task {
      task = report.task
      // A tag is one column of one line.
      tag = report.name.utf8.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 } + [0x09]
    }
    // Lines of several tasks are not mixed.
    if isInLine[stream], owner[stream] != task {
      result.append(0x0A)
      isInLine[stream] = false
    }
    owner[stream] = task
    result.reserveCapacity(report.bytes.count + tag.count * 8)
    for line in report.bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      if line.offset > 0 {
        result.append(0x0A)
        isInLine[stream] = false
      }
      // What is behind the last line end is no line.
      if line.element.isEmpty, line.element.endIndex == report.bytes.endIndex { continue }
      if !isInLine[stream] { result += tag }
      result += line.element
      isInLine[stream] = true
    }
    return result
  }
}
