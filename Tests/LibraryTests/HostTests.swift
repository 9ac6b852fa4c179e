import Foundation
import TaskHost
import TestSupport
import Testing

/// Mistakes of an embedding program, each with its own error.
@Suite struct HostTests {
  private func embedder(_ arguments: [String]) throws -> (end: Child.End, output: String) {
    let child = try Child(Taskhost.directory + "/embedder", arguments, environment: Taskhost.environment)
    return (try child.finish(), child.outputText)
  }

  @Test func aProgramThatForgetsTheSwitchIsTold() async throws {
    try await onItsOwnThread {
      let run = try embedder(["forgot", TestKind.path("calls.c")])
      #expect(run.end == .exited(1))
      #expect(
        run.output.contains(
          "error: workers would be this program, whose main has not called runWorkerIfAsked()"))
    }
  }

  /// The runner of these tests is such a program.
  @Test func withoutTheSwitchThereIsNoHost() throws {
    #expect(throws: HostError.workerSwitchMissing) { _ = try TaskHost.Host() }
  }

  /// The program that is named as the worker makes a host, as it does not call the switch.
  @Test func aHostInsideAWorkerIsRefused() async throws {
    try await onItsOwnThread {
      let child = try Child(
        "/bin/bash", ["-c", "exec -a taskhost \(Taskhost.directory)/embedder fork-server forgot"],
        environment: Taskhost.environment)
      #expect(try child.finish() == .exited(1))
      #expect(child.outputText.hasPrefix("error: this process was started as a worker and can not be a host"))
    }
  }

  @Test func aWorkerProgramThatIsNotThere() throws {
    var changed = TaskHost.Host.Options()
    changed.workerExecutable = "/nowhere/taskhost"
    let options = changed
    let error = try #require(throws: HostError.self) { _ = try TaskHost.Host(options) }
    #expect(error == .workerExecutable(path: "/nowhere/taskhost", reason: "No such file or directory"))
  }

  /// It starts, and says nothing.
  @Test func aWorkerProgramThatIsNone() async throws {
    var options = TaskHost.Host.Options()
    options.workerExecutable = "/bin/true"
    let kind = try TaskHost.Host(options).kind(at: TestKind.path("calls.c"))
    let failure = try await #require(throws: SpawnFailure.self) { _ = try await Worker.spawn(kind) }
    guard case .startFailed("handshake", let message) = failure.exit?.reason else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(message.contains("does /bin/true begin with runWorkerIfAsked()?"))
  }

  @Test func kindsAreFoundByName() throws {
    let workshop = try Workshop()
    let directory = try workshop.makeDirectory("plugins")
    try workshop.copy(TestKind.path("calls.c"), as: "plugins/calls.so")
    var options = TaskHost.Host.Options()
    options.workerExecutable = Taskhost.executable
    options.pluginDirectories = [directory]
    let host = try TaskHost.Host(options)
    let kind = try host.kind(named: "calls")
    #expect(kind.id == "org.example.calls" && kind.path == directory + "/calls.so" && kind.digest.count == 64)
    #expect(try host.kind(named: "org.example.calls").id == kind.id)
    #expect(throws: KindError.unknown(name: "cals", near: ["calls"])) { _ = try host.kind(named: "cals") }
  }

  @Test func aFileThatIsNoPluginBreaksARule() throws {
    let workshop = try Workshop()
    let path = try workshop.write("hello", as: "plugin.so")
    let host = try Lab.host()
    let error = try #require(throws: KindError.self) { _ = try host.kind(at: path) }
    guard case .refused(let refusal) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(refusal.rule == "L05" && refusal.file == path)
    #expect(!refusal.found.isEmpty && !refusal.expected.isEmpty && !refusal.cure.isEmpty)
  }

  @Test func aKindThatRefusesItsQueue() throws {
    let kind = try Lab.start("queue-fails")
    let error = try #require(throws: PoolError.self) { _ = try WorkerPool(kind) }
    #expect(
      error
        == .kind(
          .couldNotStart(
            kind: "calls", hook: "queue_new", code: -1001, message: "the queue has no licence")))
  }

  /// A pool of 0 workers with nothing to do is no thread and no descriptor; its end needs none either.
  @Test func nothingIsStartedBeforeItIsWanted() async throws {
    try await onItsOwnThread {
      let child = try Child(
        Taskhost.directory + "/embedder", ["idle", TestKind.path("calls.c")],
        environment: Taskhost.environment)
      #expect(try child.finish() == .exited(0))
      #expect(child.outputText == "nothing was started\n")
    }
  }

  @Test func optionsThatCanNotHold() throws {
    func error(_ change: (inout WorkerPool.Options) -> Void) -> String {
      do throws(PoolError) {
        var options = WorkerPool.Options()
        change(&options)
        let kind: Kind
        do { kind = try Lab.kind() } catch { return "\(error)" }
        _ = try WorkerPool(kind, options)
        return "none"
      } catch {
        return "\(error)"
      }
    }
    #expect(error { $0.workers = -1 } == "-1 workers, expected 0 to 4096")
    #expect(error { $0.mostWorkers = 5000 } == "5000 workers, expected 0 to 4096")
    #expect(
      error { $0.worker.maxFrameBytes = 0 } == "the largest frame is 0 bytes, expected 1 to 1073741824")
    #expect(
      error { $0.worker.surroundings.environment.set = ["A=B": ""] } == "\"A=B\" is no name of a variable")
    #expect(
      error { $0.worker.surroundings.environment.set = ["TASKHOST_X": ""] }
        == "the variable TASKHOST_X is refused: TASKHOST_* are the host's own")
    #expect(
      error { $0.worker.surroundings.directory = "here" }
        == "the directory of workers is \"here\", expected an absolute path")
    #expect(
      error { $0.worker.surroundings.umask = 0o1000 }
        == "the umask of workers is 1000, expected at most 777 (octal)")
  }
}
