internal import Glibc
internal import WorkerPool

/// What worker processes find around them.
public struct WorkerSurroundings: Sendable {
  /// Which variables workers have. `TASKHOST_*` are never handed on, and each
  /// worker has one that says whose it is; what a kind sets by itself counts more.
  public struct Environment: Sendable {
    /// Nil: all variables of this process; else only these.
    public var inherited: [String]?
    /// Names that workers do not have.
    public var removed: [String] = []
    /// Names and values that workers have in place of those of this process.
    public var set: [String: String] = [:]

    /// What this program has.
    public init() {}
  }

  /// Where bytes go that code in a worker prints on one of its streams.
  public enum Output: Hashable, Sendable {
    /// To this program: as events of the pool.
    case events
    /// To this program: each line to its own stream of the same name, with "worker N: " before it.
    case forwarded
    /// Nowhere.
    case null
    /// To the end of this file, which is made if it is not there. What stands there is not in the reports of ends.
    case append(path: String)
    /// The same, emptied when the first worker starts.
    case truncate(path: String)
  }

  /// Variables.
  public var environment = Environment()
  /// Nil: that of this program.
  public var directory: String?
  /// Nil: that of this program. Octal 777 at most.
  public var umask: UInt32?
  /// Descriptor 1.
  public var standardOutput = Output.events
  /// Descriptor 2.
  public var standardError = Output.events

  /// What this program has.
  public init() {}

  func checked(for host: Host) throws(PoolError) -> Surroundings {
    var result = Surroundings()
    if let names = environment.inherited { result.inheritance = .only(names) }
    result.removedVariables = environment.removed
    for (name, value) in environment.set.sorted(by: { $0.key < $1.key }) {
      if let problem = Self.problem(name, value) { throw .badOption(problem) }
      result.variables.append((name, value))
    }
    if let directory {
      guard directory.utf8.first == UInt8(ascii: "/"), !directory.utf8.contains(0) else {
        throw .badOption(
          "the directory of workers is \(directory.debugDescription), expected an absolute path")
      }
      result.directory = directory
    }
    if let umask {
      guard umask <= 0o777 else {
        throw .badOption("the umask of workers is \(String(umask, radix: 8)), expected at most 777 (octal)")
      }
      result.fileMode = umask
    }
    result.standardOutput = try Self.checked(standardOutput)
    result.standardError = try Self.checked(standardError)
    if host.executable >= 0 {
      result.executable = host.executable
      result.executableName = host.options.workerExecutable ?? ""
    }
    return result
  }

  private static func problem(_ name: String, _ value: String) -> String? {
    if name.isEmpty || name.utf8.contains(UInt8(ascii: "=")) || name.utf8.contains(0) {
      return "\(name.debugDescription) is no name of a variable"
    }
    if value.utf8.contains(0) { return "the variable \(name) holds a NUL" }
    if name.hasPrefix("TASKHOST_") { return "the variable \(name) is refused: TASKHOST_* are the host's own" }
    return nil
  }

  private static func checked(_ output: Output) throws(PoolError) -> Surroundings.Output {
    switch output {
    case .events, .forwarded: return .pipe
    case .null: return .null
    case .append(let path), .truncate(let path):
      guard !path.isEmpty, !path.utf8.contains(0) else {
        throw .badOption("\(path.debugDescription) is no path of a file for output")
      }
      return .file(path: path, truncates: output == .truncate(path: path))
    }
  }
}
