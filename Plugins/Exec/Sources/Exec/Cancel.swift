internal import Glibc

/// The end of a command that is no longer wanted: SIGTERM to it and to all in the process group of this worker.
///
/// SIGKILL comes from the host after the grace of the run: it ends the worker, and what is left of the group with it.
struct Cancel {
  private(set) var isUnderWay = false
  /// This worker leads a group, which holds nothing else than what it has started.
  private var hasGroup: Bool { !ExecKind.isInHost && getpgrp() == getpid() }
  private var killAt = 0

  mutating func begin(_ pid: pid_t) {
    if isUnderWay { return }
    isUnderWay = true
    guard hasGroup else {
      kill(pid, SIGTERM)
      killAt = Self.now() + 2000
      return
    }
    var before = sigaction()
    var ignoring = sigaction()
    ignoring.__sigaction_handler.sa_handler = SIG_IGN
    sigaction(SIGTERM, &ignoring, &before)
    kill(0, SIGTERM)
    // One that is stopped would not see it.
    kill(0, SIGCONT)
    sigaction(SIGTERM, &before, nil)
  }

  /// Within a host, or below a relay, nobody else would do it.
  func insist(_ pid: pid_t) {
    if killAt > 0, Self.now() >= killAt { kill(pid, SIGKILL) }
  }

  /// Waits until the group holds nothing but this process: descendants may have to tidy up. The host ends the wait.
  func awaitDescendants() {
    guard hasGroup else { return }
    while Self.hasOthers(getpgrp()) { usleep(20_000) }
  }

  private static func hasOthers(_ group: pid_t) -> Bool {
    guard let directory = opendir("/proc") else { return false }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let number = withUnsafeBytes(of: &entry.pointee.d_name) {
        atoi($0.baseAddress!.assumingMemoryBound(to: CChar.self))
      }
      if number > 0, number != getpid(), getpgid(number) == group, !isZombie(number) { return true }
    }
    return false
  }

  /// One that nobody has waited for does nothing any more.
  private static func isZombie(_ pid: pid_t) -> Bool {
    let descriptor = open("/proc/\(pid)/stat", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return true }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = read(descriptor, &bytes, bytes.count)
    guard count > 0, let end = bytes[..<count].lastIndex(of: UInt8(ascii: ")")), end + 2 < count else {
      return true
    }
    return bytes[end + 2] == UInt8(ascii: "Z") || bytes[end + 2] == UInt8(ascii: "X")
  }

  private static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
