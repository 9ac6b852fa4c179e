/// What a task needs while it is in flight, as `declare` gave it a number.
package struct DemandID: Hashable, Sendable {
  package var index: UInt32

  init(index: UInt32) { self.index = index }
}

/// So much of some resources, and perhaps that nothing else runs.
struct Demand: Equatable {
  /// By resource, ascending; each once, more than nothing.
  var needs: ContiguousArray<Need>
  var isExclusive: Bool

  struct Need: Equatable {
    var resource: Int
    var count: Int
  }
}

struct LaneKey: Hashable {
  var demand: UInt32
  var group: UInt64
}

/// Queued tasks of one demand and one group. Whether one of them can start now holds for all.
struct Lane {
  var key: LaneKey
  var queue = ReadyQueue()
  /// All tasks of it that have not ended, queued or not.
  var tasks = 0
  /// Of a group: the worker that took the last one.
  var owner = WorkerID(slot: none, generation: 0)
  /// Its place among those with queued tasks.
  var place = none
}

/// What one worker has refused of one lane, at one status.
struct LaneRefusal {
  var status: UInt64 = 0
  /// All of it, as it is a group.
  var isWhole = false
  var mark = RefusalMark()
}
