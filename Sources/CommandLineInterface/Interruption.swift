internal import CPosix
internal import Glibc
internal import TaskHost

/// SIGINT, SIGTERM and SIGHUP, for a command that has something to put in order before it ends by them: the first one is noted while
/// there is a value of this type, a second one ends the process at once.
struct Interruption: ~Copyable {
  /// Readable once there was one; -1: none is noted.
  let descriptor: Int32

  /// With `isOff` signals do what they do.
  init(isOff: Bool = false) throws(CommandFailure) {
    if isOff {
      descriptor = -1
      return
    }
    descriptor = cpx_eventfd()
    guard descriptor >= 0, install() else {
      throw CommandFailure(
        RunError(.infrastructure, "no signals can be noted: \(String(cString: strerror(errno)))"))
    }
  }

  borrowing private func install() -> Bool { cpx_signals_install(descriptor) == 0 }

  deinit {
    if descriptor < 0 { return }
    cpx_signals_remove()
    close(descriptor)
  }

  /// Whether there was one.
  static func hasCome() -> Bool { cpx_signal_count() > 0 }

  /// Calls `body`, which writes to somebody who may not read for long: meanwhile a signal ends the process at once. It is not called
  /// where there was one.
  borrowing func released(_ body: () -> Void) {
    if descriptor < 0 { return body() }
    if Self.hasCome() { return }
    cpx_signals_remove()
    body()
    _ = install()
  }

  /// From here on signals do what they do, unless there was one.
  static func release() -> Bool {
    if hasCome() { return false }
    cpx_signals_remove()
    return true
  }

  /// How the process ends: by the signal, if there was one.
  func end(or usual: CommandEnd) -> CommandEnd { Self.hasCome() ? .signal(cpx_first_signal()) : usual }
}
