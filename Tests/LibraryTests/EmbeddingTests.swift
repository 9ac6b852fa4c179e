import Foundation
import TaskHost
import TestSupport
import Testing

/// A program that embeds the library and is its own worker, seen from outside.
@Suite struct EmbeddingTests {
  private func start(
    _ deed: String, _ settings: [String] = [], program: String = Taskhost.directory + "/embedder",
    plugin: String? = nil, environment: [String: String] = [:]
  ) throws -> Child {
    try Child(
      program, [deed, plugin ?? TestKind.path("calls.c")] + settings,
      environment: Taskhost.environment.merging(environment) { $1 }, input: true)
  }

  /// A program that the worker of another host has started: its pools end with that host, and the program goes on.
  @Test func poolsEndWithTheHostAboveThem() async throws {
    try await onItsOwnThread {
      let above = try Child("/bin/sleep", ["100000"], environment: Taskhost.environment)
      let name = try ProcessTable.name(Int(above.pid))
      let child = try start("below", environment: ["TASKHOST_HOST_PROCESS": name])
      let workers = try pids(child, count: 2)
      #expect(workers.allSatisfy { ProcessTable.isAlive($0) })
      above.send(SIGKILL)
      try child.wait(for: "the end of the pool") { $0.outputText.contains("refused") }
      #expect(ProcessTable.haveEnded(workers, seconds: 60))
      #expect(child.outputText.contains("told the taskhost whose worker has started this program is gone"))
      #expect(child.outputText.contains("outcome cancelled") && !child.outputText.contains("taken"))
      try child.write("go on\n")
      #expect(try child.finish() == .exited(0))
      #expect(child.outputText.contains("lives on"))
    }
  }

  private func pids(_ child: Child, count: Int) throws -> [Int] {
    func all() -> [Int] {
      child.outputText.split(separator: "\n").filter { $0.hasPrefix("pid") }
        .flatMap { $0.split(separator: " ").dropFirst().compactMap { Int($0) } }
    }
    try child.wait(for: "\(count) workers") { _ in all().count >= count }
    return all()
  }

  @Test func noWorkerOutlivesItsHost() async throws {
    try await onItsOwnThread {
      let child = try start("hold")
      let workers = try pids(child, count: 2)
      #expect(workers.allSatisfy { ProcessTable.isAlive($0) })
      child.send(SIGKILL)
      try child.finish()
      #expect(ProcessTable.haveEnded(workers, seconds: 2))
    }
  }

  /// These tests would see one that does: here are two.
  @Test func whatOutlivesItsHostIsSeen() async throws {
    try await onItsOwnThread {
      let child = try start("hold")
      let workers = try pids(child, count: 2)
      #expect(!ProcessTable.haveEnded(workers, seconds: 0.1), "they live, as their host does")
      child.send(SIGKILL)
      try child.finish()
      #expect(ProcessTable.haveEnded(workers, seconds: 2))
      let scene = try Aftermath.Scene()
      let environment = Taskhost.environment.merging(scene.environment) { _, new in new }
      let host = try Child(
        Taskhost.directory + "/embedder", ["ask", TestKind.path("intruder.c")], environment: environment,
        input: true)
      try host.wait(for: "the program") { $0.outputText.contains("ready") }
      try host.write("daemon,wait\n")
      // Its host, its worker, and what has left both.
      try host.wait(for: "the deed") { _ in scene.processes().count == 3 }
      host.send(SIGKILL)
      try host.finish()
      let left = scene.survivors()
      #expect(left.count == 1)
      for pid in left { kill(pid_t(pid), SIGKILL) }
      #expect(ProcessTable.haveEnded(left, seconds: 2))
    }
  }

  @Test func norDoesOneThatIsStarting() async throws {
    try await onItsOwnThread {
      let child = try start("start", ["start=hangs"])
      let workers = try pids(child, count: 2)
      child.send(SIGKILL)
      try child.finish()
      #expect(ProcessTable.haveEnded(workers, seconds: 2))
    }
  }

  @Test func aThousandWorkersLeaveNothingBehind() async throws {
    try await onItsOwnThread {
      let child = try start("baseline")
      #expect(try child.finish(seconds: 300) == .exited(0))
      let lines = child.outputText.split(separator: "\n").map { $0.split(separator: " ") }
      try #require(lines.count == 2)
      // Descriptors and children; of threads, those of the Swift runtime come and go.
      #expect(lines[0][1] == lines[1][1] && lines[1][2] == "0", "\(child.outputText)")
      let threads = try #require(Int(lines[1][3]))
      #expect(threads < 20)
    }
  }

  /// Memory of the host while somebody sends a thousand megabytes to a worker that takes none.
  @Test func floodingAStuckWorkerIsBounded() async throws {
    try await onItsOwnThread {
      let child = try start("flood")
      try child.wait(for: "the gate to close") { $0.outputText.contains("sent 12") }
      // What could be sent was sent: there is room for 16 MiB.
      let resident = try #require(ProcessTable.resident(Int(child.pid)))
      #expect(resident < 200 << 20)
      #expect(!child.outputText.contains("sent 100"))
      try child.write("go on\n")
      #expect(try child.finish() == .exited(0))
      #expect(child.outputText.contains("ended after"))
    }
  }

  @Test func theProgramMayBeReplacedWhileItRuns() async throws {
    try await onItsOwnThread {
      let workshop = try Workshop()
      // By another process: one that is forked by a test beside this one would hold a file open that is being written here.
      let program = workshop.path("program")
      let copy = try Child(
        "/bin/cp", [Taskhost.directory + "/embedder", program], environment: Taskhost.environment)
      #expect(try copy.finish() == .exited(0))
      let child = try start("ask", program: program)
      try child.wait(for: "the program") { $0.outputText.contains("ready") }
      try FileManager.default.moveItem(atPath: program, toPath: workshop.path("elsewhere"))
      try child.write("echo:moved\n")
      try child.wait(for: "an answer") { $0.outputText.contains("answer moved") }
      try FileManager.default.removeItem(atPath: workshop.path("elsewhere"))
      try workshop.write("#!/bin/false\n", as: "program")
      try child.write("echo:replaced\n")
      try child.wait(for: "an answer") { $0.outputText.contains("answer replaced") }
      child.closeInput()
      #expect(try child.finish() == .exited(0))
    }
  }

  @Test func aPluginThatIsReplacedIsRefusedByNewWorkers() async throws {
    let workshop = try Workshop()
    let path = try workshop.copy(TestKind.path("calls.c"), as: "plugin.so")
    let kind = try Lab.host().kind(at: path)
    let first = try await Worker.spawn(kind)
    // Another file of the same name; the one that is mapped stays as it is.
    try FileManager.default.removeItem(atPath: path)
    try workshop.copy(TestKind.path("calls.c", ["PIPELINED"]), as: "plugin.so")
    let failure = try await #require(throws: SpawnFailure.self) { _ = try await Worker.spawn(kind) }
    guard case .startFailed("load", let message) = failure.exit?.reason else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(message.contains("SHA-256"))
    #expect(await first.run(bytes("echo:on")).text == "on")
    try await first.shutdown()
  }
}
