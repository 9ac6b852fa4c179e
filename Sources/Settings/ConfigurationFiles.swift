internal import Glibc

/// The files that count, and where they are looked for.
package struct ConfigurationFiles: Sendable {
  /// The first of two that say the same counts.
  package var files: [ConfigurationFile] = []
  package var warnings: [String] = []

  /// None.
  package init() {}

  /// Which files are asked for.
  package enum Choice: Equatable, Sendable {
    /// That of the project and that of the user.
    case standard
    /// This one in place of that of the project.
    case file(String)
    case none
  }

  /// Reads what there is. `directory` is where the search for the file of a project begins; nil: there is no project. `variable`
  /// looks into the environment, for the place of the user's file. A file that cannot be read is an error; one that is not there
  /// is none, unless it was named.
  package init(
    _ choice: Choice, directory: String?, variable: (String) -> String?
  ) throws(SettingError) {
    switch choice {
    case .none: return
    case .file(let path): try add(path, .project, isNamed: true)
    case .standard:
      if let directory, let path = Self.projectFile(from: directory) {
        try add(path, .project, isNamed: false)
      }
    }
    if let path = Self.userFile(variable) { try add(path, .user, isNamed: false) }
    warnings += files.flatMap(\.warnings)
  }

  package static let projectName = ".config/taskhost.toml"

  /// From `directory` up to the top of its repository, or of the file system: the first one that is there.
  static func projectFile(from directory: String) -> String? { firstFile(projectName, from: directory) }

  private static func firstFile(_ name: String, from directory: String) -> String? {
    var place = directory
    while true {
      let base = place == "/" ? "" : place
      if exists(base + "/" + name) { return base + "/" + name }
      if place == "/" || place.isEmpty || !place.hasPrefix("/") || exists(base + "/.git") { return nil }
      place = PathText.parent(of: place)
    }
  }

  package static let lockName = ".config/taskhost.lock"

  /// The lock of a project.
  package struct Lock: Sendable {
    /// Where it lies, or is to lie.
    package var path: String
    /// Nil: there is none.
    package var text: String?
    /// Why it does not count, where somebody else could have written it.
    package var warning: String?
  }

  /// The lock that goes with what is asked for: beside the file that is named, or the first one from `directory` up. Where there is
  /// none, it belongs beside the file of the project, else below `directory`. Nil: there is no project.
  package static func lock(_ choice: Choice, directory: String?) throws(SettingError) -> Lock? {
    var path: String
    switch choice {
    case .none: return nil
    case .file(let file): path = PathText.parent(of: file) + "/taskhost.lock"
    case .standard:
      guard let directory else { return nil }
      let project = projectFile(from: directory).map { String($0.dropLast(projectName.utf8.count)) }
      path = firstFile(lockName, from: directory) ?? (project ?? directory + "/") + lockName
    }
    guard exists(path) else { return Lock(path: path) }
    let content = try FileContent(path, isNamed: false)
    guard let stranger = content.stranger else { return Lock(path: path, text: content.text) }
    return Lock(path: path, warning: "\(path) does not count: \(stranger)")
  }

  static func userFile(_ variable: (String) -> String?) -> String? {
    var base = variable("XDG_CONFIG_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    if base == nil, let home = variable("HOME"), home.hasPrefix("/") { base = home + "/.config" }
    guard let path = base.map({ $0 + "/taskhost/config.toml" }), exists(path) else { return nil }
    return path
  }

  private static func exists(_ path: String) -> Bool {
    var status = stat()
    // What can not be looked at is there: to read it says why not.
    return stat(path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR)
  }

  private mutating func add(
    _ path: String, _ role: ConfigurationFile.Role, isNamed: Bool
  ) throws(SettingError) {
    let content = try FileContent(path, isNamed: isNamed)
    if let stranger = content.stranger {
      warnings.append("\(path) does not count: \(stranger); name it with --config if you trust it")
      return
    }
    files.append(try ConfigurationFile(path: path, role: role, text: content.text))
  }

  /// Variables that begin as ours and are none, where one was probably meant.
  package static func warnings(ofVariables names: some Sequence<String>) -> [String] {
    let known = Setting.all.map(\.variable) + ["TASKHOST_PLUGIN_PATH_ONLY", "TASKHOST_HOST_PROCESS"]
    return names.filter { $0.hasPrefix("TASKHOST_") && !known.contains($0) }.sorted().compactMap { name in
      NearestWord.to(name, among: known).map { "there is no setting \(name); did you mean \($0)?" }
    }
  }
}

/// A whole file, read at once.
private struct FileContent {
  private static let largest = 1 << 20

  var text = ""
  /// Why a file that nobody has named is not to be believed: somebody else could have written it.
  var stranger: String?

  init(_ path: String, isNamed: Bool) throws(SettingError) {
    // A FIFO that was not named must not hold up the start.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | (isNamed ? 0 : O_NONBLOCK))
    guard descriptor >= 0 else { throw Self.unreadable(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.unreadable(path, errno) }
    if status.st_mode & S_IFMT == S_IFDIR { throw Self.unreadable(path, EISDIR) }
    if !isNamed {
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw .configuration("\(path) could not be read: it is no regular file")
      }
      stranger = Self.stranger(status)
      if stranger != nil { return }
    }
    text = try Self.read(descriptor, path)
  }

  private static func stranger(_ status: stat) -> String? {
    guard status.st_uid == geteuid() || status.st_uid == 0 else {
      return "it belongs to another user (\(status.st_uid))"
    }
    let others = S_IWOTH | (status.st_gid == getegid() ? 0 : S_IWGRP)
    return status.st_mode & others == 0
      ? nil : "others may write to it (mode 0\(String(status.st_mode & 0o7777, radix: 8)))"
  }

  private static func read(_ descriptor: Int32, _ path: String) throws(SettingError) -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw unreadable(path, errno) }
      if count == 0 { break }
      bytes += chunk[..<count]
      guard bytes.count <= largest else {
        throw .configuration("\(path) is larger than \(largest) bytes; expected a configuration file")
      }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .configuration("\(path):\(firstBadLine(bytes)):1: found bytes that are no UTF-8, expected text")
    }
    return text
  }

  private static func firstBadLine(_ bytes: [UInt8]) -> Int {
    let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
    return (lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0) + 1
  }

  private static func unreadable(_ path: String, _ code: Int32) -> SettingError {
    .configuration("\(path) could not be read: \(String(cString: strerror(code)))")
  }
}
