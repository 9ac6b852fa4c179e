internal import CPosix
internal import Glibc
internal import Wire

/// `taskhost worker` and `taskhost fork-server`: taken before anything else of the executable is touched.
package enum WorkerMain {
  /// Arguments after the word: the pid of the host, and the kind's name for `ps`.
  package static func run() -> Never {
    _ = bindToHost()
    do throws(SystemError) {
      try WorkerProcess.run(try .inherited())
    } catch {
      misuse(error.message)
    }
  }

  package static func runForkServer() -> Never {
    let host = bindToHost()
    // It was for the start of this process: what is bound once is not bound again in each fork.
    unsetenv("LD_BIND_NOW")
    do throws(SystemError) {
      let control = try WorkerDescriptors.take(InheritedDescriptor.control)
      try ForkServerProcess.run(try .inherited(), ForkOrders(control: control, host: host))
    } catch {
      misuse(error.message)
    }
  }

  /// Before anything else: from here on this process can not outlive its host.
  private static func bindToHost() -> pid_t {
    guard let first = CommandLine.arguments.dropFirst(2).first, let host = pid_t(first) else {
      misuse("expected the pid of a host")
    }
    guard cpx_die_with_parent(host) == 0 else { _exit(WorkerExit.hostGone) }
    signal(SIGINT, SIG_IGN)
    cpx_pause_ignore()
    signal(SIGPIPE, SIG_IGN)
    return host
  }

  private static func misuse(_ what: String) -> Never {
    let text = "error: workers and fork servers are started by taskhost itself: \(what)\n"
    var bytes = Array(text.utf8)
    // The exit status says it too, should fd 2 be closed.
    _ = write(2, &bytes, bytes.count)
    _exit(WorkerExit.misuse)
  }
}
