package import Hooks

/// The tasks of a submission. A pool takes them as fast as it can start them, so that a long one, or one without an end, needs
/// no room in the queue.
package protocol TaskSource: AnyObject {
  var state: TaskSourceState { get }
  /// They are to be queued all at once, as their order is not that in which they come.
  var wantsAll: Bool { get }
  /// Nothing but `take` changes what it says, and it does not want all.
  var isFixed: Bool { get }
  /// Bytes for every `worker_new`; they are known when the first task is.
  var shared: [UInt8] { get }
  /// Up to `count` of the tasks that are there now, perhaps none; the bytes are lent for the call of `body`.
  func take(_ count: Int, _ body: (UnsafeRawBufferPointer, ItemOptions) -> Void)
  /// The descriptor that was waited for can be read.
  func readOn()
  /// What has been planned already is the last.
  func close()
}

package enum TaskSourceState: Equatable {
  case ready
  /// There may be more when this descriptor can be read.
  case waiting(Int32)
  /// There may be more; whoever brings it wakes the pool.
  case idle
  case ended
}

extension TaskSource {
  package var isFixed: Bool { false }
}

/// The tasks of one plan.
package final class PlannedTasks: TaskSource {
  private let plan: KindQueue.Plan
  @exclusivity(unchecked) private var position = ListOutput.Position()

  package init(_ plan: KindQueue.Plan) { self.plan = plan }

  package var state: TaskSourceState { position.item < plan.count ? .ready : .ended }
  package var wantsAll: Bool { plan.list.hasOptions }
  package var isFixed: Bool { !wantsAll }
  package var shared: [UInt8] { plan.shared }

  package func readOn() {}
  package func close() {}

  package func take(_ count: Int, _ body: (UnsafeRawBufferPointer, ItemOptions) -> Void) {
    for _ in 0..<count {
      guard let item = plan.list.next(&position) else { return }
      body(item.bytes, item.options)
    }
  }
}
