import TestSupport
import Testing

/// A kind that ends the process in the host.
@Suite struct LeavingKindTests {
  private static let ways = ["exit(0)", "_exit(0)", "_Exit(0)", "quick_exit(0)"]

  /// It must not look like a run in which all went well.
  @Test(arguments: ways)
  func anExitInTheHostIsNoSuccess(way: String) throws {
    let run = try Taskhost.plain(["run", "--plugin", try TestKind.path("leaver.c", ["LEAVE=\(way)"]), "a"])
    #expect(run.end == .exited(107))
    #expect(run.errors.hasPrefix("error: the process was ended by exit(), _exit()"), "\(run.errors)")
    // Told once.
    #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
  }

  /// What it forks ends as it likes.
  @Test(arguments: ["_exit(3)", "quick_exit(3)"])
  func aProcessOfItsOwnMayEnd(way: String) throws {
    let kind = try TestKind.path("leaver.c", ["LEAVE=\(way)", "FORKS"])
    let run = try Taskhost.plain(["run", "--plugin", kind, "a"])
    #expect(run.end == .exited(0), "\(run.errors)")
  }

  /// The check runs each hook in a process of its own, and says which one ended it.
  @Test(arguments: ways)
  func theCheckNamesTheHook(way: String) throws {
    let kind = try TestKind.path("leaver.c", ["LEAVE=\(way)"])
    let run = try Taskhost.plain(["plugin", "check", kind, "--", "a"])
    #expect(run.end == .exited(100))
    #expect(run.output.contains("queue_new"), "\(run.output)")
  }
}
