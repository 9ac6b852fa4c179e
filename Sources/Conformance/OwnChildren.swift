internal import CPosix
internal import Glibc

/// Children of this process.
enum OwnChildren {
  struct Child {
    var pid: pid_t
    var name: String
  }

  /// Those that still run after a moment; what has ended is reaped.
  static func settle(milliseconds: UInt64) -> [Child] {
    let end = cpx_now() + milliseconds * 1_000_000
    while true {
      reap()
      let running = all()
      if running.isEmpty || cpx_now() > end { return running }
      usleep(5000)
    }
  }

  /// Ends those that are meant, and what comes to this process in their place.
  static func kill(where isMeant: (pid_t) -> Bool = { _ in true }) {
    for _ in 0..<200 {
      reap()
      let running = all().map(\.pid).filter(isMeant)
      if running.isEmpty { return }
      for pid in running { Glibc.kill(pid, SIGKILL) }
      usleep(5000)
    }
  }

  static func reap() {
    var status: Int32 = 0
    while waitpid(-1, &status, WNOHANG) > 0 {}
  }

  /// Empty where the kernel does not tell.
  static func all() -> [Child] {
    guard let threads = opendir("/proc/self/task") else { return [] }
    defer { closedir(threads) }
    var found: [Child] = []
    while let entry = readdir(threads) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let number = pid_t(name) else { continue }
      let text = SmallFile.text("/proc/self/task/\(number)/children") ?? ""
      for pid in text.split(separator: " ").compactMap({ pid_t($0) }) {
        let command = SmallFile.text("/proc/\(pid)/comm") ?? "\(pid)"
        found.append(Child(pid: pid, name: String(command.prefix { $0 != "\n" })))
      }
    }
    return found
  }
}

/// What processes that this one has started have started themselves, and left behind: from here on it becomes a child of this process.
package struct Orphans {
  /// Who has executed this program may have left it children of its own.
  private let others: Set<pid_t>

  package init() {
    others = Set(OwnChildren.all().map(\.pid))
    _ = cpx_adopt_orphans()
  }

  /// Ends all that were started, in whatever group and session.
  package func kill() { OwnChildren.kill { !others.contains($0) } }

  /// Those of this process group only.
  package func kill(group: Int32) { OwnChildren.kill { !others.contains($0) && getpgid($0) == group } }

  /// What has ended is gone.
  package func reap() { OwnChildren.reap() }

  /// Children, not theirs, that are in this process group.
  package func inGroup(_ group: Int32) -> [Int32] {
    OwnChildren.all().map(\.pid).filter { !others.contains($0) && getpgid($0) == group }
  }
}
