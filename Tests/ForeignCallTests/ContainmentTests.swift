import Foundation
import TestSupport
import Testing

/// What a function may not do beyond its own process.
@Suite struct ForeignContainmentTests {
  private static let library = """
    kind runs = fn i32 runs()
    kind executes = fn i32 executes()
    kind kills = fn i32 kills(i32 pid)
    kind opens = fn i32 opens(i32 family) errno=yes
    kind prints = fn i32 prints(cstr command)
    kind threads = fn i32 threads()
    kind limit = fn i64 limit(i32 resource)
    kind privileges = fn i32 privileges()
    kind reaches = fn i32 reaches(i32 own)
    kind spins = fn i32 spins()
    """

  private func message(_ call: String, _ options: [String] = []) throws -> String {
    let foreign = try Foreign(library: Self.library)
    let run = try foreign.run([call, #"{"call":"threads"}"#], options)
    #expect(run.end == .exited(107))
    #expect(run.outcomes() == ["crashed": 1, "passed": 1])
    return run.findings.compactMap { $0.text("message") }.joined(separator: "\n")
  }

  /// One task each, which says what was asked of the system and what would allow it.
  @Test(arguments: [
    (#"{"call":"runs"}"#, "clone", "runs", "spawn"), (#"{"call":"executes"}"#, "execve", "executes", "spawn"),
    (#"{"call":"kills","pid":1}"#, "kill", "kills", "spawn"),
    (#"{"call":"opens","family":2}"#, "socket", "opens", "network"),
  ])
  func aDeniedCallCostsOneTask(call: String, system: String, function: String, permit: String) throws {
    let message = try message(call)
    #expect(message.hasPrefix("signal 31 (SIGSYS) in "), "\(message)")
    #expect(message.contains("libforeign.so!\(function)"), "\(message)")
    #expect(
      message.hasSuffix(": the system call \(system) is not allowed (permit=\(permit) allows it)"),
      "\(message)")
  }

  /// The C library blocks all signals where it makes a process: nobody can say which call it was.
  @Test func aProcessOfTheCLibraryCostsOneTask() throws {
    let message = try message(#"{"call":"prints","command":"true"}"#)
    #expect(
      message
        == "signal 31 (SIGSYS) during libforeign.so!prints: a system call is not allowed (permit=spawn, network or all allows it)"
    )
  }

  @Test func whatIsPermittedIsDone() throws {
    let foreign = try Foreign(library: Self.library)
    let run = try foreign.run(
      [
        #"{"call":"prints","command":"exit 3"}"#, #"{"call":"kills","pid":\(getpid())}"#,
        #"{"call":"opens","family":2}"#,
      ].map { $0.replacing(#"\(getpid())"#, with: "\(getpid())") }, ["--set", "permit=spawn,network"])
    #expect(run.end == .exited(0), "\(run.findings)")
    #expect(try run.results()[1]?["ret"] as? Int == 3 << 8)
    #expect(try run.results()[2]?["ret"] as? Int == 0)
    #expect((try run.results()[3]?["ret"] as? Int ?? -1) > 2)
  }

  /// Looking for a daemon of this machine is what many functions do that can do without.
  @Test func socketsOfThisMachineAreNotThere() throws {
    let foreign = try Foreign(library: Self.library)
    let run = try foreign.run([#"{"call":"opens","family":1}"#, #"{"call":"opens","family":16}"#])
    #expect(run.end == .exited(0))
    #expect(run.told == [#"1: {"ret":-1,"errno":"EACCES"}"#, #"2: {"ret":-1,"errno":"EACCES"}"#])
  }

  /// Threads work, nothing gains privileges, no core is written, and what is limited is limited: CORE, NOFILE, AS.
  @Test func limitsOfAWorker() throws {
    let foreign = try Foreign(library: Self.library)
    let calls = [
      #"{"call":"privileges"}"#, #"{"call":"limit","resource":4}"#, #"{"call":"limit","resource":7}"#,
      #"{"call":"limit","resource":9}"#, #"{"call":"threads"}"#,
    ]
    let run = try foreign.run(calls, ["--set", "address-space=4096"])
    #expect(run.end == .exited(0))
    let results = try run.results().mapValues { $0["ret"] as? Int ?? -2 }
    #expect(results[1] == 1 && results[2] == 0 && results[4] == 4096 << 20 && results[5] == 0, "\(results)")
    #expect((1...1024).contains(results[3] ?? 0))
  }

  @Test func aLimitOfProcessorTimeEndsACall() throws {
    let message = try message(#"{"call":"spins"}"#, ["--set", "cpu-seconds=1"])
    #expect(message.hasPrefix("signal ") && message.contains("libforeign.so!spins"), "\(message)")
  }

  /// A library may set limits of its own process; those of others are as if they were somebody else's.
  @Test func otherProcessesAreOutOfReach() throws {
    let foreign = try Foreign(library: Self.library)
    let run = try foreign.run([#"{"call":"reaches","own":1}"#, #"{"call":"reaches","own":0}"#])
    #expect(run.end == .exited(0))
    #expect(try run.results()[1]?["ret"] as? Int == 0)
    #expect(try run.results()[2]?["ret"] as? Int == -1)
  }

  /// Calls within the host are for debuggers: it is not contained.
  @Test func aHostIsNotContained() throws {
    let foreign = try Foreign(library: Self.library)
    let run = try foreign.run([#"{"call":"privileges"}"#, #"{"call":"opens","family":1}"#], ["--in-process"])
    #expect(run.end == .exited(0))
    let ours = try String(contentsOfFile: "/proc/self/status", encoding: .utf8).contains("NoNewPrivs:\t1")
    #expect(try run.results()[1]?["ret"] as? Int == (ours ? 1 : 0))
    #expect((try run.results()[2]?["ret"] as? Int ?? -1) > 2)
  }

  @Test func optionsOfContainment() throws {
    let foreign = try Foreign(library: Self.library)
    let run = try foreign.run(["{}"], ["--set", "permit=spawn,everything"])
    #expect(run.end == .exited(2))
    #expect(run.errors.contains("option permit: found 'everything', expected spawn, network or all"))
  }
}

/// What a library takes with it.
@Suite struct ForeignDependencyTests {
  private func build(_ flags: [String], _ workshop: Workshop) throws -> String {
    let source = try workshop.write("int other(void); int f(void) { return other(); }\n", as: "needs.c")
    try workshop.write("int other(void) { return 7; }\n", as: "other.c")
    let other = workshop.path("libother.so"), path = workshop.path("libneeds.so")
    try run("gcc", ["-shared", "-fPIC", "-o", other, workshop.path("other.c")])
    try run("gcc", ["-shared", "-fPIC", "-o", path, source, "-L", workshop.directory, "-lother"] + flags)
    return path
  }

  private func run(_ command: String, _ arguments: [String]) throws {
    let child = try Child("/usr/bin/env", [command] + arguments, environment: Taskhost.environment)
    let end = try child.finish()
    try #require(end == .exited(0), "\(child.errorText)")
  }

  private func call(_ path: String) throws -> Taskhost.Finished {
    try Foreign("lib \"\(path)\"\nkind f = fn i32 f()").run([#"{"call":"f"}"#])
  }

  @Test func whatIsNeededIsFoundByTheRunPath() throws {
    let workshop = try Workshop()
    let run = try call(try build(["-Wl,-rpath,$ORIGIN"], workshop))
    #expect(run.end == .exited(0) && run.told == [#"1: {"ret":7}"#])
  }

  @Test func whatIsNotThereIsToldBeforeAnythingRuns() throws {
    let workshop = try Workshop()
    let run = try call(try build([], workshop))
    #expect(run.end == .exited(104))
    #expect(run.errors.contains("needs 'libother.so': there is no library 'libother.so'"), "\(run.errors)")
  }

  @Test func aRunPathThatIsRelativeIsRefused() throws {
    let workshop = try Workshop()
    let run = try call(try build(["-Wl,-rpath,lib"], workshop))
    #expect(run.end == .exited(104))
    #expect(run.errors.contains("looks for libraries in 'lib', which is no absolute path"), "\(run.errors)")
  }

  /// It is checked as the library itself is.
  @Test func whatIsNeededMayNotBeOthers() throws {
    let workshop = try Workshop()
    let path = try build(["-Wl,-rpath,$ORIGIN"], workshop)
    #expect(chmod(workshop.path("libother.so"), 0o777) == 0)
    let run = try call(path)
    #expect(run.end == .exited(104))
    #expect(
      run.errors.contains("may be written by others (needed by '") && run.errors.contains("libother.so'"),
      "\(run.errors)")
  }
}
