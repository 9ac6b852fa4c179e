internal import Scheduling

/// Who waits for tasks, by small numbers: those of tickets are below 0, those of batches above, and 0 is nobody.
struct OwnerTable {
  private var tickets = ContiguousArray<Ticket?>()
  private var freeTickets: [Int32] = []
  private var batches = ContiguousArray<TaskBatch?>()
  private var freeBatches: [Int32] = []

  init() {}

  mutating func add(_ ticket: Ticket) -> Int32 {
    if let owner = freeTickets.popLast() {
      tickets[Int(-owner - 1)] = ticket
      return owner
    }
    tickets.append(ticket)
    return -Int32(tickets.count)
  }

  mutating func add(_ batch: TaskBatch) -> Int32 {
    if let owner = freeBatches.popLast() {
      batches[Int(owner - 1)] = batch
      return owner
    }
    batches.append(batch)
    return Int32(batches.count)
  }

  func ticket(_ owner: Int32) -> Ticket? { owner < 0 ? tickets[Int(-owner - 1)] : nil }
  func batch(_ owner: Int32) -> TaskBatch? { owner > 0 ? batches[Int(owner - 1)] : nil }

  @inline(__always)
  func isCancelled(_ owner: Int32) -> Bool { owner > 0 && batches[Int(owner - 1)]?.isCancelled == true }

  mutating func take(ticket owner: Int32) -> Ticket? {
    defer {
      tickets[Int(-owner - 1)] = nil
      freeTickets.append(owner)
    }
    return tickets[Int(-owner - 1)]
  }

  mutating func forget(batch owner: Int32) {
    batches[Int(owner - 1)] = nil
    freeBatches.append(owner)
  }

  /// All that have not been forgotten.
  var waitingTickets: [Ticket] { tickets.compactMap { $0 } }
  var waitingBatches: [TaskBatch] { batches.compactMap { $0 } }
}
