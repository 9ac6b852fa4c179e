import Foundation
import TestSupport
import Testing

/// A control group (version 1) whose processes can be frozen: SIGKILL does not end them until they are thawed.
private final class Freezer {
  private static let root = "/sys/fs/cgroup/freezer"
  static var isUsable: Bool { access(root + "/cgroup.procs", W_OK) == 0 && access(root, W_OK) == 0 }

  private let path: String

  init() throws {
    path = "\(Self.root)/taskhost-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit {
    if rmdir(path) != 0 { print("warning: \(path) stays: \(String(cString: strerror(errno)))") }
  }

  func write(_ text: String, _ file: String) throws {
    let handle = try #require(FileHandle(forWritingAtPath: "\(path)/\(file)"))
    try handle.write(contentsOf: Data(text.utf8))
    try handle.close()
  }
}

@Suite(.enabled(if: Freezer.isUsable, "needs a writable freezer (control groups version 1)"))
struct UnkillableTests {
  /// The run reports it, goes on on the other worker, and ends without it.
  @Test func aWorkerThatCanNotBeKilledIsNotWaitedFor() throws {
    let freezer = try Freezer()
    let child = try Taskhost.start(
      [
        "run", "--message-format", "jsonl", "-j2", "--timeout", "2s", "--plugin",
        try TestKind.path("greedy.c"), "wait", "ok", "sleep:100", "ok",
      ])
    try child.wait(for: "the task") { try !Taskhost.events($0).named("feedback.received").isEmpty }
    let events = try Taskhost.events(child)
    let number = try #require(events.named("feedback.received").first?.number("worker"))
    let pid = try #require(
      events.named("worker.fresh").first { $0.number("worker") == number }?.number("pid"))
    try freezer.write("\(pid)", "cgroup.procs")
    try freezer.write("FROZEN", "freezer.state")
    do {
      defer { #expect(throws: Never.self) { try freezer.write("THAWED", "freezer.state") } }
      #expect(try child.finish(seconds: 30) == .exited(100))
      #expect(ProcessTable.isAlive(pid), "the run has ended before it")
    }
    #expect(ProcessTable.haveEnded([pid], seconds: 10))
    let run = try Taskhost.finished(child)
    #expect(run.outcomes() == ["passed": 3, "timeout": 1])
    let ends = run.events.named("worker.ended").filter { $0.number("worker") == number }
    #expect(ends.map { $0.text("reason") } == ["unkillable"])
    let task = try #require(run.events.named("task.finished").first { $0.text("outcome") == "timeout" })
    #expect(task.text("message") == "worker \(number) did not end within 5 s of SIGKILL")
  }
}
