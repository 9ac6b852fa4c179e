import Conformance
import Foundation
import TestSupport
import Testing

@Suite struct CheckCommandTests {
  @Test func whatIsNotKnownIsSuggested() throws {
    let run = try Taskhost.plain(["plugin", "check", "--only", "perform-garbge", "x.so"])
    #expect(run.end == .exited(2) && run.errors.contains("did you mean 'perform-garbage'?"), "\(run.errors)")
    let docs = try Taskhost.plain(["plugin", "check", "--docs", "lods"])
    #expect(docs.end == .exited(2) && docs.errors.contains("did you mean 'loads'?"), "\(docs.errors)")
    let nothing = try Taskhost.plain(["plugin", "check"])
    #expect(nothing.end == .exited(2) && nothing.errors.contains("no file"), "\(nothing.errors)")
  }

  @Test func checksAreListedAndExplained() throws {
    let list = try Taskhost.plain(["plugin", "check", "--list"])
    let ids = list.output.split(separator: "\n").compactMap {
      $0.split(separator: " ").first.map(String.init)
    }
    #expect(ids == Check.all.map(\.id))
    let check = try #require(Check.named("short-host"))
    let docs = try Taskhost.plain(["plugin", "check", "--docs", "short-host"])
    #expect(
      docs.output.contains(check.rule) && docs.output.contains(check.consequence)
        && docs.output.contains("by this check only"))
  }

  @Test func aFailureIsShownWithRuleFoundAndExpected() throws {
    let shop = try Workshop()
    let path = try Corpus.build("\(TestKind.sources)/defective/host.c", ["READS_EMPTY_RESPONSE"], in: shop)
    let run = try Taskhost.plain(["plugin", "check", "--only", "response-garbage", "--seed", "7", path])
    #expect(run.end == .exited(100))
    #expect(run.output.contains("CRASH [") && run.output.contains("response-garbage: use_response survives"))
    #expect(
      run.output.contains("SIGSEGV in use_response") && run.output.contains("no bytes at all"),
      "\(run.output)")
    #expect(run.output.contains("1 check: 0 passed, 1 crashed"))
    // The command that repeats it does.
    let line = try #require(run.output.split(separator: "\n").first { $0.contains("again: ") })
    let command = try #require(line.split(separator: "again: ").last).split(separator: " ").map(String.init)
    let again = try Taskhost.plain(Array(command.dropFirst()))
    #expect(again.end == .exited(100) && again.output.contains("no bytes at all"), "\(again.output)")
  }

  @Test func inThisProcessTheVerdictsAreTheSame() throws {
    let shop = try Workshop()
    let path = try Corpus.build("\(TestKind.sources)/defective/host.c", ["TWO_LINES"], in: shop)
    let run = try Examined(["--in-process", "--only", "summary-line", "--only", "queue-starts", path])
    #expect(run.lines.map(\.id) == ["queue-starts", "summary-line"])
    #expect(run.seen == ["summary-line": "fail"])
    let crash = try Corpus.build("\(TestKind.sources)/defective/host.c", ["READS_EMPTY_RESPONSE"], in: shop)
    let crashed = try Taskhost.plain(["plugin", "check", "--in-process", "--only", "response-garbage", crash])
    #expect(crashed.end == .signaled(SIGSEGV))
  }

  @Test func warningsFailWhereTheUserIsStrict() throws {
    let shop = try Workshop()
    let path = try Corpus.build("\(TestKind.sources)/defective/static.c", ["DESTRUCTOR"], in: shop)
    let arguments = ["plugin", "check", "--only", "no-finalizers", path]
    #expect(try Taskhost.plain(arguments).end == .exited(0))
    #expect(try Taskhost.plain(arguments + ["--strict"]).end == .exited(100))
  }

  @Test func aHookThatHangsIsNamed() throws {
    let shop = try Workshop()
    let path = try Corpus.build("\(TestKind.sources)/defective/worker.c", ["HANGS"], in: shop)
    let run = try Examined(["--timeout", "5", "--only", "worker-starts", path])
    #expect(run.seen == ["worker-starts": "fail"])
    #expect(run.lines[0].found.contains("worker_new did not return within 5 s"), "\(run.text)")
  }

  /// At whatever moment: here, at each change of what signals do.
  @Test func theEndOfAChildIsNoReasonToStop() throws {
    let shop = try Workshop()
    let text = try shop.write("one\ntwo\n", as: "text.txt")
    let child = try Child(
      "/usr/bin/strace",
      ["-o", shop.path("calls"), "-e", "trace=rt_sigaction", "-e", "inject=rt_sigaction:signal=SIGCHLD"]
        + [Taskhost.executable, "plugin", "check", "--only", "perform-examples", "--only", "loads"]
        + [try Corpus.build("\(Corpus.examples)/lines.c", [], in: shop), "--", text],
      environment: Taskhost.environment)
    try child.finish()
    #expect(child.end == .exited(0), "\(child.outputText) \(child.errorText)")
    #expect(child.outputText.contains("2 checks: 2 passed"), "\(child.outputText) \(child.errorText)")
    let calls = try String(contentsOfFile: shop.path("calls"), encoding: .utf8)
    // They have come: right behind the calls.
    let lines = calls.split(separator: "\n")
    let arrivals = zip(lines, lines.dropFirst()).count {
      $0.hasPrefix("rt_sigaction") && $1.contains("si_signo=SIGCHLD")
    }
    #expect(arrivals > 2, "\(calls.suffix(2000))")
  }

  /// What could not be looked at, because the plugin has taken its file away, has failed.
  @Test func aPluginThatDeletesItselfFails() throws {
    let shop = try Workshop()
    for words in [
      [], ["--in-process", "--only", "loads", "--only", "perform-examples", "--only", "workers-start"],
    ] {
      let path = try shop.copy(try TestKind.path("selfish.c", ["DELETES"]), as: "selfish.so")
      let run = try Examined(words + [path])
      #expect(run.end == .exited(100))
      #expect(run.lines.filter { $0.verdict == "skip" }.isEmpty, "\(run.text)")
      let late = try #require(run.lines.last { $0.verdict == "fail" })
      #expect(late.found == "\(path) was deleted or renamed while it was checked", "\(run.text)")
    }
  }

  /// Of a report that is none, it is said what is wrong with it.
  @Test func aGarbledReportIsNamed() throws {
    let path = try TestKind.path("selfish.c", ["SPOILS"])
    let check = try Examined(["--only", "perform-examples", path])
    #expect(check.seen == ["perform-examples": "crash"], "\(check.text)")
    let text = "the report of the process is garbled"
    #expect(check.lines[0].found.contains(text) && check.lines[0].found.contains("nonsense"), "\(check.text)")
    let call = try Taskhost.plain(["plugin", "call", path, "perform", "x"])
    #expect(call.end == .exited(107) && call.errors.contains(text), "\(call.errors)")
    #expect(call.errors.contains("\\x1b[31mnonsense"))
  }

  @Test func whatAKindPrintsIsShownWithItsFailure() throws {
    let shop = try Workshop()
    let path = try Corpus.build("\(TestKind.sources)/defective/worker.c", ["EXITS"], in: shop)
    let run = try Taskhost.plain(["plugin", "check", "--only", "perform-examples", path])
    #expect(
      run.end == .exited(100) && run.output.contains("the process exited with 3 in perform"), "\(run.output)")
    #expect(run.output.contains("output: this can not be"), "\(run.output)")
  }

  @Test func othersMayWriteTheFile() throws {
    let shop = try Workshop()
    let path = try Corpus.build("\(TestKind.sources)/defective/worker.c", [], in: shop)
    try #require(chmod(path, 0o777) == 0)
    let run = try Examined(["--only", "file-trusted", path])
    #expect(run.seen == ["file-trusted": "warn"] && run.lines[0].found.contains("L03"), "\(run.text)")
  }

  @Test func aLibraryThatIsMissing() throws {
    let shop = try Workshop()
    let source = try shop.write("int away(void) { return 0; }\n", as: "away.c")
    try TestKind.compile(source, to: shop.path("libaway.so"))
    let path = try Corpus.build(
      "\(TestKind.sources)/defective/load.c", ["MISSING_LIBRARY"], ["-L", shop.directory, "-laway"], in: shop)
    try FileManager.default.removeItem(atPath: shop.path("libaway.so"))
    let run = try Examined([path])
    #expect(run.seen == ["libraries-found": "fail"], "\(run.text)")
  }

  @Test func examplesOfTheManifestAreRelativeToTheFile() throws {
    let shop = try Workshop()
    _ = try shop.makeDirectory("kind")
    try shop.write("one\ntwo\n", as: "kind/sample.txt")
    let lines = try String(decoding: shop.read("\(Corpus.examples)/lines.c"), as: UTF8.self)
    let old = #"\"summary\":"#
    let changed = lines.replacing(old, with: #"\"examples\":[\"sample.txt\"],"# + old)
    try #require(changed != lines)
    let path = try Corpus.build(try shop.write(changed, as: "kind/lines.c"), [], in: shop)
    try FileManager.default.moveItem(atPath: path, toPath: shop.path("kind/liblines.so"))
    let run = try Examined(["--only", "perform-examples", shop.path("kind/liblines.so")])
    #expect(run.lines.map(\.verdict) == ["pass"], "\(run.text)")
  }
}

