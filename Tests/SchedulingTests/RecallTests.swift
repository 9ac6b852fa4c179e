import Scheduling
import Testing

/// The tail of a run: what waits behind a long request goes to a worker with nothing to do.
@Suite struct RecallTests {
  /// Two workers; the first one holds all of the tasks, the other one has nothing.
  private func tail(_ count: Int, _ change: (inout Policy) -> Void = { _ in }) -> (Script, [TaskID]) {
    var script = Script {
      $0.slots = 2
      $0.window = 8
      $0.isIdempotent = true
      change(&$0)
    }
    let tasks = (0..<count).map { _ in script.add() }
    script.take()
    script.on(.ready(worker(0)))
    script.on(.ready(worker(1)))
    return (script, tasks)
  }

  @Test func whatWaitsBehindALongOneIsAskedBack() {
    var (script, tasks) = tail(4)
    #expect(script.scheduler.nextDeadline == Instant(nanoseconds: millisecond))
    #expect(script.wait(millisecond - 1) == [])
    #expect(script.wait(1) == [.cancelRequest(worker(0), 4)])
    #expect(script.scheduler.isRecalled(tasks[3]))
    #expect(script.scheduler.nextDeadline == .never)
    // When the next one turns out to be long as well, a part of the rest follows.
    script.answered(worker(0), 1)
    #expect(script.wait(millisecond) == [.cancelRequest(worker(0), 3)])
  }

  @Test func itGoesToTheIdleWorkerAndCountsAsNoTrial() {
    var (script, tasks) = tail(2)
    #expect(script.wait(millisecond) == [.cancelRequest(worker(0), 2)])
    #expect(script.answered(worker(0), 1) == [.finished(tasks[0], .passed)])
    let back = script.failed(worker(0), 2, .cancelled)
    #expect(
      back.first.map { [.offer(tasks[1], worker(0)), .offer(tasks[1], worker(1))].contains($0) } == true)
  }

  @Test func anAnswerInSpiteOfItCounts() {
    var (script, tasks) = tail(2)
    script.wait(millisecond)
    script.answered(worker(0), 1)
    #expect(script.answered(worker(0), 2) == [.finished(tasks[1], .passed)])
  }

  @Test func aTaskIsAskedBackOnce() {
    var (script, _) = tail(2)
    #expect(script.wait(millisecond) == [.cancelRequest(worker(0), 2)])
    #expect(script.wait(second) == [])
    #expect(script.scheduler.nextDeadline == .never)
  }

  @Test func aCancelThatCameMeanwhileCounts() {
    var (script, tasks) = tail(2)
    script.wait(millisecond)
    #expect(script.on(.cancel(tasks[1])) == [])
    script.answered(worker(0), 1)
    #expect(script.failed(worker(0), 2, .cancelled) == [.gone(tasks[1], .cancelled, tries: 1)])
  }

  @Test func neverWhatMustNotBeSentAgain() {
    var (script, _) = tail(2) { $0.isIdempotent = false }
    #expect(script.wait(second) == [])
    var (off, _) = tail(2) { $0.recallAfter = 0 }
    #expect(off.wait(second) == [])
  }

  @Test func notWhileSomethingIsQueued() {
    var (script, _) = tail(2) { $0.window = 2 }
    script.scheduler.setLimit(1)
    _ = script.add()
    #expect(script.wait(second) == [])
  }
}
