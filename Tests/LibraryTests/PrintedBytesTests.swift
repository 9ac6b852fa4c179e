import Synchronization
import TaskHost
import TestSupport
import Testing

/// What tasks print, as a program gets it.
@Suite struct PrintedBytesTests {
  private final class Received: Sendable {
    private let pieces = Mutex<[PrintedBytes]>([])
    func add(_ piece: PrintedBytes) { pieces.withLock { $0.append(piece) } }
    func text(_ stream: Int32, of task: UInt64? = nil) -> String {
      pieces.withLock {
        $0.filter { $0.stream == stream && (task == nil || $0.task == task) }
          .map { String(decoding: $0.bytes, as: UTF8.self) }.joined()
      }
    }
  }

  @Test(arguments: [false, true])
  func tasksAndCallsPrint(inProcess: Bool) async throws {
    let received = Received()
    try await withExchange(
      inProcess ? .inProcess : .executed, source: "printer.c",
      change: { $0.worker.onPrint = { received.add($0) } }
    ) { pool in
      #expect(await pool.call(bytes("both 2")).failure == nil)
      #expect(received.text(1) == "line 0\nline 1\n" && received.text(2) == "line 0\nline 1\n")
      let task = try pool.enqueue(bytes("used mine"))
      #expect(await task.result.outcome == .passed)
      #expect(received.text(1, of: 2) == "mine\nsaid in the host\n")
    }
  }

  /// Nobody wants it, and it costs nothing.
  @Test func withoutAReaderItIsDropped() async throws {
    try await withExchange(source: "printer.c") { pool in
      #expect(await pool.call(bytes("much 10000000")).failure == nil)
    }
  }
}