/// Kinds that are not defective.
@Suite struct SoundKindTests {
  private func passes(_ arguments: [String]) throws {
    let run = try Examined(arguments)
    #expect(run.seen == [:], "\(run.text)")
    #expect(run.end == .exited(0))
    let skipped = run.lines.filter { $0.verdict == "skip" }
    #expect(skipped.isEmpty, "\(skipped.map { "\($0.id): \($0.reason)" })")
    #expect(run.lines.map(\.id) == Check.all.map(\.id))
  }

  @Test func theKindsThatShip() throws {
    let shop = try Workshop()
    let proofs = try shop.write(
      """
      $c |- wff ( ) -> $.
      $v p q $.
      wp $f wff p $.
      wq $f wff q $.
      wi $a wff ( p -> q ) $.
      ax $a |- ( p -> ( q -> p ) ) $.
      good $p |- ( q -> ( p -> q ) ) $= wq wp ax $.

      """, as: "proofs.mm")
    try passes(["\(Taskhost.directory)/libproof.so", "--", proofs])
    try passes(["\(Taskhost.directory)/libexec.so", "--", "echo", "{}", ":::", "a", "b"])
    let signatures = try shop.write(
      "lib \"libz.so.1\"\nkind crc32 = fn u64 crc32(u64 seed, in bytes data : u32 len)  pure\n",
      as: "zlib.ffi")
    try passes([
      "\(Taskhost.directory)/libffikind.so", "--set", "signatures=\(signatures)", "--set", "allow=any", "--",
      #"{"call":"crc32","seed":0,"data":"123456789"}"#,
    ])
  }

  @Test func theExamplesOfTheSDK() throws {
    let shop = try Workshop()
    let text = try shop.write("one\ntwo\n", as: "text.txt")
    try passes([try Corpus.build("\(Corpus.examples)/lines.c", [], in: shop), "--", text])
    let other = try Workshop()
    try passes([try Corpus.build("\(Corpus.examples)/serial.c", [], in: other), "--", "one", "two"])
  }
}
