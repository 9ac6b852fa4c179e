import TestSupport
import Testing

@Suite struct FamilyTests {
  /// Tasks end and begin in the same batches of responses: each ends once, as itself.
  @Test(arguments: [1, 2, 3])
  func everyTaskEndsOnceAsItself(workers: Int) throws {
    let words = (0..<40).map { "\($0 % 8)" }
    let run = try Taskhost.run(["-j\(workers)", "--plugin", TestKind.path("family.c")] + words)
    #expect(run.end == .exited(0))
    let total = words.reduce(0) { $0 + (2 << Int($1)!) - 1 }
    let ends = run.events.named("task.finished")
    #expect(ends.count == total && Set(ends.map { $0.number("task") }).count == total)
    #expect(run.outcomes() == ["passed": total])
    #expect(ends.allSatisfy { $0.number("passed") == Int($0.text("name") ?? "") })
    var names: [Int: String] = [:]
    for event in run.events.named("task.queued") {
      names[event.number("task") ?? 0] = event.text("name")
    }
    #expect(ends.allSatisfy { names[$0.number("task") ?? 0] == $0.text("name") })
  }
}
