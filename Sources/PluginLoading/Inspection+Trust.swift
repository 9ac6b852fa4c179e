internal import Glibc

extension Inspection {
  /// L02 to L04 and L20: who could have put this file here.
  mutating func checkTrust(
    _ file: FileStatus, _ policy: LoadPolicy, _ directories: inout DirectoryFindings
  ) {
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
    for finding in directories.above(file.path, policy) {
      report(.directories, found: finding.found, expected: finding.expected, finding.cure)
    }
    if policy.isPrivileged, origin != .system {
      report(
        .privilegedProcess, found: "a plugin from \(origin.description) in a process with raised rights",
        expected: "one in a directory of the system", "Install the plugin, or run without those rights.")
    }
  }

  fileprivate static func userName(_ user: UInt32) -> String {
    getpwuid(user).map { "\(String(cString: $0.pointee.pw_name)) (\(user))" } ?? "\(user)"
  }

  fileprivate static func names(_ users: Set<UInt32>) -> String {
    "an owner out of " + users.sorted().map(userName).joined(separator: ", ")
  }
}

/// What is wrong with the directories above files. Each is looked at once, so this must not live longer than one look at the plugins.
struct DirectoryFindings {
  struct Finding {
    var found: String
    var expected: String
    var cure: String
  }

  private var known: [PathKey: [Finding]] = [:]

  /// Those of all directories up to the root, the nearest first.
  mutating func above(_ path: String, _ policy: LoadPolicy) -> [Finding] {
    let directory = parentDirectory(of: path)
    if let findings = known[PathKey(directory)] { return findings }
    var findings = Self.look(at: directory, policy)
    if directory != "/" { findings += above(directory, policy) }
    known[PathKey(directory)] = findings
    return findings
  }

  private static func look(at directory: String, _ policy: LoadPolicy) -> [Finding] {
    var status = stat()
    guard lstat(directory, &status) == 0 else {
      return [
        Finding(
          found: "\(directory) without status (\(errnoText()))",
          expected: "directories that can be looked at", cure: "Check their permissions.")
      ]
    }
    var findings: [Finding] = []
    if !policy.trustedUsers.contains(status.st_uid) {
      findings.append(
        Finding(
          found: "\(directory) of owner \(Inspection.userName(status.st_uid))",
          expected: Inspection.names(policy.trustedUsers),
          cure: "Install the plugin in a directory of your own."))
    }
    if status.st_mode & S_IWOTH != 0, status.st_mode & S_ISVTX == 0 {
      findings.append(
        Finding(
          found: "\(directory) with mode 0\(String(status.st_mode & 0o7777, radix: 8))",
          expected: "no write permission for others, or the sticky bit", cure: "Run: chmod o-w \(directory)"))
    }
    return findings
  }
}
