internal import CPosix
internal import CTaskHost
internal import Glibc
internal import Hooks
internal import Scheduling
internal import Wire

/// One live worker as the host sees it: its descriptors, buffers, pages and what it is trusted to be.
final class WorkerHandle {
  enum Phase {
    /// Spawned; the handshake is under way.
    case starting
    case ready
    /// Told to end, or given up; only its death is awaited.
    case ending
  }

  let id: WorkerID
  /// Counts the workers of the run from 1.
  let number: UInt64
  @exclusivity(unchecked) var phase = Phase.starting

  // A worker process; -1 in a worker inside this process.
  var pid: pid_t = -1
  var process: Int32 = -1
  @exclusivity(unchecked) var requests: Int32 = -1
  @exclusivity(unchecked) var responses: Int32 = -1
  var standardOutput: Int32 = -1
  var standardError: Int32 = -1
  /// See `HostDescriptors`.
  private var held: (output: Int32, error: Int32) = (-1, -1)
  @exclusivity(unchecked) var local: (any LocalWorker)?

  /// Behind a relay, which shares no pages and has the exit status: those here are filled by its frames.
  let isRelayed: Bool
  var relayedEnd: RelayedEnd?

  /// Its control group.
  var place: WorkerGroups.Place?
  /// The most memory that it and what it had started have had, if they were ended for it.
  var groupPeak: UInt64 = 0

  let send = SendBuffer()
  let received: ReceiveBuffer
  let request: FrameOutput
  let cancel: CancelPage
  let claims: ClaimsPage
  /// Whose pages they are, and which; nil if its own.
  private var lent: (sheet: PageSheet, page: UInt32)?

