internal import CPosix
internal import Glibc

/// Where plugins are looked for, in this order: the first file of a kind wins.
package struct SearchPath: Sendable {
  package enum Origin: Hashable, Sendable, CustomStringConvertible {
    /// A file named with `--plugin`.
    case commandLine
    /// A directory of `TASKHOST_PLUGIN_PATH`.
    case environment
    /// A directory that a configuration file names.
    case configuration
    case user
    case system
    /// The directory of the executable, where a build leaves the kinds that ship.
    case executable

    /// Whoever names a file, or runs an executable, trusts it: who may write there is only worth a warning.
    var isTrusted: Bool { self == .commandLine || self == .executable }

    package var description: String {
      switch self {
      case .commandLine: "--plugin"
      case .environment: "TASKHOST_PLUGIN_PATH"
      case .configuration: "the configuration"
      case .user: "your data directory"
      case .system: "the system"
      case .executable: "beside the executable"
      }
    }
  }

  /// One file (`commandLine`) or one directory.
  package struct Entry: Hashable, Sendable {
    package var origin: Origin
    package var path: String

    package init(origin: Origin, path: String) {
      self.origin = origin
      self.path = path
    }
  }

  package var entries: [Entry]
  /// Entries of the environment that cannot be used.
  package var warnings: [Refusal] = []

  package init(entries: [Entry]) { self.entries = entries }
}

extension SearchPath {
  /// What the search path depends on.
  package struct Surroundings: Sendable {
    package var variables: [String: String]
    /// Nothing that the user says counts in a process that has more rights than the user.
    package var isPrivileged: Bool
    package var executableDirectory: String?

    package init(variables: [String: String], isPrivileged: Bool, executableDirectory: String?) {
      self.variables = variables
      self.isPrivileged = isPrivileged
      self.executableDirectory = executableDirectory
    }

    /// Those of this process.
    package static func current() -> Surroundings {
      var variables: [String: String] = [:]
      for name in [Variable.path, Variable.pathOnly, Variable.dataHome, Variable.home] {
        if let value = getenv(name) { variables[name] = String(validatingCString: value) }
      }
      var directory: String?
      if let resolved = realpath("/proc/self/exe", nil) {
        defer { free(resolved) }
        directory = String(validatingCString: resolved).map(parentDirectory(of:))
      }
      return Surroundings(
        variables: variables, isPrivileged: cposix_plugin_is_privileged() != 0,
        executableDirectory: directory)
    }
  }

  private enum Variable {
    static let path = "TASKHOST_PLUGIN_PATH"
    static let pathOnly = "TASKHOST_PLUGIN_PATH_ONLY"
    static let dataHome = "XDG_DATA_HOME"
    static let home = "HOME"
  }

  /// The search path of a run with these `--plugin` files. `directories`, absolute ones, are those of the configuration; they count
  /// where the environment names none.
  package static func standard(
    files: [String] = [], directories: [String] = [], surroundings: Surroundings = .current()
  ) -> SearchPath {
    var path = SearchPath(entries: files.map { Entry(origin: .commandLine, path: $0) })
    let variables = surroundings.isPrivileged ? [:] : surroundings.variables
    for part in (variables[Variable.path] ?? "").split(separator: ":") {
      let directory = String(part)
      if directory.utf8.first == UInt8(ascii: "/") {
        path.entries.append(Entry(origin: .environment, path: directory))
      } else {
        path.warnings.append(
          Refusal(
            file: directory, rule: .directories, found: "a relative directory in \(Variable.path)",
            expected: "an absolute one: the current directory is never searched",
            cure: "Write its absolute path."))
      }
    }
    if variables[Variable.path] == nil, !surroundings.isPrivileged {
      path.entries += directories.map { Entry(origin: .configuration, path: $0) }
    }
    if variables[Variable.pathOnly] == "1" { return path }
    if let data = dataHome(variables) {
      path.entries.append(Entry(origin: .user, path: data + "/taskhost/plugins"))
    }
    for directory in ["/usr/local/lib", "/usr/lib/\(triplet)", "/usr/lib"] {
      path.entries.append(Entry(origin: .system, path: directory + "/taskhost/plugins"))
    }
    if let directory = surroundings.executableDirectory {
      path.entries.append(Entry(origin: .executable, path: directory))
    }
    return path
  }

  /// Where a plugin of the user is installed; nil: the user has no directory, or what the user says does not count.
  package static func userDirectory(_ surroundings: Surroundings = .current()) -> String? {
    surroundings.isPrivileged ? nil : dataHome(surroundings.variables).map { $0 + "/taskhost/plugins" }
  }

  /// Where a plugin for all users is installed.
  package static let systemDirectory = "/usr/local/lib/taskhost/plugins"

  private static func dataHome(_ variables: [String: String]) -> String? {
    if let data = variables[Variable.dataHome], data.utf8.first == UInt8(ascii: "/") { return data }
    guard let home = variables[Variable.home], home.utf8.first == UInt8(ascii: "/") else { return nil }
    return home + "/.local/share"
  }

  private static var triplet: String {
    #if arch(arm64)
      "aarch64-linux-gnu"
    #else
      "x86_64-linux-gnu"
    #endif
  }
}

/// `path` is absolute and canonical.
func parentDirectory(of path: String) -> String {
  guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex else { return "/" }
  return String(path[..<slash])
}
