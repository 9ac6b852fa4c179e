internal import Glibc

extension Inspection {
  /// L02 to L04 and L20: who could have put this file here.
  mutating func checkTrust(_ file: borrowing PluginFile, _ policy: LoadPolicy) {
    if !policy.trustedUsers.contains(file.owner) {
      report(
        .owner, found: "owner \(Self.userName(file.owner))", expected: Self.names(policy.trustedUsers),
        "Copy the file, so that it is yours, if you trust it.")
    }
    if file.mode & (S_IWGRP | S_IWOTH) != 0 {
      report(
        .writableByOthers, found: "mode 0\(String(file.mode & 0o7777, radix: 8))",
        expected: "no write permission for group and others", "Run: chmod go-w \(file.path)")
    }
    checkDirectories(file.path, policy)
    if policy.isPrivileged, origin != .system {
      report(
        .privilegedProcess, found: "a plugin from \(origin.description) in a process with raised rights",
        expected: "one in a directory of the system", "Install the plugin, or run without those rights.")
    }
  }

  private mutating func checkDirectories(_ path: String, _ policy: LoadPolicy) {
    var directory = path
    while directory != "/" {
      directory = parentDirectory(of: directory)
      var status = stat()
      guard lstat(directory, &status) == 0 else {
        report(
          .directories, found: "\(directory) without status (\(errnoText()))",
          expected: "directories that can be looked at", "Check their permissions.")
        continue
      }
      if !policy.trustedUsers.contains(status.st_uid) {
        report(
          .directories, found: "\(directory) of owner \(Self.userName(status.st_uid))",
          expected: Self.names(policy.trustedUsers), "Install the plugin in a directory of your own.")
      }
      if status.st_mode & S_IWOTH != 0, status.st_mode & S_ISVTX == 0 {
        report(
          .directories, found: "\(directory) with mode 0\(String(status.st_mode & 0o7777, radix: 8))",
          expected: "no write permission for others, or the sticky bit", "Run: chmod o-w \(directory)")
      }
    }
  }

  private static func userName(_ user: UInt32) -> String {
    getpwuid(user).map { "\(String(cString: $0.pointee.pw_name)) (\(user))" } ?? "\(user)"
  }

  private static func names(_ users: Set<UInt32>) -> String {
    "an owner out of " + users.sorted().map(userName).joined(separator: ", ")
  }
}
