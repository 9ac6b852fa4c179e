import Foundation
import TestSupport
import Testing

/// How much: 1 in the normal run of the tests, more in `make deaths`.
private let isLong = ProcessInfo.processInfo.environment["DEATHS"] == "long"

/// Workers that say when they are at work, so that they are killed there and not between two tasks.
private final class Executioner {
  private let workshop: Workshop
  let fifo: Int32
  let path: String
  private(set) var killed = 0
  private(set) var stopped = 0

  init() throws {
    workshop = try Workshop()
    path = workshop.path("calls")
    guard mkfifo(path, 0o600) == 0 else { throw Child.Failure(description: "mkfifo: \(errno)") }
    fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    guard fifo >= 0 else { throw Child.Failure(description: "open: \(errno)") }
  }

  deinit { close(fifo) }

  /// Kills whoever has called, or stops one of `stopEvery`.
  func work(stopEvery: Int) {
    var pid: Int32 = 0
    while read(fifo, &pid, 4) == 4 {
      if stopEvery > 0, (killed + stopped) % stopEvery == stopEvery - 1 {
        if kill(pid, SIGSTOP) == 0 { stopped += 1 }
      } else if kill(pid, SIGKILL) == 0 {
        killed += 1
      }
    }
  }

  /// A file in which each of so many tasks has a byte.
  func makeCounts(_ tasks: Int) throws -> String {
    try workshop.write([UInt8](repeating: 0, count: tasks), as: "counts")
  }

  func executions() throws -> [UInt8] { try workshop.read(workshop.path("counts")) }
}

@Suite struct ManyDeathsTests {
  private static let rounds = isLong ? 1000 : 20

  /// A worker is killed in the middle: the one task that it was at is performed once more, and everything is done.
  @Test func oneDeathCostsOneExecution() throws {
    for round in 0..<Self.rounds {
      let executioner = try Executioner()
      let counts = try executioner.makeCounts(200)
      let child = try Taskhost.start([
        "run", "-j2", "--plugin", try TestKind.path("mortal.c"), "--set", "tasks=200", "--set", "us=5000",
        "--set",
        "counts=\(counts)", "--set", "calls=\(executioner.path)", "--set", "every=200", "x",
      ])
      try child.wait(for: "the end of round \(round)", seconds: 30, watching: executioner.fifo) { _ in
        executioner.work(stopEvery: 0)
        return false
      }
      #expect(child.end == .exited(0) && executioner.killed == 1)
      #expect(child.errorText.contains("200 tasks, 200 answered once, 0 more than once"))
      let executions = try executioner.executions()
      #expect(executions.allSatisfy { $0 == 1 || $0 == 2 } && executions.count { $0 == 2 } <= 1)
    }
  }

  /// Workers are killed and stopped all the time: each task has one outcome, none is lost and none is answered twice.
  @Test func everyTaskIsAnsweredOnce() throws {
    let tasks = isLong ? 1_000_000 : 10_000
    let executioner = try Executioner()
    let scene = try Aftermath.Scene()
    let child = try Taskhost.start(
      [
        "run", "-j2", "--plugin", try TestKind.path("mortal.c"), "--set", "tasks=\(tasks)", "--set",
        "counts=\(try executioner.makeCounts(tasks))", "--set", "calls=\(executioner.path)", "--set",
        "every=90", "x",
      ], environment: scene.environment)
    try child.wait(for: "the end", seconds: isLong ? 1200 : 60, watching: executioner.fifo) { _ in
      executioner.work(stopEvery: 11)
      return false
    }
    #expect(child.end == .exited(0), "\(child.errorText.suffix(1000))")
    #expect(child.errorText.contains("\(tasks) tasks, \(tasks) answered once, 0 more than once"))
    #expect(executioner.killed >= tasks / 100 && executioner.stopped >= tasks / 1000)
    let executions = try executioner.executions()
    #expect(executions.allSatisfy { $0 > 0 })
    if isLong {
      let again = executions.reduce(0) { $0 + Int($1) } - tasks
      print(
        "\(tasks) tasks, \(executioner.killed) workers killed, \(executioner.stopped) stopped, \(again) executions more"
      )
    }
    for process in scene.processes() { #expect(ProcessTable.haveEnded([process], seconds: 2)) }
  }

  struct Books {
    var descriptors: Int?
    var zombies: Int
    var memory: Int
  }

  /// What a host has when so many tasks of this kind have ended, and one goes on.
  private func books(after words: [String], _ options: [String]) throws -> Books {
    let child = try Taskhost.start(["run", "-j2"] + options + words + ["wait"])
    try child.wait(for: "the last task", seconds: 600) { $0.errorText.contains("waiting in ") }
    try #require(child.end == nil)
    // A host may not be looked into, but by root.
    let descriptors = geteuid() == 0 ? try ProcessTable.descriptors(of: Int(child.pid)).count : nil
    let children = ProcessTable.children(of: Int(child.pid))
    let books = Books(
      descriptors: descriptors, zombies: children.count { ProcessTable.state($0) == "Z" },
      memory: try #require(ProcessTable.resident(Int(child.pid))))
    child.send(SIGINT)
    try child.finish()
    return books
  }

  /// Nothing grows with the number of the dead.
  @Test(arguments: [false, true])
  func deathsLeaveNoTrace(isForked: Bool) throws {
    let count = isLong ? 10_000 : 300
    let options =
      isForked
      ? ["--plugin", try TestKind.path("vandal.c", ["FORKED"])]
      : ["--plugin", try TestKind.path("vandal.c"), "--no-fork-server"]
    // As many tasks, and as many that have crashed, as all of them are listed at the end.
    let few = try books(
      after: Array(repeating: "abort", count: 4) + Array(repeating: "nothing", count: count - 4), options)
    let began = ContinuousClock.now
    let many = try books(after: Array(repeating: "die", count: count), options)
    #expect(many.zombies == 0)
    if let before = few.descriptors, let after = many.descriptors { #expect(after <= before + 8) }
    #expect(many.memory - few.memory <= 1 << 20, "\(few) \(many)")
    if isLong {
      print(
        "\(count) workers \(isForked ? "forked" : "executed") and killed in \(began.duration(to: .now)): \(few) \(many)"
      )
    }
  }
}
