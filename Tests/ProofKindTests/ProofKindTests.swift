import CTaskHost
import Foundation
import Testing

final class Scratch {
  let directory: String
  init() throws {
    directory = NSTemporaryDirectory() + "proof-kind-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: directory) }

  func write(_ name: String, _ text: String) throws -> String {
    let path = directory + "/" + name
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    return path
  }
}

@Suite struct ProofKindTests {
  static let head = """
    $c |- wff ( ) -> $.
    $v ph ps $.
    wph $f wff ph $. wps $f wff ps $.
    wi $a wff ( ph -> ps ) $.

    """

  /// Many proofs, of which each tenth is wrong when that is asked for.
  static func database(_ count: Int, wrong: (Int) -> String? = { _ in nil }) -> String {
    head + (0..<count).map { "t\($0) $p wff ( ph -> ph ) $= \(wrong($0) ?? "wph wph wi") $.\n" }.joined()
  }

  @Test func theTableHoldsWhatTheKindImplementsAndNothingElse() throws {
    let kind = try PluginFile.kind.get().pointee
    #expect(String(cString: kind.id) == "org.taskhost.proof")
    #expect(String(cString: kind.name) == "proof")
    // All but that responses are equal: they hold the times that it took.
    #expect(kind.flags == 63 & ~TH_KIND_DETERMINISTIC)
    #expect(kind.size == UInt32(MemoryLayout<th_kind>.size))
    #expect(kind.task_match == nil)
    #expect(kind.request_of_task == nil)
    #expect(kind.extra_env == nil)
    #expect(kind.forward_feedback == nil)
    #expect(kind.on_marshal_error == nil)
    #expect(kind.on_feedback == nil)
    #expect(kind.worker_forked == nil)
    #expect(kind.plan != nil && kind.use_response != nil && kind.on_task_gone != nil && kind.summary != nil)
  }

