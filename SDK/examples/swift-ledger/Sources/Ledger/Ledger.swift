public import CTaskHost
import LedgerManifest
import TaskHostSDK

/// Keeps accounts. A session is one account: it is opened with a balance, each request books an amount, and its last output is the
/// balance. A request outside of sessions takes amounts as a stream and gives the balance after each of them.
enum Ledger: TaskKind {
  static let description = KindDescription(
    id: "org.example.ledger", name: "ledger", version: "1.0.0", wire: "ledger/1")

  static func makeQueue(host: Host, call: Call) throws -> Bank { Bank() }

  static func makeWorker(host: Host, call: Call, shared: Bytes) throws -> Clerk {
    Clerk(streams: try Streams(host), calls: try HostCalls(host), trace: Trace(host))
  }
}

/// In the host: what only one may know.
final class Bank: AnsweringQueue {
  func answer(
    _ request: Bytes, from worker: WorkerStatus, at address: WorkerAddress, call: Call, reply: Output
  ) throws -> Bool {
    guard request.text == "limit" else { return false }
    try reply.write("1000")
    return true
  }
}

final class Clerk: SessionWorker {
  private let streams: Streams
  private let calls: HostCalls
  /// Nil unless somebody records a trace.
  private let trace: Trace?

  init(streams: Streams, calls: HostCalls, trace: Trace?) {
    self.streams = streams
    self.calls = calls
    self.trace = trace
  }

  func perform(request: Bytes, call: Call, response: Output) throws {
    var balance = try trace.span("read the amount", call) { try amount(request) }
    while let item = try streams.next(call) {
      balance += try amount(item)
      try streams.emit("\(balance)", call)
    }
    try response.write("\(balance)")
  }

  func openSession(request: Bytes, call: Call) throws -> any WorkerSession {
    let limit = try amount(calls.ask("limit", call))
    return Account(balance: try amount(request), limit: limit)
  }
}

final class Account: WorkerSession {
  private var balance: Int
  private let limit: Int

  init(balance: Int, limit: Int) {
    self.balance = balance
    self.limit = limit
  }

  func perform(request: Bytes, call: Call, response: Output) throws {
    let sum = balance + (try amount(request))
    guard sum <= limit else { throw KindError.limit("\(sum) is above the limit of \(limit)") }
    balance = sum
    try response.write("\(balance)")
  }

  func close(call: Call, last: Output) throws { try last.write("\(balance)") }
}

private func amount(_ bytes: Bytes) throws -> Int {
  guard let amount = Int(bytes.text) else { throw KindError.badInput("'\(bytes.text)' is no amount") }
  return amount
}

/// The one function that the host looks for.
@c @implementation
public func taskhost_plugin_v1(
  _ host: UnsafePointer<th_host>!, _ call: UnsafeMutablePointer<th_call>!
) -> UnsafePointer<th_kind>! {
  ledger_manifest_keep()
  return Plugin.table(for: Ledger.self)
}
