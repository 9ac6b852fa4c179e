internal import CPosix
internal import Glibc
internal import PluginLoading

/// A process in which code of a plugin runs for somebody who looks at it, as its parent sees it.
final class ConfinedProcess {
  /// What it has to do.
  struct Order {
    /// Behind "taskhost".
    var words: [String]
    /// The working directory; nil: that of the parent.
    var directory: String?
    /// How long it may take before it counts as hung.
    var seconds: Double
    /// When that time has begun; nil: with the process.
    var started: UInt64?
    /// Calls of hooks are noted.
    var traces = false
    /// What it reads from `Inherited.job`, where the words would be too long.
    var job: [UInt8]?
    /// The most that it may report.
    var mostTold = 1 << 20
  }

  private static let mostOutput = 64 << 10

  let started = cpx_now()
  private let deadline: UInt64
  private let pid: pid_t
  private let process: Int32
  private var report: Int32
  private var output: Int32
  private let mostTold: Int
  /// What it has reported.
  private(set) var told: [UInt8] = []
  /// What it has written to standard output and standard error, at most 64 KiB.
  private(set) var written: [UInt8] = []
  private(set) var isOverdue = false
  private(set) var end: cpx_exit?
  let notebook: Notebook
  let log: CallLog?

  init(_ order: Order) throws(ExaminationError) {
    deadline = (order.started ?? started) + UInt64(order.seconds * 1e9)
    mostTold = order.mostTold
    var reportEnds: [Int32] = [-1, -1]
    var outputEnds: [Int32] = [-1, -1]
    let null = cpx_null()
    var given: [Int32] = [null]
    defer { for descriptor in given { close(descriptor) } }
    guard let page = Notebook.file(), let notebook = Notebook(file: page), cpx_pipe(&reportEnds) == 0,
      cpx_pipe(&outputEnds) == 0
    else { throw Self.failure("no pipes for a process", errno) }
    given += [page, reportEnds[1], outputEnds[1]]
    let calls = order.traces ? CallLog.file() ?? -1 : null
    if calls != null { given.append(calls) }
    log = order.traces ? CallLog(file: calls) : nil
    if order.traces, log == nil { throw Self.failure("no memory for the calls of a process", errno) }
    var places = [null, outputEnds[1], outputEnds[1], reportEnds[1], page, calls]
    if let job = order.job {
      let file = cpx_memfd("job", job.count)
      guard file >= 0, Self.write(job, to: file) else {
        throw Self.failure("no memory for the job of a process", errno)
      }
      given.append(file)
      places.append(file)
    }
    self.notebook = notebook
    var pid: pid_t = -1
    let error = Self.spawn(order.words, order.directory, places, &pid)
    guard error == 0 else { throw Self.failure("no process", error) }
    self.pid = pid
    process = cpx_pidfd(pid)
    report = reportEnds[0]
    output = outputEnds[0]
    _ = cpx_set_nonblocking(report)
    _ = cpx_set_nonblocking(output)
  }

  deinit {
    for descriptor in [process, report, output] where descriptor >= 0 { close(descriptor) }
  }

  private static func failure(_ what: String, _ error: Int32) -> ExaminationError {
    .system("\(what): \(String(cString: strerror(error)))")
  }

