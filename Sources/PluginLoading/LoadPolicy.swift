internal import CPosix
internal import Glibc

/// What is asked of a plugin beyond what every plugin must fulfil, and whom the process trusts.
package struct LoadPolicy: Sendable {
  /// The id that the caller wants to load.
  package var expectedID: String?
  /// Ids that must not be loaded.
  package var denied: Set<String> = []
  /// By id: the only digest that may be loaded.
  package var pins: [String: PluginDigest] = [:]
  /// What the lock of a project says.
  package var lock: PluginPins?
  /// Users who can change what this process does anyway: root, the user, and the owners of the executable and
  /// of the root directory (in a user namespace that is not user 0).
  package var trustedUsers: Set<UInt32> = LoadPolicy.currentUsers()
  package var isPrivileged = cposix_plugin_is_privileged() != 0
  package var abi = ABIVersion.ours

  package init() {}

  private static func currentUsers() -> Set<UInt32> {
    var users: Set<UInt32> = [0, geteuid()]
    for path in ["/proc/self/exe", "/"] {
      var status = stat()
      if stat(path, &status) == 0 { users.insert(status.st_uid) }
    }
    return users
  }
}
