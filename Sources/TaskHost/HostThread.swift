internal import CPosix
internal import Glibc
internal import Wire

/// Threads on which pools and runs live.
enum HostThread {
  /// On this thread, while `body` runs, a pipe that is closed is an error of the write and no SIGPIPE: a worker may die at any time.
  static func withoutPipeSignal<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var pipe = sigset_t()
    var before = sigset_t()
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &pipe, &before)
    defer {
      if sigismember(&before, SIGPIPE) == 0 {
        // One that came meanwhile was for a write here. Another one makes sure that there is one to wait for.
        var pending = sigset_t()
        sigpending(&pending)
        if sigismember(&pending, SIGPIPE) == 1 {
          pthread_kill(pthread_self(), SIGPIPE)
          var number: Int32 = 0
          sigwait(&pipe, &number)
        }
      }
      pthread_sigmask(SIG_SETMASK, &before, nil)
    }
    return try body()
  }

  private final class Start {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  static func start(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    // As much as a main thread has: hooks run on it.
    pthread_attr_setstacksize(&attributes, 8 << 20)
    // No signal handler of the program is to run here; and a pipe that is closed is an error and no signal. What is a fault of this
    // thread is not blocked, as it would end the process without a word.
    var blocked = sigset_t()
    var before = sigset_t()
    sigfillset(&blocked)
    for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT] { sigdelset(&blocked, fault) }
    pthread_sigmask(SIG_SETMASK, &blocked, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(Start(body))
    let error = pthread_create(
      &thread, &attributes,
      { argument in
        Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue().body()
        return nil
      }, argument.toOpaque())
    guard error == 0 else {
      argument.release()
      throw SystemError(error, "pthread_create")
    }
  }
}
