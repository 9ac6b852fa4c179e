internal import CPosix
internal import CTaskHost
internal import Hooks
internal import Scheduling
internal import Wire

// Large payloads go through memory that the host shares with a worker: a pipe takes several times as long for them. A worker has it once
// it has answered something and goes on, so that one for a single task costs nothing more.
extension Pool {
  /// After this long without large payloads the memory is given back.
  private static let idleTime: UInt64 = 5_000_000_000
  /// Workers that have not replied yet: until then each costs the host two descriptors.
  private static let mostOffers = 8

  /// Something large is under way to this worker or from it.
  @inline(never)
  func wantLanes(_ worker: WorkerHandle) {
    if let lanes = worker.lanes {
      lanes.usedAt = now.nanoseconds
      return
    }
    // Behind a launcher may be another machine, or another view of this one.
    guard !worker.hasRefusedLanes, options.launcher == nil, worker.pid > 0, worker.phase == .ready,
      worker.status.jobs_done > 0,
      workers.count(where: { $0?.lanes?.phase == .offered }) < Self.mostOffers
    else { return }
    do throws(SystemError) {
      let lanes = try WorkerLanes()
      let offer = try lanes.offer().encoded()
      if options.ownsProcess { cpx_allow_inspection(true) }
      offer.withUnsafeBytes { worker.send.append(.lanes, id: 0, payload: $0) }
      worker.lanes = lanes
      makeDirty(worker)
    } catch {
      worker.hasRefusedLanes = true
    }
  }

  func receiveLanesReply(_ worker: WorkerHandle, _ frame: Frame) throws(WireError) {
    let problem = try LaneReply.read(frame.payload)
    guard let lanes = worker.lanes else {
      throw .badFrame(found: "a word about lanes", expected: "none without an offer", offset: 0)
    }
    switch lanes.phase {
    case .offered where problem == 0:
      defer { closeToInspection() }
      do throws(SystemError) {
        try lanes.opened(at: now.nanoseconds)
      } catch {
        throw .badFrame(found: "a lane that can not be sealed", expected: "the host's own seals", offset: 0)
      }
      worker.request.use(lanes.requests)
      lanes.idleDeadline = noted(now.advanced(by: Self.idleTime))
    case .offered:
      worker.hasRefusedLanes = true
      worker.lanes = nil
      closeToInspection()
    case .closing:
      worker.lanes = nil
      laneCopy.giveBack()
    case .open:
      throw .badFrame(found: "a second word about lanes", expected: "one for each offer", offset: 0)
    }
  }

  /// The process of a run lets nobody look into it, so a worker could not open what it is offered. That is lifted as long as an offer
  /// is out, which is a millisecond as a rule.
  func closeToInspection() {
    guard options.ownsProcess, !workers.contains(where: { $0?.lanes?.phase == .offered }) else { return }
    cpx_allow_inspection(false)
  }

  /// As `respond`. The bytes are the host's own by then.
  func respondInLane(_ worker: WorkerHandle, _ frame: Frame) throws(WireError) -> Bool {
    guard let lanes = worker.lanes else {
      throw .badFrame(found: "a response in a lane", expected: "lanes before it", offset: 0)
    }
    lanes.usedAt = now.nanoseconds
    let payload = try lanes.takeOut(frame, limit: worker.received.limit, into: laneCopy)
    return respond(worker, frame.carrying(payload, as: .response))
  }

  /// Its time has come.
  func checkLanes(of worker: WorkerHandle, _ lanes: WorkerLanes) {
    lanes.idleDeadline = .max
    guard lanes.phase == .open, worker.phase == .ready else { return }
    let end = Instant(nanoseconds: lanes.usedAt).advanced(by: Self.idleTime)
    guard end <= now, lanes.requests.isEmpty, !worker.isWritingRequest else {
      lanes.idleDeadline = noted(max(end, now.advanced(by: Self.idleTime / 2)))
      return
    }
    lanes.startClosing()
    worker.request.use(nil)
    worker.send.append(.lanesEnd, id: 0, payload: UnsafeRawBufferPointer(start: nil, count: 0))
    makeDirty(worker)
  }
}
