internal import CPosix
internal import Glibc
internal import TaskHost

/// A trace in the format of Chrome's trace viewer and Perfetto: an array of events. The host is lane 0, worker N lane N.
///
/// A regular file is whole JSON after each write, however the run ends: what closes the array is written with each piece, and
/// the next piece is written over it.
final class TraceFile {
  private static let pieceSize = 64 << 10
  private static let longestDelay: UInt64 = 200_000_000
  private static let end: StaticString = "\n]\n"

  private let path: String
  private let descriptor: Int32
  private let isRegular: Bool
  private var offset: off_t = 0
  private var buffer = ByteBuffer(capacity: 2 * pieceSize)
  private var isFirst = true
  private var isFinished = false
  private var lastWrite: UInt64 = 0
  private var counted = (queued: -1, running: -1)
  private var paused: UInt64 = 0
  private var failure: RunError?
  private var patience = cpx_patience()

  init(_ path: String, grace: Duration = .seconds(2)) throws(CommandFailure) {
    self.path = path
    patience.limit = grace.nanoseconds
    descriptor = cpx_open_to_write(path, O_WRONLY | O_CREAT | O_TRUNC)
    guard descriptor >= 0 else { throw CommandFailure(Self.error(path, errno)) }
    var found = stat()
    isRegular = fstat(descriptor, &found) == 0 && found.st_mode & S_IFMT == S_IFREG
    buffer.append("[\n")
    event("M", "process_name", lane: 0) { $0.append(",\"args\":{\"name\":\"taskhost\"}") }
    name(lane: 0, "host")
  }

  deinit { close(descriptor) }

  private static func error(_ path: String, _ code: Int32) -> RunError {
    RunError(
      .cannotWrite, "cannot write the trace '\(path)'",
      causes: [RunError.cause(ofWriting: code)])
  }

  /// All that is there, with its end.
  func finish() throws(RunError) {
    if !isFinished { write(isLast: true) }
    isFinished = true
    if let failure { throw failure }
  }

  // MARK: Events

  private func event(
    _ phase: StaticString, _ name: String, lane: UInt64, at time: UInt64? = nil,
    _ members: (inout ByteBuffer) -> Void
  ) {
    if failure != nil { return buffer.truncate(to: 0) }
    buffer.append(isFirst ? "{\"ph\":\"" : ",\n{\"ph\":\"")
    isFirst = false
    buffer.append(phase)
    buffer.append("\",\"pid\":1")
    buffer.member("tid", lane)
    if let time { buffer.member("ts", microseconds: time) }
    buffer.member("name", name)
    members(&buffer)
    buffer.append(0x7D)
    if buffer.count >= Self.pieceSize { write(isLast: false) }
  }

  private func name(lane: UInt64, _ name: String) {
    event("M", "thread_name", lane: lane) {
      $0.append(",\"args\":{\"name\":")
      $0.append(json: name)
      $0.append(0x7D)
    }
    event("M", "thread_sort_index", lane: lane) { $0.append(",\"args\":{\"sort_index\":\(lane)}") }
  }

  private func span(
    _ name: String, _ category: StaticString, lane: UInt64, from start: UInt64, to end: UInt64,
    _ members: (inout ByteBuffer) -> Void = { _ in }
  ) {
    event("X", name, lane: lane, at: start) {
      $0.member("dur", microseconds: end - min(start, end))
      $0.member("cat", word: category)
      members(&$0)
    }
  }

  private func instant(_ name: String, lane: UInt64, at time: UInt64) {
    event("i", name, lane: lane, at: time) { $0.append(",\"s\":\"t\",\"cat\":\"worker\"") }
  }

  /// Spans of a task overlap those of others: they belong to its number, not to a lane.
  private func taskSpan(
    _ name: String, _ task: UInt64, from start: UInt64, to end: UInt64,
    _ members: (inout ByteBuffer) -> Void = { _ in }
  ) {
    event("b", name, lane: 0, at: start) {
      $0.member("cat", word: "task")
      $0.member("id", task)
      members(&$0)
    }
    event("e", name, lane: 0, at: max(start, end)) {
      $0.member("cat", word: "task")
      $0.member("id", task)
    }
  }

