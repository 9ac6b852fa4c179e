internal import CPosix
internal import CTaskHost
internal import Glibc
internal import PluginLoading
internal import TaskHost

/// Ends of worker processes and of their host, and of the file that they are made of.
extension Check {
  static let workerProcessChecks: [Check] = [
    Check(
      "worker-ends-in-order", .endToEnd,
      "A worker that is told to end does so within a second, with everything freed.",
      broken: "Each replacement of a worker waits for it, and then kills it.", seconds: endToEndSeconds
    ) { context throws(CheckEnd) in
      let plan = try CheckPlan(&context)
      let real = try RealKind(context)
      let requests = plan.requests
      let (report, start) = try real.end(shared: plan.shared) { worker in
        for request in requests { _ = await worker.run(request) }
        return cpx_now()
      }
      let nanoseconds = cpx_now() - start
      switch report.reason {
      case .retired, .recycled:
        return nanoseconds < 1_000_000_000
          ? .pass(figure: duration(nanoseconds))
          : .fail(
            Finding(
              "\(duration(nanoseconds))", expected: "less than a second",
              cure: "worker_free must not wait for anything."))
      default:
        return .fail(
          Finding(
            "\(report)", expected: "an end in order",
            cure: "Free in worker_free what worker_new has made, once, and wait for nothing there."))
      }
    },
    Check(
      "worker-heeds-sigterm", .endToEnd,
      "An idle worker ends after SIGTERM.",
      broken: "It has to be killed: each cancel of a run takes as long as the grace.",
      seconds: endToEndSeconds
    ) { context throws(CheckEnd) in
      let plan = try CheckPlan(&context)
      let real = try RealKind(context)
      let first = plan.requests[0]
      context.step("a worker that gets SIGTERM")
      let (report, nanoseconds) = try real.end(shared: plan.shared) { worker in
        _ = await worker.run(first)
        let process = cpx_pidfd(worker.pid)
        defer { close(process) }
        let start = cpx_now()
        kill(worker.pid, SIGTERM)
        var poller = pollfd(fd: process, events: Int16(POLLIN), revents: 0)
        if poll(&poller, 1, 5000) != 1 { try await worker.shutdown(.kill) }
        return cpx_now() - start
      }
      if case .crashed(SIGTERM) = report.reason { return .pass(figure: duration(nanoseconds)) }
      return .fail(
        Finding(
          "\(report), after SIGTERM", expected: "an end by that signal",
          cure: "Neither block nor ignore it in worker_new and perform, and install no handler."))
    },
    Check(
      "host-killed", .endToEnd, "When the host is killed, none of its workers is left.",
      broken: "Workers without a host run on, and hold memory and files.", seconds: endToEndSeconds
    ) { context throws(CheckEnd) in
      // Words of the kind are tried first: what it refuses is none of this check.
      _ = try CheckPlan(&context)
      guard cpx_adopt_orphans() == 0 else { throw .skipped("this process can not take in orphans") }
      let host = try SpawnedHost(context)
      defer { OwnChildren.kill() }
      guard try host.waitForWorker() else { throw .skipped("the run had no worker") }
      kill(host.pid, SIGKILL)
      let start = cpx_now()
      let left = OwnChildren.settle(milliseconds: 1500)
      guard let one = left.first else { return .pass(figure: duration(cpx_now() - start)) }
      return .fail(
        Finding(
          "\(left.count == 1 ? "a process" : "\(left.count) processes") 1.5 s after the host was killed: \(one.name)",
          expected: "none",
          cure: "Do not change PR_SET_PDEATHSIG; what you start must end with the worker (PR_SET_PDEATHSIG).")
      )
    },
    Check(
      "copy-and-replacement", .endToEnd,
      "A copy of the file works elsewhere, and a worker that starts after it was replaced is refused with both digests.",
      broken: "The plugin can not be installed; or host and worker run different code.",
      enforced: .refused(["L26"]), seconds: endToEndSeconds
    ) { context throws(CheckEnd) in
      let plan = try CheckPlan(&context)
      guard let directory = TemporaryDirectory() else { throw .skipped("no temporary directory can be made") }
      defer { directory.remove() }
      let path = "\(directory.path)/lib\(plan.subject.table.name).so"
      guard FileCopy.make(of: context.file, at: path, more: []) else { throw .skipped("no room for a copy") }
      let original = try RealKind(context)
      let usual = try original.answers(of: [plan.requests[0]], shared: plan.shared)
      context.step("a copy of the file")
      let copy = try RealKind(context, file: path)
      let kind = copy.kind
      let shared = plan.shared
      let request = plan.requests[0]
      let started = RealKind.wait { () -> String? in
        do {
          let worker = try await Worker.spawn(kind, shared: shared)
          _ = await worker.run(request)
          try await worker.shutdown()
          return nil
        } catch {
          return "\(error)"
        }
      }
      if let started, !usual.isEmpty {
        return .warn(
          Finding(
            "the copy does not start: \(started)", expected: "a worker, as of the original",
            cure: "Find what you need by options (--set) or in the file itself, not beside it."))
      }
      // The mapped file stays as it was: another one comes to its place.
      let other = "\(path).new"
      guard FileCopy.make(of: context.file, at: other, more: [0]), rename(other, path) == 0 else {
        throw .skipped("no room for a second copy")
      }
      context.step("a worker after the file was replaced")
      let refusal = RealKind.wait { () -> String in
        do {
          try await Worker.spawn(kind, shared: shared).shutdown()
          return ""
        } catch {
          return "\(error)"
        }
      }
      let digests = refusal.matches(of: /[0-9a-f]{64}/).map { String($0.output) }
      guard Set(digests).count >= 2 else {
        return .fail(
          Finding(
            refusal.isEmpty ? "a worker with another file than its host has" : refusal,
            expected: "a refusal with both SHA-256 digests",
            cure: "Leave your own file alone; it is not to be changed or moved while it is used."))
      }
      return .pass
    },
  ]
}

