internal import CTaskHost
internal import Glibc
internal import Hooks
internal import Scheduling
internal import Wire

// The way of tasks from their source into the queue.
extension Pool {
  /// So many tasks are queued ahead of the workers: enough that none of them waits for the next turn.
  private static let queueAhead = 4096

  /// Fills the queue, and closes it when the source has come to its end.
  func takeIn() throws(SystemError) {
    guard let source else { return }
    if scheduler.isClosed { source.close() }
    var wantsAll: Bool { source.wantsAll || scheduler.isClosed }
    while source.state == .ready, wantsAll || scheduler.queuedCount < Self.queueAhead / 2 {
      source.take(wantsAll ? .max : Self.queueAhead) { bytes, options in
        if scheduler.isClosed || owners.isCancelled(intakeOwner) {
          refuseCancelled(bytes)
        } else {
          accept(bytes, options, parent: nil, answeredBy: nil)
        }
      }
    }
    switch source.state {
    case .ready, .idle: try listen(to: nil)
    case .waiting(let descriptor):
      try listen(to: scheduler.queuedCount < Self.queueAhead / 2 ? descriptor : nil)
    case .ended:
      try listen(to: nil)
      self.source = nil
      scheduler.handle(.close, at: now)
    }
  }

  /// Input is listened to only while it is wanted.
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
