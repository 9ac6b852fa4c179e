internal import CPosix
internal import Glibc
internal import Wire

/// The worker process of a relay, as its parent sees it.
final class RelayedWorker {
  let pid: pid_t
  let process: Int32
  let cancel: CancelPage
  private let claims: ClaimsPage
  private(set) var requests: Int32
  private(set) var responses: Int32

  init(environment: [String]) throws(SystemError) {
    var input: [Int32] = [-1, -1]
    var output: [Int32] = [-1, -1]
    guard cpx_pipe(&input) == 0, cpx_pipe(&output) == 0 else { throw SystemError(errno, "pipe") }
    let pages = (
      cpx_memfd("taskhost-cancel", CancelPage.byteCount), cpx_memfd("taskhost-claims", ClaimsPage.byteCount)
    )
    let null = cpx_null()
    guard pages.0 >= 0, pages.1 >= 0, null >= 0 else { throw SystemError(errno, "memfd_create") }
    cancel = try CancelPage(mapping: pages.0, writable: true)
    claims = try ClaimsPage(mapping: pages.1)
    guard cpx_seal_for_reader(pages.0) == 0, cpx_seal_size(pages.1) == 0, cpx_set_nonblocking(input[1]) == 0
    else { throw SystemError(errno, "fcntl") }
    Self.settle(environment)
    // Both streams of output go to the standard error of the relay.
    let inherited = [null, 2, 2, input[0], output[1], pages.0, pages.1]
    pid = try Self.spawn(inherited)
    for descriptor in [input[0], output[1], pages.0, pages.1, null] { close(descriptor) }
    requests = input[1]
    responses = output[0]
    process = cpx_pidfd(pid)
    guard process >= 0, cpx_forward_termination(pid) == 0 else {
      kill(-pid, SIGKILL)
      throw SystemError(errno, "pidfd_open")
    }
  }

  /// As the host does it for its own workers: what is not for them is taken away, and what the kind wants is added.
  private static func settle(_ items: [String]) {
    var names: [String] = []
    var entry = environ
    while let text = entry.pointee {
      let variable = String(cString: text)
      if variable.hasPrefix("TASKHOST_") { names.append(String(variable.prefix { $0 != "=" })) }
      entry += 1
    }
    for name in names { unsetenv(name) }
    for item in ["SWIFT_BACKTRACE=enable=no"] + items + [HostMark.ofThisProcess()].compactMap(\.self) {
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      if parts.count == 2 { setenv(parts[0], parts[1], 1) }
    }
  }

  private static func spawn(_ inherited: [Int32]) throws(SystemError) -> pid_t {
    let kind = WorkerMain.argument(3) ?? "kind"
    let words = ["taskhost", "worker", "\(getpid())", kind, String(repeating: " ", count: 200)]
    let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for text in arguments { free(text) } }
    var pid: pid_t = -1
    let error = arguments.withUnsafeBufferPointer {
      cpx_spawn("/proc/self/exe", $0.baseAddress!, environ, inherited, Int32(inherited.count), &pid)
    }
    guard error == 0 else { throw SystemError(error, "posix_spawn") }
    return pid
  }

  var takes: Bool { requests >= 0 }
  var isStopped: Bool { cpx_is_stopped(pid) }

  /// To its group, and to itself should it have left that.
  func signal(_ number: Int32) {
    guard 1..<65 ~= number else { return }
    kill(-pid, number)
    if number == SIGKILL { kill(pid, number) }
  }

  var hasAnswers: Bool {
    guard responses >= 0 else { return false }
    var poller = pollfd(fd: responses, events: Int16(POLLIN), revents: 0)
    return poll(&poller, 1, 0) > 0
  }

  func closeRequests() {
    if requests >= 0 { close(requests) }
    requests = -1
  }

  func closeResponses() {
    if responses >= 0 { close(responses) }
    responses = -1
  }

  var currentClaims: RelayedClaims {
    let performing = claims.performing
    let progress = claims.progress
    let now = cpx_now()
    return RelayedClaims(
      performing: performing, elapsedNanoseconds: performing == 0 ? 0 : now - min(claims.startedAt, now),
      done: progress.done, total: progress.total, isInitialising: claims.isInitialising)
  }

  func reap() throws(SystemError) -> RelayedEnd {
    var exit = cpx_exit()
    guard cpx_reap(pid, &exit) == 1 else { throw SystemError(errno, "wait4") }
    return RelayedEnd(
      claims: currentClaims, exitCode: exit.code, signal: exit.signal, dumpedCore: exit.core,
      peakMemoryBytes: exit.peak_rss, cpuNanoseconds: exit.cpu_ns, fault: "", message: "")
  }
}
