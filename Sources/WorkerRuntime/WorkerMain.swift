internal import CPosix
internal import Glibc
internal import Wire

/// `taskhost worker` and `taskhost fork-server`: taken before anything else of the executable is touched.
package enum WorkerMain {
  /// Arguments after the word: the pid of the host, the kind's name for `ps`, and blanks: room for a title. Behind a launcher the
  /// first is `launched:PID`, or `relay` where descriptors do not come through.
  package static func run() -> Never {
    let first = argument(2) ?? ""
    if first == "relay" { relay() }
    let isLaunched = first.hasPrefix(launchedPrefix)
    let host = isLaunched ? pid_t(first.dropFirst(launchedPrefix.count)) : bindToHost()
    do throws(SystemError) {
      let descriptors = try WorkerDescriptors.inherited()
      if isLaunched { try bindToInput(descriptors, host) }
      try WorkerProcess.run(descriptors)
    } catch {
      misuse(
        isLaunched
          ? "\(error.message): the launcher does not pass descriptors on; use --launcher-io stdio"
          : error.message)
    }
  }

  package static func runForkServer() -> Never {
    cpx_at_top_of_page { WorkerMain.serveForks() }
    _exit(WorkerExit.misuse)
  }

  private static func serveForks() -> Never {
    let host = bindToHost()
    // They were for the start of this process.
    for (name, value) in ForkServerEnvironment.variables {
      if let found = getenv(name), strcmp(found, value) == 0 { unsetenv(name) }
    }
    do throws(SystemError) {
      let control = try WorkerDescriptors.take(InheritedDescriptor.control)
      try ForkServerProcess.run(try .inherited(), control: control, host: host)
    } catch {
      misuse(error.message)
    }
  }

  package static let launchedPrefix = "launched:"

  private static func relay() -> Never {
    do throws(SystemError) {
      try RelayProcess().run()
    } catch {
      misuse(error.message)
    }
  }

  /// The parent of a launched worker may be the launcher. It can not outlive its host all the same: the pipe of its input says
  /// when that has closed it, also while plugin code computes.
  private static func bindToInput(_ descriptors: WorkerDescriptors, _ host: pid_t?) throws(SystemError) {
    cpx_title_take(CommandLine.argc, CommandLine.unsafeArgv)
    ignoreSignals()
    if let host, getppid() == host {
      guard cpx_die_with_parent(host) == 0 else { _exit(WorkerExit.hostGone) }
      return
    }
    let claims = try ClaimsPage(mapping: descriptors.claims)
    let error = cpx_watch_input(descriptors.input, claims.performingWord, WorkerExit.hostGone)
    guard error == 0 else { throw SystemError(error, "pthread_create") }
  }

  /// Before anything else: from here on this process can not outlive its host.
  private static func bindToHost() -> pid_t {
    guard let first = argument(2), let host = pid_t(first) else {
      misuse("expected the pid of a host")
    }
    cpx_title_take(CommandLine.argc, CommandLine.unsafeArgv)
    guard cpx_die_with_parent(host) == 0 else { _exit(WorkerExit.hostGone) }
    ignoreSignals()
    return host
  }

  static func ignoreSignals() {
    signal(SIGINT, SIG_IGN)
    cpx_pause_ignore()
    signal(SIGPIPE, SIG_IGN)
  }

  /// Without `CommandLine.arguments`, which looks through `/proc` for them.
  static func argument(_ index: Int) -> String? {
    guard index < CommandLine.argc, let text = CommandLine.unsafeArgv[index] else { return nil }
    return String(cString: text)
  }

  private static func misuse(_ what: String) -> Never {
    let text = "error: workers and fork servers are started by taskhost itself: \(what)\n"
    var bytes = Array(text.utf8)
    // The exit status says it too, should fd 2 be closed.
    _ = write(2, &bytes, bytes.count)
    _exit(WorkerExit.misuse)
  }
}
