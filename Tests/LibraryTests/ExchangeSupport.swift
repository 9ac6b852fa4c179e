import Foundation
import TaskHost
import TestSupport
import Testing

/// How the worker is there that has sessions and streams.
enum WorkerPlace: String, CaseIterable, CustomTestStringConvertible {
  case executed, forked, inProcess

  var testDescription: String { rawValue }
}

/// What is there before it is asked for, but not when it is mentioned.
final class Later<Value: Sendable>: Sendable {
  private let lock = NSLock()
  nonisolated(unsafe) private var held: Value?

  var value: Value {
    guard let value = lock.withLock({ held }) else { preconditionFailure("it is not there yet") }
    return value
  }

  func set(_ value: Value) { lock.withLock { held = value } }
  func forget() { lock.withLock { held = nil } }
}

extension CallResult {
  /// Of a failure of the kind.
  var code: Int32? { kindFailure?.code }
}

/// A pool of workers that do what they are told, for the length of `body`.
func withExchange<R: Sendable>(
  _ place: WorkerPlace = .executed, workers: Int = 1, source: String = "exchange.c",
  defines: [String] = [], change: (inout WorkerPool.Options) -> Void = { _ in },
  _ body: @Sendable (WorkerPool) async throws -> R
) async throws -> R {
  let kind = try Lab.host().kind(at: TestKind.path(source, defines + (place == .forked ? ["FORKED"] : [])))
  var options = WorkerPool.Options()
  options.inThisProcess = place == .inProcess
  options.worker.usesForkServer = place == .forked
  options.workers = workers
  options.startsAtOnce = workers > 1
  change(&options)
  let pool = try WorkerPool(kind, options)
  do {
    let result = try await body(pool)
    try await pool.close()
    return result
  } catch {
    try await pool.close(.kill)
    throw error
  }
}

/// How a worker is told to come to its end, and how that is reported.
struct LastDeed: CustomTestStringConvertible, Sendable {
  var word: String
  var reason: ExitReport.Reason

  var testDescription: String { word }

  static let all = [
    LastDeed(word: "segv", reason: .crashed(signal: 11)),
    LastDeed(word: "abort", reason: .crashed(signal: 6)),
    LastDeed(word: "kill", reason: .crashed(signal: 9)), LastDeed(word: "exit", reason: .exited(code: 3)),
  ]
}
