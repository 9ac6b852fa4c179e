import Foundation
import Glibc
import TestSupport
import Testing

/// `plugin dev`: a directory of a plugin, saved again and again.
@Suite struct PluginDevTests {
  private let workshop: Workshop
  private let place: String

  init() throws {
    workshop = try Workshop()
    place = try workshop.makeDirectory("kind")
    _ = try workshop.makeDirectory("kind/examples")
    try "x\n".write(toFile: place + "/examples/one.txt", atomically: true, encoding: .utf8)
    try """
    libgreet.so: greet.c
    \tcc -shared -fPIC -I \(TestKind.include) -o $@.tmp greet.c && chmod 755 $@.tmp && mv $@.tmp $@
    """.appending("\n").write(toFile: place + "/Makefile", atomically: true, encoding: .utf8)
    try save("first")
  }

  private func save(_ greeting: String, error: String = "") throws {
    try """
    #include "taskhost.h"
    TH_MANIFEST("{\\"schema\\":1,\\"id\\":\\"org.example.greet\\",\\"name\\":\\"greet\\",\\"version\\":\\"1\\",\\"abi\\":{\\"major\\":1},\\"wire\\":\\"g\\"}");
    static th_status perform(th_worker *w, th_call *c, th_bytes r, th_out *o) {
        (void)w; (void)r; (void)o; \(error)
        th_diagnostic found = {.size = sizeof found, .severity = TH_NOTE, .message = th_text("says \(greeting)")};
        c->diagnostic(c, &found);
        return TH_OK;
    }
    static const th_kind kind = {.size = sizeof(th_kind), .abi_major = 1, .id = "org.example.greet", .name = "greet",
                                 .version = "1", .wire = "g", .perform = perform};
    const th_kind *taskhost_plugin_v1(const th_host *h, th_call *c) { (void)h; (void)c; return &kind; }
    """.write(toFile: place + "/greet.c", atomically: true, encoding: .utf8)
  }

  private func start() throws -> Child { try Taskhost.start(["plugin", "dev", place]) }

  private func waits(_ child: Child, _ times: Int) throws {
    try child.wait(for: "round \(times)", seconds: 120) {
      $0.errorText.components(separatedBy: "--- waiting").count > times
    }
    try #require(child.end == nil, "\(child.errorText)")
  }

  @Test func eachSaveBuildsChecksAndRuns() throws {
    let child = try start()
    try waits(child, 1)
    #expect(child.errorText.contains("says first") && child.errorText.contains("1 task: 1 passed"))
    try save("second")
    try waits(child, 2)
    #expect(child.errorText.contains("--- changed: greet.c") && child.errorText.contains("says second"))
    // Another example, and one in a directory that is new.
    try "y\n".write(toFile: place + "/examples/two.txt", atomically: true, encoding: .utf8)
    try waits(child, 3)
    #expect(child.errorText.contains("2 tasks: 2 passed"))
    // It sleeps until something happens.
    try child.wait(for: "it to sleep") {
      try String(contentsOfFile: "/proc/\($0.pid)/stat", encoding: .utf8).contains(") S ")
    }
    child.send(SIGINT)
    #expect(try child.finish() == .signaled(SIGINT))
  }

  @Test func aBuildThatFailsIsToldAndTheNextOneIsTried() throws {
    try save("first", error: "this is no C;")
    let child = try start()
    try waits(child, 1)
    #expect(
      child.errorText.contains("the build has failed: exit code 2") && !child.errorText.contains("says"))
    try save("second")
    try waits(child, 2)
    #expect(child.errorText.contains("says second"))
    child.send(SIGTERM)
    #expect(try child.finish() == .signaled(SIGTERM))
  }

  /// A build that writes among its sources must not go round for ever.
  @Test func whatTheBuildWritesIsNotWaitedFor() throws {
    try """
    all:
    \tdate +%s.%N > generated.h
    \tcc -shared -fPIC -I \(TestKind.include) -o libgreet.so greet.c
    \tchmod 755 libgreet.so
    """.appending("\n").write(toFile: place + "/Makefile", atomically: true, encoding: .utf8)
    let child = try start()
    try waits(child, 1)
    #expect(child.errorText.contains("the build changes generated.h itself"))
    #expect(child.errorText.components(separatedBy: "says first").count == 3)
    try save("second")
    try waits(child, 2)
    #expect(child.errorText.contains("says second"))
    child.send(SIGINT)
    #expect(try child.finish() == .signaled(SIGINT))
  }

  /// A build that goes on for ever, two processes deep; what a build has left behind in its group; one that does not listen.
  @Test(
    arguments: [
      ("sh -c 'echo $$ > pid; exec sleep 1000'; echo no", false),
      ("(echo $$ > /dev/null; exec sleep 1000) & echo $! > pid; cp ../x . 2> /dev/null; exit 1", false),
      ("trap '' TERM HUP; sh -c 'trap \"\" TERM HUP; echo $$ > pid; while :; do sleep 1; done'", true),
    ], [SIGTERM, SIGHUP])
  func aSignalEndsWhatItHasStarted(build: (command: String, isDeaf: Bool), signal: Int32) throws {
    let child = try Taskhost.start(["plugin", "dev", "--build", build.command, place])
    let file = place + "/pid"
    try child.wait(for: "the build") { _ in
      try FileManager.default.fileExists(atPath: file)
        && String(contentsOfFile: file, encoding: .utf8).hasSuffix("\n")
    }
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let pid = try #require(Int(text.split(separator: "\n")[0]))
    #expect(ProcessTable.isAlive(pid))
    child.send(signal)
    if build.isDeaf {
      // The first one is taken before the second is sent.
      try child.wait(for: "the first signal") { !ProcessTable.isPending(signal, in: Int($0.pid)) }
      child.send(signal)
    }
    #expect(try child.finish() == .signaled(signal), "\(child.errorText)")
    #expect(ProcessTable.haveEnded([pid], seconds: 10))
  }

  /// Names of examples are bytes.
  @Test func anExampleWhoseNameIsNotTextIsRun() throws {
    let child = try Child(
      "/bin/sh",
      [
        "-c",
        #"cd "$1" && mv examples/one.txt "$(printf 'examples/\377.txt')" && exec "$0" plugin dev ."#,
        Taskhost.executable, place,
      ], environment: Taskhost.environment)
    try waits(child, 1)
    #expect(child.errorText.contains("1 task: 1 passed"), "\(child.errorText)")
    child.send(SIGTERM)
    #expect(try child.finish() == .signaled(SIGTERM))
  }

  @Test func whereThereIsNoDirectoryIsAnError() throws {
    for word in [workshop.path("missing"), place + "/greet.c"] {
      let run = try Taskhost.plain(["plugin", "dev", word])
      #expect(run.end == .exited(104) && run.errors.contains("no directory"))
    }
  }
}