  @Test(arguments: ["100", "1000", "100000000"])
  func aRunCountsEachProofOnce(_ batch: String) throws {
    let scratch = try Scratch()
    let run = try Run(options: ["batch_bytes": batch])
    try run.plan([
      scratch.write(
        "a.mm", Self.database(500) { $0 % 100 == 3 ? "wph" : $0 % 100 == 5 ? "?" : nil })
    ])
    #expect((run.tasks.count == 1) == (batch == "100000000"))
    #expect(Set(run.groups) == [0])
    let summary = try run.finish()
    #expect(
      summary.withoutTimes
        == "500 proofs: 490 ok, 5 failed, 5 incomplete, 0 limit; 2 workers; load T ms; check T ms")
    #expect(run.counts == [490, 5, 5])
    #expect(run.said.count == 10)
    #expect(
      run.said.map(\.label) == run.said.map(\.label).sorted { Int($0.dropFirst())! < Int($1.dropFirst())! })
    #expect(run.progress?.done == 500)
    #expect(run.progress?.total == 500)
    #expect(run.progress?.units == "proofs")
  }

  @Test func aFailureIsADiagnostic() throws {
    let scratch = try Scratch()
    let run = try Run()
    let path = try scratch.write("a.mm", Self.head + "t $p wff ph $=\n  wps $.\n")
    try run.plan([path])
    _ = try run.finish()
    #expect(
      run.said == [
        Said(
          severity: 3, file: path, line: 6, column: 7, step: 1, label: "t",
          message: "the proof proves another statement than 't': expected wff ph, found wff ps",
          json: #"{"proof":1,"expected":"wff ph","found":"wff ps"}"#)
      ])
  }

  @Test func aDatabaseWithoutProofsIsFine() throws {
    let scratch = try Scratch()
    let run = try Run()
    try run.plan([scratch.write("a.mm", "")])
    #expect(
      try run.finish().withoutTimes
        == "0 proofs: 0 ok, 0 failed, 0 incomplete, 0 limit; 2 workers; load T ms; check T ms")
    #expect(run.said.isEmpty)
  }

  @Test func aLoadErrorIsToldOnce() throws {
    let scratch = try Scratch()
    let run = try Run(options: ["batch_bytes": "100"])
    let path = try scratch.write("bad.mm", Self.database(300) + "l $a wff zz $.")
    try run.plan([path])
    #expect(run.tasks.count > 10)
    let summary = try run.finish()
    #expect(run.said.count == 1)
    #expect(run.said.first?.severity == 5)
    #expect(run.said.first?.file == path)
    #expect(run.said.first?.line == 305)
    #expect(run.said.first?.column == 10)
    #expect(run.said.first?.label == "l")
    #expect(run.said.first?.message == "the symbol 'zz' has not been declared")
    #expect(run.counts == [0, 0, 0])
    #expect(summary.hasSuffix("; no verdict on \(path)"))
  }

  @Test func severalDatabases() throws {
    let scratch = try Scratch()
    let run = try Run(options: ["batch_bytes": "500"])
    try run.plan([
      scratch.write("a.mm", Self.database(100)),
      scratch.write("b.mm", Self.database(50) { $0 == 7 ? "wps" : nil }),
    ])
    #expect(Set(run.groups) == [1, 2])
    // Workers that change between the files load each of them again.
    run.tasks = run.tasks.enumerated().sorted { $0.offset % 3 < $1.offset % 3 }.map(\.element)
    #expect(
      try run.finish().withoutTimes
        == "150 proofs: 149 ok, 1 failed, 0 incomplete, 0 limit; 2 workers; load T ms; check T ms")
    #expect(run.said.map(\.label) == ["t7"])
  }

  @Test func aTaskHasAName() throws {
    let scratch = try Scratch()
    let run = try Run(options: ["batch_bytes": "100"])
    try run.plan([scratch.write("a.mm", Self.database(10))])
    #expect(run.name(run.tasks[0]) == "a.mm part 1/\(run.tasks.count)")
    #expect(run.name([1, 2, 3]) == "unreadable proof task of 3 bytes")
  }

  @Test func noPathsMakeNoTasks() throws {
    let run = try Run()
    try run.plan([])
    #expect(run.tasks.isEmpty)
  }

  @Test func pathsThatCannotBeReadAreRefused() throws {
    let scratch = try Scratch()
    for (words, message) in [
      (["/none/a.mm"], "cannot open '/none/a.mm': No such file or directory"),
      ([scratch.directory], "'\(scratch.directory)' is a directory; expected a Metamath database"),
      (["/dev/null"], "'/dev/null' is not a regular file; expected a Metamath database"),
    ] {
      #expect(throws: Run.Refused(code: -3, message: message)) { try Run().plan(words) }
    }
  }

  @Test func optionsAreLookedAt() throws {
    #expect(
      throws: Run.Refused(
        code: -3, message: "option max_symbols: found 'many', expected a number from 1000 to 4000000000")
    ) { try Run(options: ["max_symbols": "many"]) }
    #expect(throws: Run.Refused.self) { try Run(options: ["width": "3"]) }
    #expect(throws: Run.Refused.self) { try Run(options: ["batch_bytes": "0"]) }
  }

  @Test func aCancelledRequestGivesUp() throws {
    let scratch = try Scratch()
    let run = try Run()
    try run.plan([scratch.write("a.mm", Self.database(10))])
    #expect(throws: Run.Refused(code: -6, message: "cancelled")) {
      try run.perform(run.tasks[0], cancelled: true)
    }
    #expect(try run.finish().hasPrefix("10 proofs: 10 ok"))
  }

  @Test func damagedPayloadsAreRefused() throws {
    let scratch = try Scratch()
    let run = try Run()
    try run.plan([scratch.write("a.mm", Self.database(10) { $0 == 4 ? "wps" : nil })])
    let task = run.tasks[0]
    let response = try run.perform(task)
    for count in 0..<task.count {
      #expect(throws: Run.Refused.self) { try run.perform(Array(task.prefix(count))) }
    }
    for count in 0..<response.count {
      #expect(throws: Run.Refused.self) { try run.use(Array(response.prefix(count)), of: task) }
    }
    for i in 0..<response.count {
      var damaged = response
      damaged[i] ^= 0x80
      // Any answer will do, but there must be one.
      _ = try? run.use(damaged, of: task)
    }
  }

  // MARK: Workers that die

  @Test func aProofThatKillsItsWorkersIsNamedAndTheRestIsChecked() throws {
    let scratch = try Scratch()
    let run = try Run(options: ["batch_bytes": "2000"])
    let path = try scratch.write("a.mm", Self.database(300))
    try run.plan([path])
    // Every part dies once, and everything that holds proof 123 always.
    let summary = try run.finish(killing: { name in
      (name.contains(" part ") && !name.contains("split"))
        || name.hasSuffix(" proof 123") && !name.contains("name")
        || Self.holds(123, name)
    })
    #expect(
      run.said == [
        Said(
          severity: 5, file: path, line: 127, column: 1, step: 0, label: "t122",
          message: "no verdict: the worker that checked this proof was lost: killed by SIGKILL", json: "")
      ])
    #expect(run.counts == [299, 0, 1])
    #expect(
      summary.withoutTimes
        == "300 proofs: 299 ok, 0 failed, 0 incomplete, 0 limit; 2 workers; load T ms; check T ms; 1 without a verdict"
    )
  }

  /// Whether a name "a.mm proofs 3 to 9" takes in that proof.
  static func holds(_ proof: Int, _ name: String) -> Bool {
    guard let match = name.firstMatch(of: /proofs (\d+) to (\d+)/) else { return false }
    return (Int(match.1)!...Int(match.2)!).contains(proof)
  }

  @Test func everyWorkerThatDiesOnceCostsNothing() throws {
    let scratch = try Scratch()
    let run = try Run(options: ["batch_bytes": "1000"])
    try run.plan([scratch.write("a.mm", Self.database(200))])
    let summary = try run.finish(killing: { $0.contains(" part ") && !$0.contains("split") })
    #expect(summary.hasPrefix("200 proofs: 200 ok, 0 failed"))
    #expect(run.said.isEmpty)
  }

  @Test func everyProofThatTakesTooLongEndsAtTheLimit() throws {
    let scratch = try Scratch()
    let run = try Run()
    try run.plan([scratch.write("a.mm", Self.database(5))])
    let summary = try run.finish(killing: { !$0.contains("split") && !$0.contains("name") }, cause: 5)
    #expect(run.said.map(\.label).sorted() == ["t0", "t1", "t2", "t3", "t4"])
    #expect(run.said.allSatisfy { $0.severity == 4 })
    #expect(summary.hasPrefix("5 proofs: 0 ok, 0 failed, 0 incomplete, 5 limit"))
  }

  @Test func aLostTaskIsNoVerdict() throws {
    let scratch = try Scratch()
    let run = try Run(options: ["batch_bytes": "500"])
    let path = try scratch.write("a.mm", Self.database(100))
    try run.plan([path])
    let lost = run.tasks.removeLast()
    try run.gone(lost, cause: 1)
    try run.gone(nil, cause: 3)
    let summary = try run.finish()
    #expect(summary.hasSuffix("; no verdict on \(path)"))
    #expect(run.said.isEmpty)
  }

  // MARK: Files that change

  @Test func aChangedFileIsAnError() throws {
    let scratch = try Scratch()
    let run = try Run(options: ["batch_bytes": "500"])
    let path = try scratch.write("a.mm", Self.database(100))
    try run.plan([path])
    let first = run.tasks.removeFirst()
    try run.use(run.perform(first), of: first)
    _ = try scratch.write("a.mm", Self.database(101))
    run.replaceWorker()
    _ = try run.finish()
    #expect(run.said.count == 1)
    #expect(run.said.first?.severity == 5)
    #expect(
      run.said.first?.message == "the database changed while it was checked: its workers saw different files")
  }

  @Test func partsThatAreUsedTwiceDoNotAddUp() throws {
    let scratch = try Scratch()
    let run = try Run(options: ["batch_bytes": "500"])
    try run.plan([scratch.write("a.mm", Self.database(100))])
    run.tasks[1] = run.tasks[0]
    _ = try run.finish()
    #expect(run.said.map(\.severity) == [5])
    #expect(run.said[0].message.contains("its parts cover"))
  }

  @Test func aLargeIncludedFileIsCutAfterAll() throws {
    let scratch = try Scratch()
    _ = try scratch.write("big.mm", Self.database(1000))
    let run = try Run(options: ["batch_bytes": "1000"])
    try run.plan([scratch.write("a.mm", "$[ big.mm $]\n")])
    #expect(run.tasks.count == 1)
    let task = run.tasks.removeFirst()
    try run.use(run.perform(task), of: task)
    #expect(run.tasks.count > 5)
    #expect(try run.finish().hasPrefix("1000 proofs: 1000 ok"))
  }
}
