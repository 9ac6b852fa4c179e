import TestSupport
import Testing

private func run(_ options: [String], _ words: [String], workers: Int = 3) throws -> Taskhost.Finished {
  try Taskhost.run(["-j\(workers)", "--plugin", TestKind.path("demands.c")] + options + words)
}

/// The most tasks of this name that were at work at a time; nil: of any name.
private func most(_ name: String?, in run: Taskhost.Finished) -> Int {
  var now = 0
  var most = 0
  for event in run.events.named("feedback.received") {
    let words = (event.text("data") ?? "").split(separator: " ")
    guard words.count == 2, name == nil || words[1] == name! else { continue }
    now += words[0] == "begin" ? 1 : -1
    most = max(most, now)
  }
  return most
}

@Suite struct ResourceTests {
  @Test func tasksShareWhatThereIs() throws {
    let words = (0..<6).flatMap { _ in ["two 30 gpu=1", "free 30 none"] }
    let run = try run(["--resource", "gpu=2", "--resource", "none=9"], words)
    #expect(run.outcomes() == ["passed": 12])
    #expect(most("two", in: run) == 2)
    #expect(most(nil, in: run) == 3, "the others go on meanwhile")
  }

  @Test func whatIsNotNamedIsThereOnce() throws {
    let run = try run([], ["a 20 lock", "a 20 lock", "a 20 lock", "b 20 other=1", "b 20 other"])
    #expect(run.outcomes() == ["passed": 5])
    #expect(most("a", in: run) == 1 && most("b", in: run) == 1)
  }

  @Test func anExclusiveTaskIsAlone() throws {
    let run = try run([], ["x 20 y", "alone 30 exclusive", "x 20 z", "alone 30 exclusive", "x 20 w"])
    #expect(run.outcomes() == ["passed": 5])
    var open: Set<String> = []
    for event in run.events.named("feedback.received") {
      let words = (event.text("data") ?? "").split(separator: " ").map(String.init)
      if words[0] == "begin" { open.insert(words[1]) } else { open.remove(words[1]) }
      #expect(!open.contains("alone") || open == ["alone"])
    }
  }

  @Test func whatCanNeverBeIsAnErrorOfTheTask() throws {
    let run = try run(["--resource", "gpu=1"], ["a 0 gpu=2", "b 0 gpu=", "c 0 gpu=1"])
    #expect(run.outcomes() == ["passed": 1, "error": 2] && run.end == .exited(100))
    let messages = run.events.named("task.finished").compactMap { $0.text("message") }.filter { !$0.isEmpty }
    #expect(
      messages == [
        "it demands 2 of gpu, and there is 1 (--resource)",
        "it demands \"gpu=\"; expected NAME=NUMBER, NAME or exclusive, separated by commas",
      ])
  }
}

@Suite struct RetryOptionTests {
  @Test func anErrorIsTriedAgain() throws {
    let workshop = try Workshop()
    let words = ["once:\(workshop.path("a")) 0 a", "bad 0 b"]
    let plain = try run([], words)
    #expect(plain.outcomes() == ["error": 2])
    let other = try Workshop()
    let again = try run(["--retries", "2"], ["once:\(other.path("a")) 0 a", "bad 0 b"])
    #expect(again.outcomes() == ["passed": 1, "error": 1])
    let tries = again.events.named("task.finished").compactMap { $0.number("tries") }.sorted()
    #expect(tries == [2, 3])
    #expect(again.events.named("trial.finished").count == 5, "each trial is told")
  }

  @Test func onlyWhatIsAskedFor() throws {
    let run = try run(["--retries", "2", "--retry-on", "crash,timeout"], ["bad 0 b"])
    #expect(run.events.named("task.finished").first?.number("tries") == 1)
  }

  @Test func aDelayIsKept() throws {
    let run = try run(["--retries", "2", "--retry-delay", "100ms"], ["bad 0 b"])
    // 100 ms and 200 ms, a fifth less at the least.
    let elapsed = try #require(run.summary?.members["elapsed"] as? Double)
    #expect(elapsed >= 0.24)
  }

  @Test func aRunGivesUpAfterSoManyFailures() throws {
    let words = ["bad 0 a", "bad 0 a"] + [String](repeating: "x 1 a", count: 50)
    let run = try run(["--max-fail", "2"], words, workers: 1)
    #expect(run.outcomes() == ["error": 2, "cancelled": 50] && run.end == .exited(100))
    #expect(
      run.events.named("warning.raised").contains {
        $0.text("message") == "2 tasks have ended badly: no further one is started"
      })
  }

  @Test func badOptionsAreNamed() throws {
    let kind = try TestKind.path("demands.c")
    for (options, text) in [
      (["--retries", "x"], "--retries is 'x'; expected a number from 0 to 1000000"),
      (
        ["--retries", "1", "--retry-on", "crash,x"], "--retry-on is 'crash,x'; expected crash, error, timeout"
      ),
      (["--retry-delay", "1s"], "--retry-delay is for --retries, which was not given"),
      (["--max-fail", "0"], "--max-fail is '0'; expected a number of 1 or more"),
      (["--resource", "gpu"], "--resource is 'gpu'; expected name=N, such as gpu=2"),
      (["--resource", "a=1", "--resource", "a=2"], "--resource a is given twice"),
    ] {
      let run = try Taskhost.plain(["run", "--plugin", kind] + options + ["x 0 a"])
      #expect(run.end == .exited(2) && run.errors.contains(text), "\(run.errors)")
    }
  }
}
