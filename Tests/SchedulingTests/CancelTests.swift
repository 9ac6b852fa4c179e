import Scheduling
import Testing

@Suite struct CancelTests {
  /// One worker with one task in flight.
  private func running(
    _ policy: (inout Policy) -> Void = { _ in }, _ spec: (inout TaskSpec) -> Void = { _ in }
  )
    -> (Script, TaskID)
  {
    var script = Script(policy)
    let task = script.add(spec)
    script.take()
    script.on(.ready(worker(0)))
    return (script, task)
  }

  @Test func aQueuedTaskIsGoneAtOnceAndNeverStarted() {
    var (script, running) = running()
    let queued = script.add()
    #expect(script.on(.cancel(queued)) == [.gone(queued, .cancelled, tries: 0)])
    #expect(script.on(.settled(queued, .retry)) == [.finished(queued, .cancelled)])
    #expect(script.on(.cancel(queued)) == [], "it has ended")
    #expect(script.answered(worker(0), 1) == [.finished(running, .passed)])
  }

  @Test func theLadder() {
    var (script, task) = running()
    #expect(script.on(.cancel(task)) == [.cancelRequest(worker(0), 1)])
    #expect(script.on(.cancel(task)) == [])
    #expect(script.scheduler.nextDeadline == Instant(nanoseconds: 2 * second))
    #expect(script.wait(2 * second) == [.terminate(worker(0))])
    #expect(script.wait(2 * second) == [.kill(worker(0))])
    #expect(script.scheduler.nextDeadline == .never)
    #expect(script.on(.ended(worker(0), performing: 1)) == [.gone(task, .cancelled, tries: 1)])
    #expect(script.on(.settled(task, .byCause)) == [.finished(task, .cancelled)])
    _ = script.add()
    #expect(script.take() == [.spawn(worker(0, 1))], "no back-off after a death that we wanted")
  }

  @Test func anAnswerEndsTheLadder() {
    var (script, task) = running()
    script.on(.cancel(task))
    script.now += second
    #expect(script.failed(worker(0), 1, .cancelled) == [.gone(task, .cancelled, tries: 1)])
    #expect(script.scheduler.nextDeadline == .never)
    let next = script.add()
    #expect(script.take() == [.offer(next, worker(0))])
  }

  @Test func aCompleteResponseIsUsedAllTheSame() {
    var (script, task) = running()
    script.on(.cancel(task))
    script.wait(2 * second)
    #expect(script.answered(worker(0), 1) == [.finished(task, .passed)])
    #expect(script.wait(2 * second) == [.kill(worker(0))], "it has had SIGTERM")
    #expect(script.on(.ended(worker(0), performing: 0)) == [])
  }

  @Test func theSwitchIsSharedWithChildren() {
    var (script, parent) = running()
    let accepted = script.accept(worker(0), 1)
    #expect(accepted == parent)
    let child = script.add { $0.parent = parent }
    #expect(script.on(.cancel(parent)) == [.gone(child, .cancelled, tries: 0)])
    let late = script.add { $0.parent = parent }
    #expect(script.take() == [.gone(late, .cancelled, tries: 0)])
    #expect(
      script.on(.used(parent, worker(0), outcome: .passed, stays: true)) == [.finished(parent, .passed)])
    let grandchild = script.add { $0.parent = child }
    #expect(script.take() == [.gone(grandchild, .cancelled, tries: 0)])
    #expect(script.scheduler.isCancelled(child))
  }

  @Test func siblingsStayTogetherWhenTheParentHasEnded() {
    var (script, parent) = running()
    let accepted = script.accept(worker(0), 1)
    #expect(accepted != nil)
    let first = script.add { $0.parent = parent }
    let second = script.add { $0.parent = parent }
    script.on(.used(parent, worker(0), outcome: .passed, stays: true))
    #expect(
      script.on(.cancel(second)) == [.gone(second, .cancelled, tries: 0), .cancelRequest(worker(0), 2)])
    #expect(script.scheduler.isCancelled(first))
  }

  @Test func theLadderWaitsUntilTheTaskIsTheOldest() {
    var (script, first) = running { $0.window = 4 }
    let second = script.add()
    script.take()
    #expect(script.on(.cancel(second)) == [.cancelRequest(worker(0), 2)])
    #expect(script.scheduler.nextDeadline == .never, "a signal would hit the first task")
    script.now = 100
    #expect(script.answered(worker(0), 1) == [.finished(first, .passed)])
    #expect(script.scheduler.nextDeadline == Instant(nanoseconds: 100 + 2_000_000_000))
  }

  @Test func cancelAllSparesLaterTasks() {
    var (script, running) = running()
    let queued = script.add()
    let actions = script.on(.cancelAll)
    #expect(Set(actions) == [.gone(queued, .cancelled, tries: 0), .cancelRequest(worker(0), 1)])
    let later = script.add()
    #expect(script.take() == [])
    #expect(
      script.failed(worker(0), 1, .cancelled) == [
        .gone(running, .cancelled, tries: 1), .offer(later, worker(0)),
      ])
  }

  @Test func softLimitThenLadder() {
    var (script, task) = running({ _ in }, { $0.softLimit = 10 * second })
    #expect(script.scheduler.nextDeadline == Instant(nanoseconds: 10 * second))
    #expect(script.wait(10 * second) == [.cancelRequest(worker(0), 1)])
    #expect(script.wait(2 * second) == [.terminate(worker(0))])
    #expect(script.wait(2 * second) == [.kill(worker(0))])
    #expect(script.on(.ended(worker(0), performing: 0)) == [.gone(task, .timeout, tries: 1)])
    #expect(script.on(.settled(task, .retry)) == [.spawn(worker(0, 1))])
  }

  @Test func softLimitObeyed() {
    var (script, task) = running({ _ in }, { $0.softLimit = second })
    script.wait(second)
    #expect(script.failed(worker(0), 1, .cancelled) == [.gone(task, .timeout, tries: 1)])
  }

  @Test func givenUpForNoReason() {
    var (script, task) = running()
    #expect(script.failed(worker(0), 1, .cancelled) == [.gone(task, .failed, tries: 1)])
  }

  @Test func hardLimitKills() {
    var (script, task) = running(
      { _ in },
      {
        $0.softLimit = 3 * second
        $0.hardLimit = 4 * second
      })
    script.wait(3 * second)
    #expect(script.wait(second) == [.kill(worker(0))])
    #expect(script.on(.ended(worker(0), performing: 1)) == [.gone(task, .timeout, tries: 1)])
  }

  @Test func theClockOfATrialStartsWhenItIsTheOldest() {
    var (script, first) = running({ $0.window = 2 }, { $0.softLimit = 10 })
    _ = script.add { $0.softLimit = 10 }
    script.take()
    script.now = 7
    #expect(script.answered(worker(0), 1) == [.finished(first, .passed)])
    #expect(script.scheduler.nextDeadline == Instant(nanoseconds: 17))
    #expect(script.wait(10) == [.cancelRequest(worker(0), 2)])
  }

  @Test func aCancelAfterTheSoftLimitDecidesTheCause() {
    var (script, task) = running({ _ in }, { $0.softLimit = second })
    script.wait(second)
    #expect(script.on(.cancel(task)) == [])
    #expect(script.scheduler.nextDeadline == Instant(nanoseconds: 3 * second), "the ladder runs already")
    #expect(script.failed(worker(0), 1, .cancelled) == [.gone(task, .cancelled, tries: 1)])
  }
}
