internal import CPosix
internal import Glibc
internal import Wire

struct WorkerDescriptors {
  var input: Int32
  var output: Int32
  var cancel: Int32
  var claims: Int32
}

/// `taskhost worker`: taken before anything else of the executable is touched.
package enum WorkerMain {
  /// Arguments after "worker": the pid of the host, the kind's name for `ps`, and blanks: room for a title.
  package static func run() -> Never {
    let arguments = CommandLine.arguments.dropFirst(2)
    guard let first = arguments.first, let parent = pid_t(first) else {
      misuse("expected the pid of a host")
    }
    cpx_title_take(CommandLine.argc, CommandLine.unsafeArgv)
    // Before anything else: from here on this process can not outlive its host.
    guard cpx_die_with_parent(parent) == 0 else { _exit(WorkerExit.hostGone) }
    signal(SIGINT, SIG_IGN)
    signal(SIGTSTP, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    do {
      try WorkerProcess(descriptors: takeDescriptors()).run()
    } catch {
      misuse(error.message)
    }
  }

  /// Moves the protocol out of the way of the plugin: above its own numbers and close-on-exec.
  private static func takeDescriptors() throws(SystemError) -> WorkerDescriptors {
    WorkerDescriptors(
      input: try take(InheritedDescriptor.input), output: try take(InheritedDescriptor.output),
      cancel: try take(InheritedDescriptor.cancel), claims: try take(InheritedDescriptor.claims))
  }

  private static func take(_ number: Int32) throws(SystemError) -> Int32 {
    var moved = fcntl(number, F_DUPFD_CLOEXEC, 200)
    // Few descriptors are allowed here.
    if moved < 0, errno == EINVAL || errno == EMFILE { moved = fcntl(number, F_DUPFD_CLOEXEC, 32) }
    guard moved >= 0 else { throw SystemError(errno, "descriptor \(number)") }
    close(number)
    return moved
  }

  private static func misuse(_ what: String) -> Never {
    let text = "error: `taskhost worker` is started by taskhost itself: \(what)\n"
    var bytes = Array(text.utf8)
    // The exit status says it too, should fd 2 be closed.
    _ = write(2, &bytes, bytes.count)
    _exit(WorkerExit.misuse)
  }
}
