/// Where a process is among the control groups of version 2, and where that place is in the file system.
package enum Hierarchy {
  package static let membershipFile = "/proc/self/cgroup"
  package static let mountFile = "/proc/self/mountinfo"

  /// The mount of a part of the hierarchy.
  package struct Mount: Equatable {
    /// The group that is seen at `point`.
    package var root: String
    package var point: String
    package var isReadOnly: Bool

    package init(root: String, point: String, isReadOnly: Bool = false) {
      self.root = root
      self.point = point
      self.isReadOnly = isReadOnly
    }

    /// Nil: this group is not below it.
    func directory(of group: String) -> String? {
      if root == "/" { return group == "/" ? point : point + group }
      if group == root { return point }
      return group.hasPrefix(root + "/") ? point + group.dropFirst(root.count) : nil
    }
  }

  /// The line with the number 0 is that of version 2. Nil: there is none.
  package static func group(in membership: String) -> String? {
    for line in membership.split(separator: "\n") where line.hasPrefix("0::/") {
      return String(line.dropFirst(3))
    }
    return nil
  }

  /// `ID PARENT DEVICE ROOT POINT OPTIONS [more...] - TYPE SOURCE OPTIONS`.
  package static func mounts(in table: String) -> [Mount] {
    table.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), dash >= 6, dash + 3 < fields.count,
        fields[dash + 1] == "cgroup2"
      else { return nil }
      return Mount(
        root: unescaped(fields[3]), point: unescaped(fields[4]),
        isReadOnly: isReadOnly(fields[5]) || isReadOnly(fields[dash + 3]))
    }
  }

  private static func isReadOnly(_ options: Substring) -> Bool {
    options.split(separator: ",").contains("ro")
  }

  /// Blanks, line ends and backslashes stand as a backslash and three octal digits.
  private static func unescaped(_ field: Substring) -> String {
    guard field.utf8.contains(UInt8(ascii: "\\")) else { return String(field) }
    var bytes: [UInt8] = []
    var rest = field.utf8
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.count >= 3,
        let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
      {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The directory of the group of the process that these texts are of.
  package static func directory(membership: String, mountTable: String) throws(NoGroups) -> (
    path: String, isReadOnly: Bool
  ) {
    guard let group = group(in: membership) else {
      throw NoGroups(
        membershipFile, found: "no line `0::`", expected: "a kernel with control groups of version 2")
    }
    guard !group.hasSuffix(" (deleted)") else {
      throw NoGroups(membershipFile, found: group, expected: "a group that is still there")
    }
    let mounts = mounts(in: mountTable)
    let places = mounts.compactMap { mount in
      mount.directory(of: group).map { (path: $0, isReadOnly: mount.isReadOnly) }
    }
    if let place = places.first(where: { !$0.isReadOnly }) ?? places.first { return place }
    throw NoGroups(
      mountFile,
      found: mounts.isEmpty
        ? "no file system of the type cgroup2" : "\(mounts[0].root) at \(mounts[0].point)",
      expected: "one that shows the group \(group) of this process")
  }
}
