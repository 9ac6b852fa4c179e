/// Queued tasks by rank, the greatest first, and in the order of their arrival within one rank. The links are in the
/// rows of the tasks, so a push or a removal allocates nothing and costs O(1) once the bucket is known.
struct ReadyQueue {
  struct Bucket {
    var rank: Int64
    var head = none
    var tail = none
  }

  private(set) var count = 0
  private(set) var keys = SortedKeys()
  private(set) var buckets = ContiguousArray<Bucket>()
  private var freeBuckets = ContiguousArray<UInt32>()
  /// Where the last push went: mostly the next one goes there, too.
  private var recent: UInt32 = none

  /// The task that is first in order, or `none`.
  @inline(__always)
  var first: UInt32 {
    guard count > 0, let entry = keys.greatest else { return none }
    return buckets[Int(entry.bucket)].head
  }

  /// The first task of a lower rank.
  func first(below rank: Int64) -> UInt32 {
    guard count > 0, let entry = keys.greatest(below: rank) else { return none }
    return buckets[Int(entry.bucket)].head
  }

  /// The first task of this rank, or of a lower one.
  func first(atOrBelow rank: Int64) -> UInt32 {
    guard count > 0 else { return none }
    if let bucket = keys.find(rank) { return buckets[Int(bucket)].head }
    return first(below: rank)
  }

  @inline(__always)
  mutating func append(_ task: UInt32, to tasks: inout TaskTable) {
    let rank = tasks[task].rank
    if recent == none || buckets[Int(recent)].rank != rank { recent = bucket(for: rank) }
    let tail = buckets[Int(recent)].tail
    tasks[task].bucket = recent
    tasks[task].previous = tail
    tasks[task].next = none
    if tail == none {
      buckets[Int(recent)].head = task
    } else {
      tasks[tail].next = task
    }
    buckets[Int(recent)].tail = task
    count += 1
  }

  @inline(__always)
  mutating func remove(_ task: UInt32, from tasks: inout TaskTable) {
    let bucket = tasks[task].bucket
    let next = tasks[task].next
    let previous = tasks[task].previous
    if previous == none {
      buckets[Int(bucket)].head = next
    } else {
      tasks[previous].next = next
    }
    if next == none {
      buckets[Int(bucket)].tail = previous
    } else {
      tasks[next].previous = previous
    }
    tasks[task].bucket = none
    count -= 1
    // A sole empty bucket stays, so that a queue that is filled and emptied again and again does no work on keys.
    if previous == none, next == none, keys.count > 1 { drop(bucket) }
  }

  private mutating func bucket(for rank: Int64) -> UInt32 {
    if let bucket = keys.find(rank) { return bucket }
    if count == 0, let sole = keys.greatest {
      keys.remove(sole.rank)
      keys.insert(rank, bucket: sole.bucket)
      buckets[Int(sole.bucket)].rank = rank
      return sole.bucket
    }
    let bucket: UInt32
    if let free = freeBuckets.popLast() {
      bucket = free
      buckets[Int(free)] = Bucket(rank: rank)
    } else {
      bucket = UInt32(truncatingIfNeeded: buckets.count)
      buckets.append(Bucket(rank: rank))
    }
    keys.insert(rank, bucket: bucket)
    return bucket
  }

  private mutating func drop(_ bucket: UInt32) {
    keys.remove(buckets[Int(bucket)].rank)
    freeBuckets.append(bucket)
    if recent == bucket { recent = none }
  }
}