  // MARK: The file

  private func write(isLast: Bool) {
    guard failure == nil else { return }
    let count = buffer.count
    if isRegular || isLast { buffer.append(Self.end) }
    var written = 0
    while written < buffer.count {
      let start = buffer.bytes.baseAddress! + written
      let rest = buffer.count - written
      let result =
        isRegular
        ? pwrite(descriptor, start, rest, offset + off_t(written))
        : cpx_write(descriptor, start, rest, &patience)
      if result >= 0 {
        written += result
      } else if errno != EINTR {
        failure = Self.error(path, errno)
        break
      }
    }
    offset += off_t(count)
    buffer.truncate(to: 0)
  }
}

extension TraceFile: RunTracer {
  func hook(_ name: StaticString, from start: UInt64, to end: UInt64) {
    span("\(name)", "hook", lane: 0, from: start - paused, to: end - paused)
  }

  func hookSpan(_ name: String, from start: UInt64, to end: UInt64) {
    span(name, "plugin", lane: 0, from: start - paused, to: end - paused)
  }

  func hookDropped(_ count: UInt64, at time: UInt64) { dropped(count, worker: 0, at: time - paused) }

  func span(_ name: String, worker: UInt64, from start: UInt64, to end: UInt64) {
    span(name, "plugin", lane: worker, from: start, to: end)
  }

  func dropped(_ count: UInt64, worker: UInt64, at time: UInt64) {
    instant("\(count) spans were dropped", lane: worker, at: time)
  }

  func paused(for length: UInt64) { paused += length }

  func workerSpawned(_ worker: UInt64, pid: Int32) {
    name(lane: worker, pid > 0 ? "worker \(worker) (pid \(pid))" : "worker \(worker) (in the host)")
  }

  func workerReady(_ worker: UInt64, from start: UInt64, to end: UInt64) {
    span("start", "worker", lane: worker, from: start, to: end)
  }

  func workerEnded(_ worker: UInt64, because reason: String, at time: UInt64) {
    instant("ended: \(reason)", lane: worker, at: time)
  }

  func retry(_ task: UInt64, worker: UInt64, at time: UInt64) {
    instant("retry of task \(task)", lane: worker, at: time)
  }

  func trial(_ trial: TrialTrace) {
    if let queuedAt = trial.queuedAt { taskSpan("queued", trial.task, from: queuedAt, to: trial.sentAt) }
    taskSpan("sent", trial.task, from: trial.sentAt, to: trial.startedAt)
    span(trial.name, "perform", lane: trial.worker, from: trial.startedAt, to: trial.endedAt) {
      $0.append(",\"args\":{\"task\":")
      $0.append(decimal: trial.task)
      $0.member("trial", trial.number)
      $0.member("result", trial.result)
      $0.append(0x7D)
    }
  }

  func task(_ number: UInt64, name: String, outcome: String, from start: UInt64, to end: UInt64) {
    taskSpan(name, number, from: start, to: end) {
      $0.append(",\"args\":{\"outcome\":")
      $0.append(json: outcome)
      $0.append(0x7D)
    }
  }

  func settle(queued: Int, running: Int, at time: UInt64) throws {
    if counted != (queued, running) {
      counted = (queued, running)
      event("C", "tasks", lane: 0, at: time) {
        $0.append(",\"args\":{\"queued\":")
        $0.append(decimal: Int64(queued))
        $0.member("running", running)
        $0.append(0x7D)
      }
    }
    if time - min(lastWrite, time) >= Self.longestDelay {
      lastWrite = time
      write(isLast: false)
    }
    if let failure { throw failure }
  }
}

extension ByteBuffer {
  fileprivate mutating func member(_ name: StaticString, microseconds nanoseconds: UInt64) {
    self.name(name)
    append(decimal: nanoseconds / 1000)
    append(0x2E)
    append(decimal: nanoseconds % 1000, width: 3)
  }
}
