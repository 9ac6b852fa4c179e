import TestSupport
import Testing

/// A kind that calls `exit` in the host.
@Suite struct LeavingKindTests {
  /// It must not look like a run in which all went well.
  @Test func anExitInTheHostIsNoSuccess() throws {
    let run = try Taskhost.plain(["run", "--plugin", try TestKind.path("leaver.c"), "a"])
    #expect(run.end == .exited(107))
    #expect(run.errors.contains("exit()"), "\(run.errors)")
  }
}
