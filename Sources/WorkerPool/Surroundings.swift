internal import CPosix
internal import Glibc
internal import Wire

/// What worker processes find around them.
package struct Surroundings: Sendable {
  package enum Inheritance: Sendable {
    case all
    case only([String])
  }

  package enum Output: Sendable, Equatable {
    /// A pipe to the pool.
    case pipe
    case null
    /// Made if it is not there; at its end, or emptied when the first worker starts.
    case file(path: String, truncates: Bool)
  }

  /// Variables of this process, but for TASKHOST_*.
  package var inheritance = Inheritance.all
  package var removedVariables: [String] = []
  package var variables: [(name: String, value: String)] = []
  /// Nil: those of this process.
  package var directory: String?
  package var fileMode: UInt32?
  package var standardOutput = Output.pipe
  package var standardError = Output.pipe
  /// The file that is executed as a worker, opened with O_PATH; nil = the running executable.
  package var executable: Int32?
  /// Its name, for messages.
  package var executableName = ""

  package init() {}
}

/// Files that stand in place of pipes: opened once for all workers of a pool.
struct OutputFiles {
  private(set) var output: Int32 = -1
  private(set) var error: Int32 = -1

  init() {}

  mutating func open(_ surroundings: Surroundings) throws(SystemError) {
    if output < 0 { output = try Self.open(surroundings.standardOutput) }
    if error < 0 { error = try Self.open(surroundings.standardError) }
  }

  mutating func close() {
    for descriptor in [output, error] where descriptor >= 0 { Glibc.close(descriptor) }
    self = OutputFiles()
  }

  private static func open(_ output: Surroundings.Output) throws(SystemError) -> Int32 {
    let path: String
    var flags = O_WRONLY | O_CLOEXEC
    switch output {
    case .pipe: return -1
    case .null: path = "/dev/null"
    case .file(let file, let truncates):
      path = file
      flags |= O_CREAT | O_APPEND | (truncates ? O_TRUNC : 0)
    }
    let descriptor = cpx_move_up(Glibc.open(path, flags, 0o666))
    guard descriptor >= 0 else { throw SystemError(errno, "open(\(path))") }
    return descriptor
  }
}
