internal import TaskHostSDK

/// Calls C functions: a task is one line of a file of calls, or several lines with calls that are pure.
enum FFIKind: NamingKind {
  static let description = KindDescription(
    id: "org.taskhost.ffi", name: "ffi", version: "1.0.0", wire: "ffi/1", flags: [.forkSafe, .splits])

  /// Whether this process is a host, which must not be contained. Set before any worker is made.
  nonisolated(unsafe) static var isInHost = false

  static func makeQueue(host: Host, call: Call) throws -> FFIQueue {
    isInHost = true
    return try FFIQueue(RunOptions(host), Prints(host))
  }

  static func makeWorker(host: Host, call: Call, shared: Bytes) throws -> FFIWorker {
    try FFIWorker(SharedState(reading: shared), Containment(host))
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
  /// Nil: as many as the size of a file suggests.
  var batch: Int?
  var containment = Containment()

  init(_ host: Host) throws(KindError) {
    guard let signatures = host.option("signatures"), !signatures.isEmpty else {
      throw .badInput("the kind ffi needs --signatures FILE")
    }
    self.signatures = signatures
    permission = host.option("allow").map { $0 == "any" ? .any : .list($0) }
    // A list says more than a word.
    if permission == nil, try Self.isOn("allow-ffi", host) { permission = .any }
    mayReuse = try Self.isOn("reuse", host)
    switch host.option("batch") {
    case nil, "auto": batch = nil
    default: batch = try host.option("batch", in: 1...10_000)
    }
    containment = try Containment(host)
  }

  private static func isOn(_ key: String, _ host: Host) throws(KindError) -> Bool {
    switch host.option(key) {
    case nil, "no", "false": return false
    case "yes", "true": return true
    case let other?: throw .badInput("option \(key): found '\(other)', expected yes or no")
    }
  }
}
