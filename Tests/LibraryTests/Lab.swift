import Foundation
import TaskHost
import TestSupport
import Testing

/// What tests of the library have in common: a host whose workers are the built `taskhost`, as the test runner is no program of ours.
enum Lab {
  static func host() throws -> TaskHost.Host {
    var options = TaskHost.Host.Options()
    options.workerExecutable = Taskhost.executable
    return try TaskHost.Host(options)
  }

  /// The kind of `Tests/Kinds/calls.c`.
  static func kind(_ settings: [(String, String)] = [], _ defines: [String] = []) throws -> Kind {
    try host().kind(
      at: TestKind.path("calls.c", defines), settings: settings.map { (key: $0.0, value: $0.1) })
  }

  static func start(_ mode: String) throws -> Kind { try kind([("start", mode)]) }

  static func pool(
    _ workers: Int, _ settings: [(String, String)] = [], _ defines: [String] = [],
    _ change: (inout WorkerPool.Options) -> Void = { _ in }
  ) throws -> WorkerPool {
    var options = WorkerPool.Options()
    options.workers = workers
    change(&options)
    return try WorkerPool(kind(settings, defines), options)
  }
}

/// For what waits for a child: the threads of Swift tasks are few, and must not be blocked.
func onItsOwnThread(_ body: @escaping @Sendable () throws -> Void) async throws {
  try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
    let thread = Thread { continuation.resume(with: Result { try body() }) }
    thread.stackSize = 1 << 20
    thread.start()
  }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

extension CallResult {
  var text: String? {
    guard case .answer(let bytes) = self else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  var kindFailure: KindFailure? {
    guard case .kindError(let failure) = self else { return nil }
    return failure
  }

  var failure: InfrastructureFailure? {
    guard case .infrastructure(let failure) = self else { return nil }
    return failure
  }
}

extension WorkerEvents {
  /// Reads on until such an event comes; nil if the pool ends before that.
  func first(_ isMeant: (WorkerEvent) -> Bool) async -> WorkerEvent? {
    for await event in self where isMeant(event) { return event }
    return nil
  }

  /// Until a worker says that it performs a request that waits.
  func performing() async throws {
    _ = try #require(
      await first {
        if case .feedback(_, let text) = $0 { text == bytes("performing") } else { false }
      })
  }

  /// All reports of ends up to the end of the pool.
  func reports() async -> [ExitReport] {
    var reports: [ExitReport] = []
    for await event in self {
      if case .ended(let report) = event { reports.append(report) }
    }
    return reports
  }
}