  /// As the hooks see it; `competence` lies in `competenceBytes`.
  @exclusivity(unchecked) var status: th_worker_status
  private var competenceBytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 8)

  @exclusivity(unchecked) var nextRequest: RequestID = 1
  /// Its request is being written in `send`: feedback that comes meanwhile waits here.
  @exclusivity(unchecked) var isWritingRequest = false
  @exclusivity(unchecked) var heldFeedback: [[UInt8]] = []
  /// Waits in the list of workers with something to write.
  @exclusivity(unchecked) var isDirty = false
  /// The pipe is full: epoll says when it is not.
  @exclusivity(unchecked) var isChoked = false
  /// More waits to be written than should: the scheduler offers it nothing.
  @exclusivity(unchecked) var isHeldBack = false
  var hasLargePipes = false
  /// Memory for large payloads; nil until there are some.
  @exclusivity(unchecked) var lanes: WorkerLanes?
  /// Here or there it could not be had.
  var hasRefusedLanes = false
  var saidHello = false
  var isForked = false
  @exclusivity(unchecked) var violations = 0
  /// No more frames come from it.
  @exclusivity(unchecked) var reachedEnd = false
  var endDeadline: UInt64 = .max
  /// Its last frame is not whole. How it ended says whether it was killed at that or has written no more.
  var cutOff: WireError?
  var tail = OutputTail()
  /// Set by the first thing that went wrong, before the process is killed for it.
  var fault: ExitReason?
  var faultMessage: String?
  /// What went over a limit, and the limit.
  var excess: (actual: UInt64, limit: UInt64) = (0, 0)
  @exclusivity(unchecked) var watch = WorkerWatch()
  /// By which its death is watched for.
  var lifeWord: UnsafePointer<UInt32>?
  /// Its line in /proc.
  var statDescriptor: Int32 = -1
  var startFailure: StartFailure?
  /// It was killed as its start took too long: as a whole, or a part of it.
  var isLateAsWhole: Bool?
  /// Its streams, sessions and calls; nil until there is one.
  @exclusivity(unchecked) var exchange: WorkerExchange?
  /// It is inside this process, and on the stack.
  var isExchanging = false
  /// The start of the request that is first in line, as far as the host can tell.
  @exclusivity(unchecked) var headSince: UInt64 = 0

  // For a trace.
  var spawnedAt: UInt64 = 0
  @exclusivity(unchecked) var tracedUntil: UInt64 = 0
  /// Of the request whose answer comes next.
  var spans: FittedSpans?

  init(
    id: WorkerID, number: UInt64, maxFrame: Int, cancel: CancelPage, claims: ClaimsPage,
    isRelayed: Bool = false, lent: (sheet: PageSheet, page: UInt32)? = nil
  ) {
    self.lent = lent
    self.id = id
    self.isRelayed = isRelayed
    self.number = number
    self.cancel = cancel
    self.claims = claims
    received = ReceiveBuffer(limit: Frame.limit(payloads: maxFrame))
    request = FrameOutput(into: send, limit: maxFrame)
    status = th_worker_status()
    status.size = UInt32(MemoryLayout<th_worker_status>.size)
    status.worker_id = number
  }

  deinit {
    forgetLife()
    competenceBytes.deallocate()
  }

  /// Before the page goes away, which it does with the last worker of its sheet.
  func forgetLife() {
    if let lifeWord { DeathWatch.shared.forget(lifeWord) }
    lifeWord = nil
    if statDescriptor >= 0 { Glibc.close(statDescriptor) }
    statDescriptor = -1
  }

  /// Of the pages of its fork server.
  var page: UInt32 { lent?.page ?? 0 }

  var exchanging: WorkerExchange {
    if let exchange { return exchange }
    let made = WorkerExchange()
    exchange = made
    return made
  }

  func take(_ descriptors: HostDescriptors) {
    requests = descriptors.requests
    responses = descriptors.responses
    standardOutput = descriptors.standardOutput
    standardError = descriptors.standardError
    held = (descriptors.heldOutput, descriptors.heldError)
  }

  /// The request is complete or given up.
  func endRequest() {
    isWritingRequest = false
    guard !heldFeedback.isEmpty else { return }
    for bytes in heldFeedback {
      bytes.withUnsafeBytes { send.append(.hostFeedback, id: 0, payload: $0) }
    }
    heldFeedback = []
  }

  /// After a Stay; true if the competence is another one than before.
  func stay(competence: UnsafeRawBufferPointer) -> Bool {
    status.is_old = 1
    status.jobs_done += 1
    let known = Int(status.competence.len)
    guard competence.count > 0 || known > 0 else { return false }
    if competence.count == known, let new = competence.baseAddress, let old = competenceBytes.baseAddress,
      memcmp(new, old, known) == 0
    {
      return false
    }
    if competence.count > competenceBytes.count {
      competenceBytes.deallocate()
      competenceBytes = .allocate(byteCount: competence.count, alignment: 8)
    }
    competenceBytes.copyMemory(from: competence)
    status.competence = th_bytes(
      UnsafeRawBufferPointer(start: competenceBytes.baseAddress, count: competence.count))
    return true
  }

  /// Nothing more is said to it or heard from it but its end.
  func closePipes(_ reactor: Reactor) {
    closeRequests(reactor)
    for descriptor in [responses, standardOutput, standardError] where descriptor >= 0 {
      reactor.forget(descriptor)
      Glibc.close(descriptor)
    }
    (requests, responses, standardOutput, standardError) = (-1, -1, -1, -1)
    for descriptor in [held.output, held.error] where descriptor >= 0 { Glibc.close(descriptor) }
    held = (-1, -1)
  }

  /// What can be closed is closed; the pages are given back.
  func close(_ reactor: Reactor) {
    closePipes(reactor)
    if process >= 0 {
      reactor.forget(process)
      Glibc.close(process)
      process = -1
    }
    forgetLife()
    if let (sheet, page) = lent {
      sheet.giveBack(page)
      lent = nil
    } else if local == nil, !isRelayed {
      cancel.unmap()
      claims.unmap()
    } else {
      cancel.deallocate()
      claims.deallocate()
    }
  }

  /// The orderly end: a worker that finds its input closed finishes and exits.
  func closeRequests(_ reactor: Reactor) {
    guard requests >= 0 else { return }
    if isChoked { reactor.forget(requests) }
    Glibc.close(requests)
    requests = -1
  }
}
