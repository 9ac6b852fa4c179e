internal import WorkerPool

/// What a task has printed, in the file where it lies. It stays open, and is not changed, until the reporter returns.
package struct PrintedFile {
  package var task: UInt64
  /// 1: standard output; 2: standard error.
  package var stream: Int32
  package var descriptor: Int32
  package var offset: Int
  package var count: Int

  init(_ range: PrintedRange) {
    task = range.task
    stream = range.stream
    descriptor = range.descriptor
    offset = range.offset
    count = range.count
  }
}

/// A reporter that goes on where its output is lost, for the run to end in order.
package protocol LosingReporter: RunReporter {
  /// Some of what it was told has not come out, and nothing more will.
  var hasLostOutput: Bool { get }
}

/// A reporter that can do without reading what has been printed.
package protocol PrintedFileReporter: RunReporter {
  /// Shows the bytes, and says how many of them. The others come as events.
  func show(_ file: PrintedFile) -> Int
}