private enum FileCopy {
  static func make(of source: String, at target: String, more: [UInt8]) -> Bool {
    let from = open(source, O_RDONLY | O_CLOEXEC)
    guard from >= 0 else { return false }
    defer { close(from) }
    let to = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o755)
    guard to >= 0 else { return false }
    defer { close(to) }
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(from, &chunk, chunk.count)
      if count < 0 { return false }
      if count == 0 { break }
      if write(to, chunk, count) != count { return false }
    }
    return more.isEmpty || write(to, more, more.count) == more.count
  }
}

/// `taskhost run` with this kind, reading words from a pipe that stays open: it has workers and does not end.
private final class SpawnedHost {
  let pid: pid_t
  private var words: [Int32] = [-1, -1]
  private var events: [Int32] = [-1, -1]
  private var told: [UInt8] = []

  init(_ context: CheckContext) throws(CheckEnd) {
    guard cpx_pipe(&words) == 0, cpx_pipe(&events) == 0 else { throw .skipped("no pipes for a host") }
    let null = cpx_null()
    let handedOver = [words[0], events[1], null]
    defer { for descriptor in handedOver { close(descriptor) } }
    var texts = [
      "taskhost", "run", "--plugin", context.file, "--message-format", "jsonl", "--no-config", "-j", "2",
      "--from", "-",
    ]
    for setting in context.settings { texts += ["--set", "\(setting.key)=\(setting.value)"] }
    var arguments: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
    arguments.append(nil)
    defer { for text in arguments { free(text) } }
    var pid: pid_t = -1
    let error = cpx_spawn(
      "/proc/self/exe", arguments, environ, handedOver, 3, &pid)
    guard error == 0 else { throw .skipped("no process for a host") }
    self.pid = pid
    let input = Array((context.words + context.words).joined(separator: "\n").utf8) + [0x0A]
    _ = write(words[1], input, min(input.count, 4096))
  }

  deinit {
    close(words[1])
    close(events[0])
  }

  /// Until its first worker is ready. False: it has ended before, or there is none in time.
  func waitForWorker() throws(CheckEnd) -> Bool {
    let end = cpx_now() + 5_000_000_000
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    while cpx_now() < end {
      var poller = pollfd(fd: events[0], events: Int16(POLLIN), revents: 0)
      guard poll(&poller, 1, 5000) == 1 else { continue }
      let count = read(events[0], &chunk, chunk.count)
      guard count > 0 else { return false }
      told += chunk[..<count]
      let text = String(decoding: told, as: UTF8.self)
      if text.contains("\"event\":\"fresh\"") { return true }
    }
    return false
  }
}
