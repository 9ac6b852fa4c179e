internal import CPosix
internal import Glibc

/// A copy of this process in which something is tried: this one survives it, and nothing of it is seen here.
enum CopiedProcess {
  enum End {
    /// What the body has returned.
    case told([UInt8])
    case died(signal: Int32)
    case exited(code: Int32)
    /// Killed after its time.
    case hung
  }

  /// Runs `body` in a copy; for processes of one thread. The copy has the time of `seconds`.
  static func run(seconds: Double = 5, _ body: () -> [UInt8]) throws(CheckEnd) -> End {
    var ends: [Int32] = [-1, -1]
    guard cpx_pipe(&ends) == 0 else { throw .skipped("no pipe for a copy of the process") }
    fflush(nil)
    let parent = getpid()
    let pid = cpx_fork_child()
    if pid == 0 {
      close(ends[0])
      if cpx_die_with_parent(parent) == 0 { tell(body(), ends[1]) }
      _exit(0)
    }
    close(ends[1])
    defer { close(ends[0]) }
    guard pid > 0 else { throw .skipped("this process can not be copied") }
    return watch(pid, ends[0], until: cpx_now() + UInt64(seconds * 1e9))
  }

  private static func tell(_ bytes: [UInt8], _ descriptor: Int32) {
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno != EINTR { return }
      written += max(count, 0)
    }
  }

  private static func watch(_ pid: pid_t, _ descriptor: Int32, until deadline: UInt64) -> End {
    var told: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    var isOpen = true
    var exit = cpx_exit()
    while true {
      let now = cpx_now()
      guard now < deadline else {
        kill(pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return .hung
      }
      // What the copy has started may hold the pipe open: its own end counts.
      var poller = pollfd(fd: isOpen ? descriptor : -1, events: Int16(POLLIN), revents: 0)
      let hasMore = poll(&poller, 1, 2) == 1
      if hasMore {
        let count = read(descriptor, &chunk, chunk.count)
        if count > 0 { told += chunk[..<count] }
        if count == 0 { isOpen = false }
        continue
      }
      guard cpx_reap(pid, &exit) != 0 else { continue }
      if exit.signal >= 0 { return .died(signal: exit.signal) }
      return exit.code == 0 ? .told(told) : .exited(code: exit.code)
    }
  }
}

extension CopiedProcess.End {
  /// "died by SIGSEGV"; nil for one that has told what it should.
  var failure: String? {
    switch self {
    case .told: nil
    case .died(let signal): "died by " + Self.name(of: signal)
    case .exited(let code): "exited with \(code)"
    case .hung: "did not come to an end"
    }
  }

  static func name(of signal: Int32) -> String {
    cpx_signal_name(signal).map { "SIG\(String(cString: $0))" } ?? "signal \(signal)"
  }
}

/// Another thread of this process.
enum OtherThread {
  private final class Work {
    let body: () -> Void

    init(_ body: @escaping () -> Void) { self.body = body }
  }

  /// Runs `body` on a thread that is made for it, and waits for its end.
  static func run<Result>(_ body: () -> Result) -> Result {
    var result: Result?
    withoutActuallyEscaping({ result = body() }) { work in
      let threads = start([work])
      for thread in threads { pthread_join(thread, nil) }
    }
    guard let result else { return body() }
    return result
  }

  /// All of them at the same time, each on a thread of its own.
  static func runAll(_ bodies: [() -> Void]) {
    for thread in start(bodies) { pthread_join(thread, nil) }
  }

  private static func start(_ bodies: [() -> Void]) -> [pthread_t] {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    // As much as a main thread has.
    pthread_attr_setstacksize(&attributes, 8 << 20)
    return bodies.compactMap { body in
      var thread = pthread_t()
      let work = Unmanaged.passRetained(Work(body))
      let error = pthread_create(
        &thread, &attributes,
        { work in
          Unmanaged<Work>.fromOpaque(work!).takeRetainedValue().body()
          return nil
        }, work.toOpaque())
      if error == 0 { return thread }
      work.release()
      return nil
    }
  }
}
