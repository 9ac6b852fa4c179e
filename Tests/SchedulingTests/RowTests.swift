import Scheduling
import Testing

/// Owners keep things of their own by the row of a task.
@Suite struct RowTests {
  @Test func theRowOfAnEndedTaskIsFreeOnlyWhenItsEndHasBeenTaken() throws {
    var script = Script { $0.window = 4 }
    let parent = script.add()
    let other = script.add()
    script.take()
    script.on(.ready(worker(0)))
    let accepted = script.accept(worker(0), 1)
    let first = try #require(accepted)
    #expect(first == parent)
    script.scheduler.handle(.used(first, worker(0), outcome: .passed, stays: true), at: script.time)
    // Its end waits to be taken, while the hook of the next response adds a task.
    let answered = script.accept(worker(0), 2)
    let second = try #require(answered)
    #expect(second == other)
    var spec = TaskSpec()
    spec.parent = second
    let child = script.scheduler.add(spec, at: script.time)
    #expect(child.index != first.index)
    let taken = script.take()
    #expect(taken.contains(.finished(first, .passed)))
    let later = script.add()
    #expect(later.index == first.index)
    #expect(later.serial != first.serial)
  }

  @Test func aRowIsSmall() {
    #expect(Scheduler.bytesPerTask <= 80)
  }
}
