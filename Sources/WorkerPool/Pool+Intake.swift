internal import CTaskHost
internal import Glibc
internal import Hooks
internal import Scheduling
internal import Wire

// The way of tasks from their source into the queue.
extension Pool {
  /// So many tasks are queued ahead of the workers: enough that none of them waits for the next turn, and with few workers no
  /// more than stay in the caches until they are sent.
  private var queueAhead: Int { min(max(1024, 2 * mostHeld), 4096) }

  /// So often a source may be asked in one turn without giving a task: what is long and empty holds up nothing else.
  private static let vainReads = 8

  /// Fills the queue, and closes it when the source has come to its end. If nothing more can be started it is not read on.
  func takeIn() throws(SystemError) {
    // Asked in each turn, and mostly in vain.
    if isSourceFixed, !isQueueShort, !scheduler.isClosed, !scheduler.askHopeless() { return }
    guard let source else { return }
    if isIntakeOver { source.close() }
    var vain = 0
    while wantsMore, vain < Self.vainReads {
      let count = taskCount - skippedCount
      source.take(takesAll(source) ? .max : queueAhead) { bytes, options in
        if scheduler.isClosed || owners.isCancelled(intakeOwner) {
          refuseCancelled(bytes)
        } else if let journal, !journal.admits(bytes, as: order.nextRoot, shared: source.shared) {
          skip(bytes)
        } else {
          accept(bytes, options, parent: nil, answeredBy: nil)
        }
      }
      // Those that are skipped take time, too.
      if taskCount - skippedCount == count {
        vain += 1
      } else {
        // No worker starts before there is a task.
        shared = source.shared
      }
    }
    guard source.state == .ended else { return }
    try listen(to: nil)
    self.source = nil
    scheduler.handle(.close, at: now)
  }

  private var isQueueShort: Bool { scheduler.askQueued() < queueAhead / 2 }

  /// Without workers the queue does not move before it is closed, which it is when all that there will be is in it.
  private func takesAll(_ source: any TaskSource) -> Bool {
    source.wantsAll || scheduler.isClosed || (intake.isClosed && source === intake && scheduler.isRecovering)
  }

  /// Tasks are there for the taking, and there is room for them.
  var wantsMore: Bool {
    guard let source, source.state == .ready else { return false }
    return takesAll(source) || isQueueShort
  }

  /// Tasks that are taken now end at once.
  var isIntakeOver: Bool {
    guard scheduler.isClosed || scheduler.askHopeless(), let source else { return false }
    return source.state != .idle
  }

  /// After the queue has moved: input is listened to only while it is wanted.
  func listenToInput() throws(SystemError) {
    guard isQueueShort || awaitedInput != nil, let source else { return }
    if case .waiting(let descriptor) = source.state, isQueueShort {
      try listen(to: descriptor)
    } else {
      try listen(to: nil)
    }
  }

  private func listen(to descriptor: Int32?) throws(SystemError) {
    guard awaitedInput != descriptor else { return }
    if let awaitedInput { reactor.forget(awaitedInput) }
    awaitedInput = descriptor
    if let descriptor { try reactor.watch(descriptor, .input) }
  }

  /// A task that demands what there is not: it ends without having been queued. As with other mistakes of a kind, no hook is
  /// asked; it may be one that has just made this task.
  func refuse(_ bytes: UnsafeRawBufferPointer, _ message: String, parent: TaskID?) {
    let row = makeRow(bytes, parent: parent)
    report(row, .queued(parent: parent.map { rows[Int($0.index)].number }))
    finish(row, .error, TaskTrouble(message: message))
  }

  /// A task that comes after the run has been ended early: it ends as it would have in the queue.
  func refuseCancelled(_ bytes: UnsafeRawBufferPointer) {
    let row = makeRow(bytes, parent: nil)
    report(row, .queued(parent: nil))
    var trouble = TaskTrouble(message: Self.text(of: .cancelled))
    let answer = askGone(row, .cancelled, trouble, tries: 0)
    if answer == TH_OK { trouble.counts = counted }
    finish(row, Self.outcome(by: trouble.counts).flatMap { $0 == .failed ? nil : $0 } ?? .cancelled, trouble)
  }
}
