internal import Foundation
internal import Glibc

/// A control group that was made for a test, in which nothing else is.
package final class DelegatedGroup {
  package let directory: String

  /// Nil where none can be made: there is no hierarchy of version 2, or it belongs to somebody else.
  package init?() {
    guard let parent = Self.own else { return nil }
    directory = "\(parent)/test-of-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    guard mkdir(directory, 0o755) == 0 else { return nil }
  }

  deinit {
    for _ in 0..<200 where rmdir(directory) != 0 && errno == EBUSY { usleep(10_000) }
    if access(directory, F_OK) == 0 { print("warning: \(directory) stays") }
  }

  package static let canBeMade: Bool = DelegatedGroup() != nil

  /// Where this process is; nothing is read there that a host would not read in another way.
  private static var own: String? {
    guard let groups = text("/proc/self/cgroup"), let mounts = text("/proc/mounts"),
      let group = groups.split(separator: "\n").first(where: { $0.hasPrefix("0::") })?.dropFirst(3),
      let mount = mounts.split(separator: "\n").map({ $0.split(separator: " ") })
        .first(where: { $0.count > 2 && $0[2] == "cgroup2" })
    else { return nil }
    return group == "/" ? String(mount[1]) : "\(mount[1])\(group)"
  }

  private static func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The program, in this group from its first instruction on.
  package func start(
    _ program: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> Child {
    try Child(
      "/bin/sh",
      ["-c", "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"", directory, program] + arguments,
      environment: Taskhost.environment.merging(environment) { _, new in new })
  }

  /// Names of groups of hosts that are below it.
  package func hosts() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasPrefix("taskhost-") }
  }
}
