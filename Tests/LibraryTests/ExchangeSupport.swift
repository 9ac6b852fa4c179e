import Foundation
import TaskHost
import TestSupport
import Testing

/// How the worker is there that has sessions and streams.
enum WorkerPlace: String, CaseIterable, CustomTestStringConvertible {
  case executed, forked, inProcess

  var testDescription: String { rawValue }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

extension CallResult {
  /// The answer as text; nil for a failure.
  var text: String? {
    if case .answer(let bytes) = self { return String(decoding: bytes, as: UTF8.self) }
    return nil
  }

  var failure: InfrastructureFailure? {
    if case .infrastructure(let failure) = self { return failure }
    return nil
  }

  var code: Int32? {
    if case .kindError(let failure) = self { return failure.code }
    return nil
  }
}

/// A pool of workers that do what they are told, for the length of `body`.
func withExchange<R: Sendable>(
  _ place: WorkerPlace = .executed, workers: Int = 1, source: String = "exchange.c",
  change: (inout WorkerPool.Options) -> Void = { _ in },
  _ body: @Sendable (WorkerPool) async throws -> R
) async throws -> R {
  var hostOptions = Host.Options()
  hostOptions.workerExecutable = Taskhost.executable
  let kind = try Host(hostOptions).kind(at: TestKind.path(source, place == .forked ? ["FORKED"] : []))
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
    LastDeed(word: "segv", reason: .crashed(signal: 11)), LastDeed(word: "abort", reason: .crashed(signal: 6)),
    LastDeed(word: "kill", reason: .crashed(signal: 9)), LastDeed(word: "exit", reason: .exited(code: 3)),
  ]
}
