import ControlGroups
import Testing

/// What the files of the kernel say, read as text.
@Suite struct HierarchyTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var membership: String
    var mounts: [String]
    /// A directory, `ro` and a directory, or what stands in the error.
    var result: String

    var testDescription: String { name }
  }

  private static let session = "0::/user.slice/user-1000.slice/session-4.scope\n"
  private static let unified =
    "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"

  @Test(arguments: [
    Case(
      name: "unified", membership: session, mounts: [unified],
      result: "/sys/fs/cgroup/user.slice/user-1000.slice/session-4.scope"),
    Case(
      name: "hybrid", membership: "9:name=systemd:/\n4:memory:/elsewhere\n0::/mine\n",
      mounts: [
        "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu",
        "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw",
      ], result: "/sys/fs/cgroup/unified/mine"),
    Case(
      name: "the root", membership: "0::/\n", mounts: [unified], result: "/sys/fs/cgroup"),
    Case(
      name: "read-only in a container", membership: "0::/\n",
      mounts: ["550 540 0:26 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw"],
      result: "ro /sys/fs/cgroup"),
    Case(
      name: "a read-only file system", membership: "0::/\n",
      mounts: ["550 540 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup ro"],
      result: "ro /sys/fs/cgroup"),
    Case(
      name: "one of two can be written", membership: "0::/a/b\n",
      mounts: [
        "550 540 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup rw",
        "551 540 0:26 / /run/cgroup rw - cgroup2 cgroup rw",
      ], result: "/run/cgroup/a/b"),
    Case(
      name: "a part is mounted", membership: "0::/docker/1234/inner\n",
      mounts: ["29 23 0:26 /docker/1234 /sys/fs/cgroup rw - cgroup2 cgroup2 rw"],
      result: "/sys/fs/cgroup/inner"),
    Case(
      name: "just this group is mounted", membership: "0::/docker/1234\n",
      mounts: ["29 23 0:26 /docker/1234 /sys/fs/cgroup rw - cgroup2 cgroup2 rw"], result: "/sys/fs/cgroup"),
    Case(
      name: "a name that begins alike", membership: "0::/docker/12345\n",
      mounts: ["29 23 0:26 /docker/1234 /sys/fs/cgroup rw - cgroup2 cgroup2 rw"],
      result: "shows the group /docker/12345"),
    Case(
      name: "blanks and backslashes", membership: "0::/a\n",
      mounts: [#"29 23 0:26 / /mnt/my\040groups\134x rw - cgroup2 cgroup2 rw"#],
      result: #"/mnt/my groups\x/a"#),
    Case(
      name: "version 1 only", membership: "4:memory:/a\n1:cpu:/\n", mounts: [unified],
      result: "no line `0::`"),
    Case(
      name: "no mount", membership: "0::/a\n", mounts: ["22 1 0:20 / / rw - ext4 /dev/vda rw"],
      result: "no file system of the type cgroup2"),
    Case(name: "deleted", membership: "0::/a (deleted)\n", mounts: [unified], result: "/a (deleted)"),
    Case(
      name: "lines that are none", membership: "0::/a\n",
      mounts: ["", "29 23", "29 23 0:26 / - - -", unified],
      result: "/sys/fs/cgroup/a"),
  ])
  func theDirectoryOfAProcess(example: Case) {
    let found: String
    do throws(NoGroups) {
      let place = try Hierarchy.directory(
        membership: example.membership, mountTable: example.mounts.joined(separator: "\n"))
      found = (place.isReadOnly ? "ro " : "") + place.path
      #expect(found == example.result)
    } catch {
      #expect("\(error)".contains(example.result), "\(error)")
      #expect("\(error)".hasPrefix("/proc/self/"))
    }
  }

  @Test(
    arguments: [
      ("taskhost-12", 12), ("taskhost-12-3", 12), ("taskhost-", nil), ("taskhost-0", nil),
      ("taskhost-x", nil),
      ("taskhost-12-", nil), ("taskhost-12-3-4", nil), ("taskhost-+12", nil), ("mytaskhost-12", nil),
      ("taskhost-99999999999", nil), ("taskhost", nil),
    ] as [(String, Int32?)])
  func groupsOfHostsAreKnownByTheirNames(name: String, host: Int32?) {
    #expect(Leftovers.host(of: name) == host)
  }

  @Test func countsOfMemory() {
    let text = "low 0\nhigh 0\nmax 31\noom 2\noom_kill 3\noom_group_kill 1\n"
    let counts = WorkerGroup.MemoryEvents(text)
    #expect(counts.exhausted == 2 && counts.killed == 3)
    #expect(WorkerGroup.MemoryEvents(nil) == WorkerGroup.MemoryEvents())
    #expect(WorkerGroup.MemoryEvents("oom_kill\noom x\n") == WorkerGroup.MemoryEvents())
  }
}
