internal import CPosix
internal import Glibc
internal import PluginLoading

/// The process of one check, as its parent sees it.
final class CheckedChild {
  private static let mostOutput = 64 << 10

  let index: Int
  private let check: Check
  private let pid: pid_t
  private let process: Int32
  private let notebook: Notebook
  private var report: Int32
  private var output: Int32
  private let started = cpx_now()
  private let seconds: Double
  private let deadline: UInt64
  private var told: [UInt8] = []
  private var written: [UInt8] = []
  private var isOverdue = false
  private var end: cpx_exit?

  init(_ check: Check, _ job: CheckJob, index: Int, directory: String?) throws(ExaminationError) {
    self.check = check
    self.index = index
    seconds = job.seconds
    deadline = started + UInt64(job.seconds * 1e9)
    var reportEnds: [Int32] = [-1, -1]
    var outputEnds: [Int32] = [-1, -1]
    guard let page = Notebook.file(), let notebook = Notebook(file: page), cpx_pipe(&reportEnds) == 0,
      cpx_pipe(&outputEnds) == 0
    else { throw Self.failure("no pipes for a check", errno) }
    let null = cpx_null()
    defer { for descriptor in [page, null, reportEnds[1], outputEnds[1]] { close(descriptor) } }
    self.notebook = notebook
    var pid: pid_t = -1
    let error = Self.spawn(
      job, directory, [null, outputEnds[1], outputEnds[1], reportEnds[1], page], &pid)
    guard error == 0 else { throw Self.failure("no process for a check", error) }
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

  /// 0 or an errno.
  private static func spawn(
    _ job: CheckJob, _ directory: String?, _ descriptors: [Int32], _ pid: inout pid_t
  ) -> Int32 {
    let texts = ["taskhost", CheckProcess.word, job.json.description, "\(getpid())"]
    var words: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
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

  /// Waits until something is to be done for one of them.
  static func wait(for children: [CheckedChild]) {
    var polls: [pollfd] = []
    for child in children {
      for descriptor in [child.report, child.output, child.process] where descriptor >= 0 {
        polls.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
      }
    }
    let now = cpx_now()
    let nearest = children.map(\.deadline).min() ?? now
    let milliseconds = nearest > now ? (nearest - now) / 1_000_000 + 1 : 0
    _ = poll(&polls, nfds_t(polls.count), Int32(clamping: milliseconds))
    for child in children { child.look() }
  }

  private func look() {
    Self.drain(&report, into: &told, most: 1 << 20)
    Self.drain(&output, into: &written, most: Self.mostOutput)
    if !isOverdue, cpx_now() >= deadline {
      isOverdue = true
      kill(-pid, SIGKILL)
      kill(pid, SIGKILL)
    }
    var found = cpx_exit()
    guard end == nil, cpx_reap(pid, &found) != 0 else { return }
    end = found
    // What it has left behind; and what it wrote last.
    kill(-pid, SIGKILL)
    Self.drain(&report, into: &told, most: 1 << 20)
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

  /// Its result, once it has ended.
  func finish() -> CheckResult? {
    guard let end else { return nil }
    return CheckResult(
      check: check, verdict: verdict(end), nanoseconds: cpx_now() - started, output: written)
  }

  private func verdict(_ end: cpx_exit) -> Verdict {
    let hook = notebook.hook
    let during = hook.isEmpty ? "" : " in \(hook)"
    let step = notebook.step.isEmpty ? "" : ", while the check tried \(notebook.step)"
    if isOverdue {
      return .fail(
        Finding(
          "\(hook.isEmpty ? "the check" : hook) did not return within \(Int(seconds.rounded(.up))) s\(step)",
          expected: "an end", cure: "Look for a loop or a lock that waits for ever\(during)."))
    }
    if end.signal < 0, end.code == 0, let json = try? JSONReader.read(told), let verdict = Verdict(json) {
      return verdict
    }
    let how =
      end.signal >= 0
      ? "the process died by \(Self.name(of: end.signal))" : "the process exited with \(end.code)"
    let place = notebook.crash.map { ": \($0)" } ?? ""
    return .crash(
      Finding(
        "\(how)\(during)\(step)\(place)", expected: "a hook that returns",
        cure: "Run it under a debugger: --only \(check.id) --in-process."))
  }

  private static func name(of signal: Int32) -> String {
    cpx_signal_name(signal).map { "SIG\(String(cString: $0))" } ?? "signal \(signal)"
  }
}