  /// From the beginning of the file; where it is read from stays there.
  private static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes {
        pwrite(file, $0.baseAddress, $0.count, off_t(written))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      written += count
    }
    return true
  }

  /// 0 or an errno.
  private static func spawn(
    _ arguments: [String], _ directory: String?, _ descriptors: [Int32], _ pid: inout pid_t
  ) -> Int32 {
    var words: [UnsafeMutablePointer<CChar>?] = (["taskhost"] + arguments + ["\(getpid())"]).map {
      strdup($0)
    }
    words.append(nil)
    defer { for word in words { free(word) } }
    // What is meant for the host does not change what a plugin does.
    var variables: [UnsafeMutablePointer<CChar>?] = []
    var entry = environ
    while let text = entry.pointee {
      if strncmp(text, "TASKHOST_", 9) != 0, strncmp(text, "SWIFT_BACKTRACE=", 16) != 0 {
        variables.append(text)
      }
      entry += 1
    }
    return "SWIFT_BACKTRACE=enable=no".withCString { quiet in
      variables.append(UnsafeMutablePointer(mutating: quiet))
      variables.append(nil)
      let here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      defer { close(here) }
      if let directory, chdir(directory) != 0 { return errno }
      defer { if directory != nil { fchdir(here) } }
      return cpx_spawn("/proc/self/exe", words, variables, descriptors, Int32(descriptors.count), &pid)
    }
  }

  /// Ends it and its group.
  func kill() {
    guard end == nil else { return }
    Glibc.kill(-pid, SIGKILL)
    Glibc.kill(pid, SIGKILL)
  }

  /// Waits until something is to be done for one of them. Throws where `interruption`, a descriptor or -1, has become readable; they
  /// go on until somebody ends them.
  static func wait(
    for children: [ConfinedProcess], unless interruption: Int32
  ) throws(ExaminationError) {
    var polls = [pollfd(fd: interruption, events: Int16(POLLIN), revents: 0)]
    for child in children {
      for descriptor in [child.report, child.output, child.process] where descriptor >= 0 {
        polls.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
      }
    }
    let now = cpx_now()
    let nearest = children.map(\.deadline).min() ?? now
    let milliseconds = nearest > now ? (nearest - now) / 1_000_000 + 1 : 0
    _ = poll(&polls, nfds_t(polls.count), Int32(clamping: milliseconds))
    if polls[0].revents != 0 { throw .interrupted }
    for child in children { child.look() }
  }

  private func look() {
    Self.drain(&report, into: &told, most: mostTold)
    Self.drain(&output, into: &written, most: Self.mostOutput)
    if !isOverdue, cpx_now() >= deadline {
      isOverdue = true
      kill()
    }
    var found = cpx_exit()
    guard end == nil, cpx_reap(pid, &found) != 0 else { return }
    end = found
    // What it has left behind; and what it wrote last.
    Glibc.kill(-pid, SIGKILL)
    Self.drain(&report, into: &told, most: mostTold)
    Self.drain(&output, into: &written, most: Self.mostOutput)
  }

  private static func drain(_ descriptor: inout Int32, into bytes: inout [UInt8], most: Int) {
    guard descriptor >= 0 else { return }
    withUnsafeTemporaryAllocation(byteCount: 1 << 14, alignment: 8) { chunk in
      while true {
        let count = read(descriptor, chunk.baseAddress, chunk.count)
        if count > 0 {
          bytes.append(contentsOf: chunk[..<min(count, max(0, most - bytes.count))])
          continue
        }
        if count < 0, errno == EINTR { continue }
        if count < 0, errno == EAGAIN { return }
        close(descriptor)
        descriptor = -1
        return
      }
    }
  }

  /// "the process died by SIGSEGV in perform: it followed a NULL pointer (to 0)"; `step` is what it was trying meanwhile. For one that
  /// has ended otherwise than it should.
  func death(_ end: cpx_exit, step: String = "") -> String {
    let how =
      end.signal >= 0
      ? "the process died by \(Self.name(of: end.signal))" : "the process exited with \(end.code)"
    let during = notebook.hook.isEmpty ? "" : " in \(notebook.hook)"
    return how + during + step + (notebook.crash.map { ": \($0)" } ?? "")
  }

  /// What is wrong with its report, and how that begins.
  func garbled(_ problem: String) -> String {
    let start = String(decoding: told.prefix(64), as: UTF8.self)
    return
      "the report of the process is garbled (\(problem)): \(told.count) bytes, which begin with '\(start)'"
  }

  private static func name(of signal: Int32) -> String {
    cpx_signal_name(signal).map { "SIG\(String(cString: $0))" } ?? "signal \(signal)"
  }
}
