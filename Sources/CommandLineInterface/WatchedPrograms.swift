internal import CPosix
internal import Conformance
internal import Glibc
internal import TaskHost

/// Programs that are run one after another for somebody who looks on: with the streams and in the process group of this process, so
/// that a terminal treats all of them alike. A signal that ends this process ends them first.
struct WatchedPrograms: ~Copyable {
  /// How long a program may take to end, and then what it has left behind.
  private static let grace: UInt64 = 10_000_000_000
  private static let graceOfRest: UInt64 = 2_000_000_000
  private let endings: Int32
  private let process = Orphans()

  init() throws(CommandFailure) {
    endings = cpx_endings_open()
    guard endings >= 0 else {
      throw CommandFailure(
        RunError(.infrastructure, "no signals can be awaited: \(String(cString: strerror(errno)))"))
    }
    cpx_endings_hold(true)
  }

  deinit {
    cpx_endings_hold(false)
    close(endings)
  }

  /// What `waitpid` says of it in the end; nil with errno where it could not be started.
  borrowing func run(_ words: [UnsafeMutablePointer<CChar>?], in directory: String) -> cpx_exit? {
    let pid = cpx_start_in(directory, words, environ)
    guard pid > 0 else { return nil }
    let handle = cpx_pidfd(pid)
    defer { close(handle) }
    var end = cpx_exit()
    while true {
      var polls = [handle, endings].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      // Without a handle it is looked for now and then.
      _ = poll(&polls, 2, handle < 0 ? 50 : -1)
      endIfAsked(pid)
      if cpx_reap(pid, &end) != 0 { break }
    }
    process.reap()
    return end
  }

  /// Waits for `watch` to tell something, as `cpx_watch_wait` does.
  borrowing func wait(for watch: Int32, milliseconds: Int32) -> Int32 {
    while true {
      let count = cpx_watch_wait(watch, milliseconds, endings)
      if count != 2 { return count }
      endIfAsked()
    }
  }

  /// `program`: what runs.
  private borrowing func endIfAsked(_ program: pid_t = 0) {
    var isForAll = false
    let signal = cpx_endings_take(endings, &isForAll)
    if signal > 0 { end(program, by: signal, hasReachedAll: isForAll) }
  }

  /// What was started and is still in this process group gets the signal, unless a terminal has sent it to the whole group; once the
  /// program has ended, what is left gets SIGTERM, as shells have background jobs ignore SIGINT. It is waited for, and killed after the
  /// grace or at a second signal. Then this process ends by the signal.
  private borrowing func end(_ program: pid_t, by signal: Int32, hasReachedAll: Bool) -> Never {
    var deadline = cpx_now() + Self.grace
    var isProgramGone = false
    var told: Set<pid_t> = []
    while true {
      process.reap()
      var left = Set(process.inGroup(getpgrp()))
      // Not all kernels tell of children.
      if program > 0, kill(program, 0) == 0 {
        left.insert(program)
      } else if !isProgramGone {
        isProgramGone = true
        told = []
        deadline = min(deadline, cpx_now() + Self.graceOfRest)
      }
      if left.isEmpty { ProcessEnd.take(.signal(signal)) }
      var again = false
      if cpx_now() > deadline || cpx_endings_take(endings, &again) > 0 {
        if left.contains(program) { kill(program, SIGKILL) }
        process.kill(group: getpgrp())
        ProcessEnd.take(.signal(signal))
      }
      // Those of one that has ended come to this process.
      for pid in left where (isProgramGone || !hasReachedAll) && told.insert(pid).inserted {
        kill(pid, isProgramGone ? SIGTERM : signal)
      }
      var ending = pollfd(fd: endings, events: Int16(POLLIN), revents: 0)
      _ = poll(&ending, 1, 10)
    }
  }
}
