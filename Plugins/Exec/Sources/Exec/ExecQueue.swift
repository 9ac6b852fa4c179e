internal import Commands
internal import TaskHostSDK

/// The host's side: makes commands of words, and judges how they ended.
final class ExecQueue: PlanningQueue, RequestingQueue, RespondingQueue, GoneQueue {
  let options: ExecOptions
  let columns: Columns
  /// Nil until the first words have come.
  var template: Template?
  /// The words named all arguments; none can follow.
  var isComplete = false
  /// Of the last command.
  var sequence = 0
  /// Which slot a task has, by the id of the task.
  private var slots: [UInt64: Int] = [:]

  private let ends: ProgramEnds

  init(options: ExecOptions, ends: ProgramEnds) throws(KindError) {
    self.options = options
    self.ends = ends
    do throws(InputSources.Problem) {
      columns = try Columns(at: options.columnPattern, trim: options.trim)
    } catch {
      throw .badInput("option colsep: \(error.message)")
    }
  }

  func request(of task: Bytes, for worker: WorkerStatus, call: Call, request: Output) throws -> Bool {
    guard let command = CommandBytes(task.buffer) else { throw Self.malformed }
    guard command.hasSlots else {
      try request.write(task)
      return true
    }
    let filled = command.filled(slot: slot(for: call.id))
    try request.write(filled)
    return true
  }

  func use(
    response: Bytes, of task: Bytes, from worker: WorkerStatus, call: Call, competence: Output,
    tasks: ListOutput
  ) throws -> WorkerAnswer {
    slots[call.id] = nil
    let response = try ExecResponse(reading: response)
    ends.tell(exitCode: response.exitCode, signal: response.signal, call)
    if response.end == .exited(0) { return .stay }
    guard let command = CommandBytes(task.buffer) else { throw Self.malformed }
    call.diagnostic(response.diagnostic(command))
    return .stay
  }

  func gone(_ gone: Gone, task: Bytes?, call: Call, tasks: ListOutput) throws -> GoneAnswer {
    slots[call.id] = nil
    if let end = ExecResponse.end(ofFailure: gone.code) {
      ends.tell(exitCode: end.exitCode, signal: end.signal, call)
    }
    return .settled
  }

  /// The lowest number, from 1, that no other task under way has.
  private func slot(for task: UInt64) -> Int {
    if let slot = slots[task] { return slot }
    let taken = Set(slots.values)
    var slot = 1
    while taken.contains(slot) { slot += 1 }
    slots[task] = slot
    return slot
  }

  static var malformed: KindError { .badInput("the payload is not one of this kind") }
}
