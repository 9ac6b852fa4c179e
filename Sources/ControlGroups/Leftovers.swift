internal import Glibc

/// Groups that a host has left behind which was killed.
package enum Leftovers {
  static let prefix = "taskhost-"

  /// The process whose group has this name: `taskhost-PID`, or `taskhost-PID-N`. Nil: it is no host's.
  package static func host(of name: String) -> Int32? {
    guard name.hasPrefix(prefix) else { return nil }
    let words = name.dropFirst(prefix.count).split(separator: "-", omittingEmptySubsequences: false)
    guard 1...2 ~= words.count, words.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { 48...57 ~= $0 } }),
      let pid = Int32(words[0]), pid > 0
    else { return nil }
    return pid
  }

  /// Those in which no process is, and whose host is gone. The kernel removes none that has processes.
  static func remove(in directory: String) {
    for name in GroupFile.names(in: directory) {
      guard let host = host(of: name), host == getpid() || (kill(host, 0) != 0 && errno == ESRCH)
      else { continue }
      remove(tree: "\(directory)/\(name)")
    }
  }

  /// From the leaves upwards; true if nothing is left.
  @discardableResult
  static func remove(tree path: String) -> Bool {
    if rmdir(path) == 0 || errno == ENOENT { return true }
    guard errno == EBUSY || errno == ENOTEMPTY,
      GroupFile.number("populated", in: GroupFile.read("\(path)/cgroup.events")) == 0
    else { return false }
    for name in GroupFile.names(in: path) where !name.hasPrefix(".") && !name.contains(".") {
      remove(tree: "\(path)/\(name)")
    }
    return rmdir(path) == 0
  }
}
