internal import CPosix
internal import Glibc

enum UsableCPUs {
  /// The CPUs that this process may use, at least 1.
  static func count() -> Int {
    let allowed = Int(cpx_usable_cpus())
    return allowed > 0 ? allowed : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  }
}

enum TerminalSize {
  /// The width now; 80 when the terminal does not say.
  static func columns(of descriptor: Int32) -> Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
