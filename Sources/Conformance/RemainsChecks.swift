internal import CPosix
internal import CTaskHost
internal import Glibc

/// What is left behind.
extension Check {
  static let remainsChecks: [Check] = [
    Check(
      "no-descriptors-left", .isolation, "perform leaves no descriptor open, and closes none of others.",
      broken: "After some thousand tasks a worker can open nothing any more."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      // What is opened once, at first use, may stay.
      for _ in 0..<2 { _ = bench.worker.answers(bench.requests) }
      let before = ProcessState.now()
      var performed = 0
      try context.rounds(100) { _ in performed += bench.worker.answers(bench.requests).count }
      guard let found = ProcessState.now().differences(.descriptors, since: before).first else {
        return .pass
      }
      return .fail(
        Finding(
          "\(found.text), after \(performed) performs", expected: "no change",
          cure: "Close what was opened on each way out of perform."))
    },
    Check(
      "no-threads-left", .isolation,
      "Threads of a worker do not become more from task to task, and end with worker_free.",
      broken: "A worker runs out of memory for stacks; what a thread does after worker_free crashes."
    ) { context throws(CheckEnd) in
      let plan = try CheckPlan(&context)
      let before = cpx_thread_count()
      let worker = try CheckWorker(plan.subject, shared: plan.shared, queue: plan.queue)
      for _ in 0..<2 { _ = worker.answers(plan.requests) }
      let first = cpx_thread_count()
      for _ in 0..<4 { _ = worker.answers(plan.requests) }
      let later = settled(cpx_thread_count, at: first)
      if later > first {
        return .fail(
          Finding(
            "\(later) threads after \(6 * plan.requests.count) performs, \(first) after \(2 * plan.requests.count)",
            expected: "no more than before", cure: "Join what perform starts, or start it in worker_new."))
      }
      worker.free()
      let left = settled(cpx_thread_count, at: before)
      if left > before {
        return .warn(
          Finding(
            "\(left - before) threads after worker_free", expected: "none",
            cure: "Tell them to end, and join them, in worker_free."))
      }
      return first > before ? .pass(figure: "\(first - before) threads of the worker") : .pass
    },
    Check(
      "no-processes-left", .isolation,
      "Processes that a worker starts have ended, and were waited for, when worker_free returns.",
      broken: "What is left runs on when the run is over, or fills the table of processes with zombies."
    ) { context throws(CheckEnd) in
      let plan = try CheckPlan(&context)
      // So that those come to light that have left their parent.
      guard cpx_adopt_orphans() == 0 else { throw .skipped("this process can not take in orphans") }
      defer { OwnChildren.kill() }
      context.step("a worker in a copy of the process")
      // The copy takes in nobody: what has ended there and was not waited for is its own.
      let copy = try CopiedProcess.run { () -> [UInt8] in
        let worker = CheckWorker(trying: plan.subject, shared: plan.shared, queue: plan.queue)
        guard worker.start.status >= 0 else { return [0] }
        _ = worker.answers(plan.requests)
        worker.free()
        var pid: pid_t = -1
        return [cpx_look_at_children(&pid) == 2 ? 1 : 0]
      }
      if case .told([1]) = copy {
        return .fail(
          Finding(
            "a child that has ended and was not waited for (zombie)", expected: "none",
            cure: "Call waitpid for each process that you start."))
      }
      context.step("a worker in this process")
      let worker = try CheckWorker(plan.subject, shared: plan.shared, queue: plan.queue)
      _ = worker.answers(plan.requests)
      worker.free()
      let left = OwnChildren.settle(milliseconds: 300)
      guard let one = left.first else { return .pass }
      return .fail(
        Finding(
          "\(left.count == 1 ? "a process" : "\(left.count) processes") left behind: \(one.name)",
          expected: "none", cure: "End what was started, and wait for it, before worker_free returns."))
    },
    Check(
      "no-temporary-files-left", .isolation, "Nothing stays in the directory for temporary files.",
      broken: "A machine that runs many tasks has a full disk one day."
    ) { context throws(CheckEnd) in
      let directory = try TemporaryDirectory.inPlace()
      defer { directory.removeAndLeave() }
      let bench = try CheckBench(&context)
      for _ in 0..<2 { _ = bench.worker.answers(bench.requests) }
      bench.worker.free()
      bench.queue.free()
      let left = directory.contents()
      guard let one = left.first else { return .pass }
      return .warn(
        Finding(
          "\(left.count == 1 ? "a file" : "\(left.count) files"): \(one)", expected: "none",
          cure: "Remove them, or open them with O_TMPFILE or memfd_create, so that they go with the worker."))
    },
    Check(
      "prints-nothing", .isolation,
      "Hooks print nothing: what is for the user goes through diagnostic, feedback or taskhost.print.",
      broken: "It is shown beside the run as output of a worker, and belongs to no task."
    ) { context throws(CheckEnd) in
      var performed = 0
      // What loading prints is none of this.
      _ = try context.subject()
      var local = context
      let printed = try printing { () throws(CheckEnd) in
        let bench = try CheckBench(&local)
        performed = bench.worker.answers(bench.requests).count
        bench.worker.free()
        bench.queue.free()
      }
      guard !printed.isEmpty else { return .pass }
      return .warn(
        Finding(
          "\(printed.count) bytes in \(performed) performs: \(String(decoding: printed.prefix(80), as: UTF8.self))",
          expected: "none", cure: "Use call->diagnostic, call->feedback, th_print or host->log."))
    },
  ]

  /// What `count` says, once it is no more than `expected`, or after a moment.
  private static func settled(_ count: () -> Int32, at expected: Int32) -> Int32 {
    let end = cpx_now() + 300_000_000
    while count() > expected, cpx_now() < end { usleep(2000) }
    return count()
  }
}

/// The first 64 KiB of a file.
enum SmallFile {
  static func text(_ path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 64 << 10)
    let count = read(file, &bytes, bytes.count)
    return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
  }
}

/// A directory of a check's own.
struct TemporaryDirectory {
  let path: String
  /// TMPDIR before it became this.
  private var former: String?

  /// One that is the place of temporary files, for this process and those that it starts.
  static func inPlace() throws(CheckEnd) -> TemporaryDirectory {
    guard var directory = TemporaryDirectory() else {
      throw .skipped("no temporary directory can be made")
    }
    directory.former = getenv("TMPDIR").map { String(cString: $0) }
    setenv("TMPDIR", directory.path, 1)
    return directory
  }

  func removeAndLeave() {
    if let former { setenv("TMPDIR", former, 1) } else { unsetenv("TMPDIR") }
    remove()
  }

  init?() {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/taskhost-check-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { return nil }
    path = String(cString: made)
  }

  func contents() -> [String] { Self.contents(path) }

  private static func contents(_ path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var found: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { found.append(name) }
    }
    return found.sorted()
  }

  /// With what is in it.
  func remove() { Self.remove(path) }

  private static func remove(_ path: String) {
    for name in contents(path) {
      let item = "\(path)/\(name)"
      if unlink(item) != 0, errno == EISDIR { remove(item) }
    }
    rmdir(path)
  }
}
