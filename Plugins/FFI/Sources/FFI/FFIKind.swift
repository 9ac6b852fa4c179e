internal import TaskHostSDK

/// Calls C functions: a task is one line of a file of calls, or several lines with calls that are pure.
enum FFIKind: NamingKind {
  static let description = KindDescription(
    id: "org.taskhost.ffi", name: "ffi", version: "1.0.0", wire: "ffi/1", flags: [.forkSafe, .splits])

  static func makeQueue(host: Host, call: Call) throws -> FFIQueue {
    try FFIQueue(RunOptions(host), Prints(host))
  }

  static func makeWorker(host: Host, call: Call, shared: Bytes) throws -> FFIWorker {
    try FFIWorker(SharedState(reading: shared))
  }

  static func name(ofTask task: Bytes) -> String {
    do {
      let task = try CallTask(reading: task)
      let place = task.shown.isEmpty ? "" : "\(task.shown):\(task.line) "
      return place + (task.count > 1 ? "\(task.count) calls" : task.name)
    } catch {
      return "unreadable ffi task of \(task.count) bytes"
    }
  }

  static func name(ofRequest request: Bytes) -> String { name(ofTask: request) }
}

/// The options of a run.
struct RunOptions {
  enum Permission: Equatable {
    case any
    case list(String)
  }

  var signatures: String
  var permission: Permission?
  var mayReuse = false
  var batch = 1

  init(_ host: Host) throws(KindError) {
    guard let signatures = host.option("signatures"), !signatures.isEmpty else {
      throw .badInput("the kind ffi needs --set signatures=FILE")
    }
    self.signatures = signatures
    permission = host.option("allow").map { $0 == "any" ? .any : .list($0) }
    switch host.option("reuse") {
    case nil, "no", "false": mayReuse = false
    case "yes", "true": mayReuse = true
    case let other?: throw .badInput("option reuse: found '\(other)', expected yes or no")
    }
    batch = try host.option("batch", in: 1...10_000) ?? batch
  }
}
