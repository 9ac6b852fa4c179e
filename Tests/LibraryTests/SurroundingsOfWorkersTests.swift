import Foundation
import TaskHost
import TestSupport
import Testing

/// Environment, directory, umask and streams of workers, executed and forked.
@Suite struct SurroundingsOfWorkersTests {
  private func ask(
    _ request: String, _ change: (inout WorkerSurroundings) -> Void
  ) async throws -> String? {
    var options = WorkerOptions()
    change(&options.surroundings)
    let worker = try await Worker.spawn(Lab.kind(), options)
    let answer = await worker.run(bytes(request)).text
    try await worker.shutdown()
    return answer
  }

  @Test func variables() async throws {
    let odd = "a b\"c'\\ \t\nü=;$x"
    #expect(try await ask("env:ODD") { $0.environment.set["ODD"] = odd } == odd)
    #expect(try await ask("env:PATH") { _ in } == ProcessInfo.processInfo.environment["PATH"])
    #expect(try await ask("env:PATH") { $0.environment.removed = ["PATH"] } == "(not set)")
    #expect(try await ask("env:PATH") { $0.environment.inherited = ["HOME"] } == "(not set)")
    #expect(
      try await ask("env:PATH") { $0.environment.inherited = ["PATH"] }
        == ProcessInfo.processInfo.environment["PATH"])
    #expect(try await ask("env:PATH") { $0.environment.set["PATH"] = "/mine" } == "/mine")
  }

  /// Whatever is inherited: what it starts is told who its host is.
  @Test func theMarkOfTheHost() async throws {
    let name = try ProcessTable.name(Int(getpid()))
    let variable = "TASKHOST_HOST_PROCESS"
    #expect(try await ask("env:\(variable)") { $0.environment.inherited = [] } == name)
    #expect(try await ask("env:\(variable)") { $0.environment.removed = [variable] } == name)
    await #expect(throws: (any Error).self) {
      _ = try await ask("env:\(variable)") { $0.environment.set[variable] = "mine" }
    }
  }

  @Test func directoryAndMask() async throws {
    let workshop = try Workshop()
    let odd = try workshop.makeDirectory("a b'\"\nü")
    let real = try #require(realpath(odd, nil))
    defer { free(real) }
    #expect(try await ask("cwd") { $0.directory = odd } == String(cString: real))
    #expect(try await ask("umask") { $0.umask = 0o027 } == "027")
    var mask = umask(0)
    umask(mask)
    mask &= 0o777
    #expect(try await ask("umask") { _ in } == String(format: "%03lo", UInt(mask)))
  }

  @Test func aDirectoryThatIsNotThere() async throws {
    var changed = WorkerOptions()
    changed.surroundings.directory = "/nowhere/at all"
    let options = changed
    let failure = try await #require(throws: SpawnFailure.self) {
      _ = try await Worker.spawn(Lab.kind(), options)
    }
    #expect(
      "\(failure)".contains("the directory /nowhere/at all can not be entered: No such file or directory"))
  }

  @Test func streamsGoToFiles() async throws {
    let workshop = try Workshop()
    let output = try workshop.write("before\n", as: "out 'put")
    let errors = try workshop.write("before\n", as: "err\nors")
    for round in ["first", "second"] {
      var options = WorkerOptions()
      options.surroundings.standardOutput = .append(path: output)
      options.surroundings.standardError = .truncate(path: errors)
      let worker = try await Worker.spawn(Lab.kind(), options)
      _ = await worker.run(bytes("print:\(round)"))
      _ = await worker.run(bytes("warn:\(round)"))
      try await worker.shutdown()
    }
    #expect(try workshop.read(output) == bytes("before\nfirst\nsecond\n"))
    #expect(try workshop.read(errors) == bytes("second\n"))
  }

  /// The text of what ends it, too.
  @Test func lastWordsGoToTheFile() async throws {
    let workshop = try Workshop()
    var options = WorkerOptions()
    options.surroundings.standardError = .append(path: workshop.path("errors"))
    let worker = try await Worker.spawn(Lab.kind(), options)
    let exit = try #require(await worker.run(bytes("abort")).failure?.exit)
    #expect(exit.errorTail.isEmpty)
    try await worker.shutdown()
    #expect(try workshop.read(workshop.path("errors")) == bytes("about to abort\n"))
  }

  @Test func aFileThatCanNotBeMade() async throws {
    var changed = WorkerOptions()
    changed.surroundings.standardOutput = .append(path: "/nowhere/output")
    let options = changed
    let failure = try await #require(throws: SpawnFailure.self) {
      _ = try await Worker.spawn(Lab.kind(), options)
    }
    #expect("\(failure)" == "no worker could be started: open(/nowhere/output): No such file or directory")
  }

  @Test func streamsAreEventsOrNothing() async throws {
    var options = WorkerOptions()
    options.surroundings.standardOutput = .null
    let worker = try await Worker.spawn(Lab.kind(), options)
    _ = await worker.run(bytes("print:lost"))
    _ = await worker.run(bytes("warn:kept"))
    try await worker.shutdown()
    var seen: [UInt8] = []
    for await event in worker.events {
      if case .output(_, let stream, let text) = event {
        #expect(stream == 2)
        seen += text
      }
    }
    #expect(seen == bytes("kept\n"))
  }

  /// Nothing of the protocol lies there.
  @Test(arguments: [[], ["FORKED"]])
  func aPluginMayDoWhatItLikesWithItsStreams(defines: [String]) async throws {
    let pool = try Lab.pool(1, [], defines)
    #expect(await pool.call(bytes("stdin")).text == "0", "the end at once")
    #expect(await pool.call(bytes("print:before")).text == "printed")
    #expect(await pool.call(bytes("close-std")).text == "0")
    for request in ["print:lost", "warn:lost", "echo:on"] {
      #expect(await pool.call(bytes(request)).failure == nil)
    }
    #expect(await pool.call(bytes("echo:on")).text == "on")
    #expect(await pool.call(bytes("count")).text == "8", "it is the same worker")
    try await pool.close()
    var text = ""
    for await event in pool.events {
      if case .output(_, _, let bytes) = event { text += String(decoding: bytes, as: UTF8.self) }
    }
    #expect(text == "before\n")
  }

  @Test func streamsAreForwardedLineByLine() async throws {
    try await onItsOwnThread {
      let child = try Child(
        Taskhost.directory + "/embedder", ["forward", TestKind.path("calls.c")],
        environment: Taskhost.environment)
      #expect(try child.finish() == .exited(0))
      #expect(child.outputText == "worker 1: one\nworker 1: two\n")
      #expect(child.errorText == "worker 1: a warning\n")
    }
  }

  @Test func theSameForForkedWorkers() async throws {
    let workshop = try Workshop()
    let directory = try workshop.makeDirectory("work here")
    let pool = try Lab.pool(1, [], ["FORKED"]) {
      $0.worker.surroundings.directory = directory
      $0.worker.surroundings.umask = 0o077
      $0.worker.surroundings.standardOutput = .append(path: workshop.path("output"))
      $0.worker.surroundings.environment.set = ["MARK": "yes"]
    }
    for _ in 0..<3 {
      #expect(await pool.call(bytes("cwd")).text?.hasSuffix("/work here") == true)
      #expect(await pool.call(bytes("umask")).text == "077")
      #expect(await pool.call(bytes("env:MARK")).text == "yes")
      _ = await pool.call(bytes("print:line"))
      _ = await pool.call(bytes("exit:1"))
    }
    try await pool.close()
    #expect(try workshop.read(workshop.path("output")) == bytes("line\nline\nline\n"))
  }
}
