import Foundation
import TestSupport
import Testing

/// The file as given, and one byte of slack for the kind: small parts, so that many workers have something to do.
private func check(
  _ paths: [String], workers: Int = 2, _ more: [String] = []
) throws -> Taskhost.Finished {
  try Taskhost.run(
    ["--kind", "proof", "-j\(workers)", "--set", "batch_bytes=4096"] + more + paths,
    environment: ["TASKHOST_PLUGIN_PATH_ONLY": ""])
}

@Suite struct VerdictTests {
  @Test func rightProofsPass() throws {
    let workshop = try Workshop()
    let path = try workshop.write(MetamathDatabase(3000).text, as: "right.mm")
    let run = try check([path])
    #expect(run.end == .exited(0))
    #expect(run.events.named("diagnostic.reported").isEmpty)
    #expect(run.summary?.text("summary")?.hasPrefix("3000 proofs: 3000 ok, 0 failed") == true)
  }

  /// Exactly the wrong ones, in the order of the file, whatever the workers did.
  @Test(arguments: [1, 2, 7])
  func exactlyTheWrongProofsAreNamed(workers: Int) throws {
    let workshop = try Workshop()
    let database = MetamathDatabase(
      4000, except: [17: .wrongStatement, 2001: .unknownLabel, 3998: .leftover])
    let path = try workshop.write(database.text, as: "wrong.mm")
    let run = try check([path], workers: workers)
    #expect(run.end == .exited(100))
    let findings = run.events.named("diagnostic.reported")
    #expect(findings.map { $0.text("label") } == ["t17", "t2001", "t3998"])
    #expect(findings.map { $0.number("step") } == [2, 2, 3])
    #expect(findings.map { $0.number("line") } == ["t17", "t2001", "t3998"].map { database.lines[$0] })
    #expect(findings.allSatisfy { $0.text("severity") == "failed" && $0.text("file") == path })
    #expect(findings[0].text("expected") == "|- ( q -> q )" && findings[0].text("found") == "|- ( p -> p )")
    #expect(findings[1].text("message") == "unknown label 'no-such-label'")
    #expect(run.summary?.text("summary")?.hasPrefix("4000 proofs: 3997 ok, 3 failed") == true)
  }

  @Test func anUnfinishedProofIsIncomplete() throws {
    let workshop = try Workshop()
    let path = try workshop.write(MetamathDatabase(900, except: [450: .incomplete]).text, as: "open.mm")
    let run = try check([path])
    #expect(run.end == .exited(102))
    let findings = run.events.named("diagnostic.reported")
    #expect(findings.map { $0.text("label") } == ["t450"])
    #expect(findings.map { $0.text("severity") } == ["incomplete"])
  }

  /// A formula of 2^62 symbols costs neither the memory of the machine nor the other verdicts.
  @Test func anExplosionIsALimitOfItsProof() throws {
    let workshop = try Workshop()
    let path = try workshop.write(
      MetamathDatabase(500, except: [250: .explosive, 400: .wrongStatement]).text, as: "explosion.mm")
    let run = try check([path])
    #expect(run.end == .exited(100))
    let findings = run.events.named("diagnostic.reported")
    #expect(findings.map { $0.text("label") } == ["t250", "t400"])
    #expect(findings.map { $0.text("severity") } == ["limit", "failed"])
    #expect((run.summary?.number("peak_memory") ?? .max) < 1 << 30)
  }

  @Test func severalDatabasesKeepTheirOrder() throws {
    let workshop = try Workshop()
    let paths = try ["a", "b"].map {
      try workshop.write(
        MetamathDatabase(700, except: [3: .wrongStatement, 650: .leftover]).text, as: $0 + ".mm")
    }
    let run = try check(paths)
    let found = run.events.named("diagnostic.reported").map {
      "\($0.text("file") ?? "") \($0.text("label") ?? "")"
    }
    #expect(found == paths.flatMap { ["\($0) t3", "\($0) t650"] })
  }
}

@Suite struct BadInputTests {
  @Test func aDatabaseThatCannotBeLoaded() throws {
    let workshop = try Workshop()
    let path = try workshop.write(MetamathDatabase(50).text + "broken $p |- ( p -> $.\n", as: "broken.mm")
    let run = try check([path])
    #expect(run.end == .exited(104))
    let findings = run.events.named("diagnostic.reported")
    #expect(findings.count == 1)
    #expect(findings.first?.text("severity") == "error" && findings.first?.number("line") == 57)
    #expect(run.summary?.text("summary")?.contains("no verdict on \(path)") == true)
  }

