internal import TaskHostSDK

/// Checks Metamath databases: a task is a part of the proofs of one database.
enum ProofKind: NamingKind {
  static let description = KindDescription(
    id: "org.taskhost.proof", name: "proof", version: "1.0.0", wire: "proof/1",
    flags: [.stateless, .forkSafe, .idempotent, .pollsCancel, .splits])

  static func makeQueue(host: Host, call: Call) throws -> ProofQueue {
    try ProofQueue(options: RunOptions(host))
  }

  static func makeWorker(host: Host, call: Call, shared: Bytes) throws -> ProofWorker {
    ProofWorker(try SharedState(reading: shared))
  }

  static func name(ofTask task: Bytes) -> String {
    do {
      return try ProofTask(reading: task).name
    } catch {
      return "unreadable proof task of \(task.count) bytes"
    }
  }

  static func name(ofRequest request: Bytes) -> String { name(ofTask: request) }
}

/// The options of a run.
struct RunOptions {
  var maxSymbols = 16 << 20
  var width = 200
  var batchBytes = 128 << 10

  init(_ host: Host) throws(KindError) {
    maxSymbols = try host.option("max_symbols", in: 1000...4_000_000_000) ?? maxSymbols
    width = try host.option("width", in: 20...65536) ?? width
    batchBytes = try host.option("batch_bytes", in: 1...1 << 30) ?? batchBytes
  }
}
