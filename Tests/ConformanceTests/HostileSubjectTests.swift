import TestSupport
import Testing

/// Kinds that mean harm, as what is checked: the checker comes to its end, says what it has seen, and nothing is left.
@Suite(.serialized) struct HostileSubjectTests {
  /// Those in which a deed is done, in the process of a check, in copies of it, and in workers.
  private static let checks = [
    "perform-examples", "perform-garbage", "no-processes-left", "call-not-kept", "worker-without-queue",
    "exceptions-stay-inside", "workers-start", "workers-as-in-process", "kills-end-once", "run-cancelled",
    "worker-ends-in-order", "host-killed",
  ]

  @Test(arguments: [
    ("hostile.c", "segv"), ("hostile.c", "exit0"), ("hostile.c", "close"), ("hostile.c", "garbage"),
    ("hostile.c", "spin"), ("hostile.c", "stop"), ("hostile.c", "grandchild"), ("vandal.c", "heap-spoil"),
    ("vandal.c", "longjmp"), ("vandal.c", "pthread_exit"), ("vandal.c", "exec"), ("vandal.c", "deaf"),
    ("vandal.c", "upset"), ("vandal.c", "stack-overflow"), ("intruder.c", "daemon"),
    ("intruder.c", "zombies"),
    ("intruder.c", "setsid"), ("intruder.c", "new-parent-death"), ("forger.c", "close-all"),
    ("forger.c", "half-hang"), ("forger.c", "unmap-cancel"), ("swindler.c", "flood"), ("liar.c", "ok"),
  ])
  func aKindThatMeansHarmIsSurvived(source: String, deed: String) throws {
    let scene = try Aftermath.Scene()
    let only = Self.checks.flatMap { ["--only", $0] }
    let child = try Taskhost.start(
      ["plugin", "check", "--json", "--timeout", "2", "--fuzz", "20"] + only
        + [try TestKind.path(source), "--", deed], environment: scene.environment)
    let end = try child.finish(seconds: 120)
    #expect(end == .exited(0) || end == .exited(100), "\(child.errorText)")
    let lines = child.outputText.split(separator: "\n")
    #expect(lines.count == Self.checks.count + 1, "\(child.outputText)")
    #expect(lines.last?.contains("\"event\":\"summary\"") == true)
    #expect(scene.survivors().isEmpty)
  }
}