  @Test func whatIsNoDatabase() throws {
    let workshop = try Workshop()
    let garbage = try workshop.write(
      (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 37 ^ $0 >> 3) }, as: "garbage")
    let missing = workshop.path("missing.mm")
    for (path, text) in [
      (missing, "cannot open '\(missing)': No such file or directory"),
      (workshop.directory, "'\(workshop.directory)' is a directory; expected a Metamath database"),
      ("/dev/null", "'/dev/null' is not a regular file; expected a Metamath database"),
    ] {
      let run = try check([path])
      #expect(run.end == .exited(104))
      #expect(run.events.last?.text("message") == text)
      #expect(run.errors.contains("error: \(text)"))
    }
    let run = try check([garbage])
    #expect(run.end == .exited(104))
    #expect(run.events.named("diagnostic.reported").first?.text("severity") == "error")
  }

  @Test func nothingToCheck() throws {
    let workshop = try Workshop()
    let empty = try workshop.write("", as: "empty.mm")
    #expect(try check([empty]).end == .exited(0))
    // A kind without a plan makes a task of each word, and there is none.
    let run = try Taskhost.run(["--plugin", TestKind.path("hostile.c")])
    #expect(run.end == .exited(4))
    #expect(run.errors.contains("there is nothing to run: no words were given"))
    #expect(run.events.named("worker.fresh").isEmpty)
    #expect(try Taskhost.run(["--kind", "proof"]).end == .exited(4))
  }

  /// The last proof of a part is larger than a batch: the part is cut, and cut again, to an end.
  @Test func aLongProofBehindShortOnesIsReached() throws {
    let workshop = try Workshop()
    let depth = 2000
    let statement =
      String(repeating: "( ", count: depth) + "p" + String(repeating: " -> q )", count: depth)
    let path = try workshop.write(
      """
      $c |- wff ( ) -> $.
      $v p q $.
      wp $f wff p $.
      wq $f wff q $.
      wi $a wff ( p -> q ) $.
      ax $a |- ( p -> ( q -> p ) ) $.
      short $p |- ( q -> ( p -> q ) ) $= wq wp ax $.
      long $p wff \(statement) $= wp\(String(repeating: " wq wi", count: depth)) $.

      """, as: "long.mm")
    for batch in ["30", "1000", "131072"] {
      let run = try Taskhost.run(["--kind", "proof", "-j2", "--set", "batch_bytes=\(batch)", path])
      #expect(run.end == .exited(0))
      #expect(run.summary?.text("summary")?.hasPrefix("2 proofs: 2 ok, ") == true)
    }
  }

  /// Workers that are executed read the file one after another: what the first has seen must be what the last sees.
  @Test func aDatabaseThatChangesGetsNoVerdict() throws {
    let run = try runWhileTheDatabaseChanges(["--no-fork-server"])
    #expect(run.end == .exited(104))
    #expect(
      run.events.named("diagnostic.reported").contains {
        $0.text("message")?.hasPrefix("the database changed while it was checked") == true
      })
  }

  /// Forked ones have what their server has read once.
  @Test func aFreshWorkerDoesNotReadTheDatabaseAgain() throws {
    let run = try runWhileTheDatabaseChanges([])
    #expect(run.end == .exited(0))
    #expect(run.summary?.text("summary")?.hasPrefix("60000 proofs: 60000 ok, ") == true)
  }

  /// After the first answer the file is another one, and the worker is killed.
  private func runWhileTheDatabaseChanges(_ options: [String]) throws -> Taskhost.Finished {
    let workshop = try Workshop()
    let path = try workshop.write(MetamathDatabase(60000).text, as: "changing.mm")
    let child = try Taskhost.start(
      ["run", "--message-format", "jsonl", "--kind", "proof", "-j1", "--set", "batch_bytes=2048", path]
        + options)
    try child.wait(for: "the first answer") { try !Taskhost.events($0).named("trial.finished").isEmpty }
    try workshop.write(MetamathDatabase(60001).text, as: "next.mm")
    try #require(rename(workshop.path("next.mm"), path) == 0)
    let pid = try #require(try Taskhost.events(child).named("worker.fresh").first?.number("pid"))
    kill(pid_t(pid), SIGKILL)
    try child.finish()
    let run = try Taskhost.finished(child)
    try #require(
      run.summary?.number("workers_started") ?? 0 > 1, "the run was over before the worker was killed")
    return run
  }
}
