internal import Commands
internal import TaskHostSDK

/// Runs commands: a task is one of them.
///
/// A worker holds one request at a time (no `stateless`): a second one would wait behind a command of any length.
enum ExecKind: LineKind {
  static var description: KindDescription {
    KindDescription(
      id: "org.taskhost.exec", name: "exec", version: "1.0.0", wire: "exec/1",
      flags: isIdempotent ? [.forkSafe, .pollsCancel, .idempotent] : [.forkSafe, .pollsCancel])
  }

  /// Whether the user says that commands may be run twice. Set once, before the table is made.
  nonisolated(unsafe) static var isIdempotent = false

  /// Whether this process is a host. Workers within it must not signal its process group. Set before any of them is made.
  nonisolated(unsafe) static var isInHost = false

  static func makeQueue(host: Host, call: Call) throws -> ExecQueue {
    isInHost = true
    return try ExecQueue(options: ExecOptions(host), ends: ProgramEnds(host))
  }

  static func makeWorker(host: Host, call: Call, shared: Bytes) throws -> ExecWorker {
    try ExecWorker(options: ExecOptions(host), prints: Prints(host))
  }

  static func name(ofTask task: Bytes) -> String {
    guard let command = CommandBytes(task.buffer) else { return "unreadable command of \(task.count) bytes" }
    return CommandName.of(command)
  }

  static func writeLine(ofTask task: Bytes, to text: Output) throws {
    guard let command = CommandBytes(task.buffer) else { throw ExecQueue.malformed }
    try text.write(command.line(upTo: .max))
  }

  static func name(ofRequest request: Bytes) -> String { name(ofTask: request) }
}

/// A command for people: what a shell would take, cut at 256 bytes.
enum CommandName {
  static func of(_ command: CommandBytes) -> String {
    let line = command.line(upTo: 1000)
    let limit = 256
    if let whole = String(validating: line, as: UTF8.self), whole.utf8.count <= limit { return whole }
    // What is no UTF-8 gets longer where it is repaired.
    var text = String(decoding: line.prefix(limit), as: UTF8.self)
    guard text.utf8.count > limit - 3 || line.count > limit else { return text }
    while text.utf8.count > limit - 3 { text.unicodeScalars.removeLast() }
    return text + "..."
  }
}
