internal import CPosix
internal import Glibc
internal import Scheduling
internal import Wire

/// The host's end of a fork server: a process that has loaded the plugin and forks workers on demand. It runs plugin code, so
/// nothing that it says is believed unless the kernel confirms it.
final class ForkServer {
  /// Events of its descriptors carry this in place of a worker.
  static let identity = WorkerID(slot: 0x0FFF_FFFF, generation: 0)

  enum Phase {
    case starting, ready, ending
  }

  let pid: pid_t
  let process: Int32
  var descriptors: HostDescriptors
  /// Set at its start; a worker that is to have another one is executed.
  let environment: [String]
  let send = SendBuffer()
  let received: ReceiveBuffer
  /// Its pages, and those of its workers.
  let sheet: PageSheet

  var phase = Phase.starting
  var wasReady = false
  var saidHello = false
  /// Its pipe is full: epoll says when it is not.
  var isChoked = false
  /// It has closed something of its own: by then it must have ended.
  var endDeadline = Instant.never
  /// Why it was killed; nil if it ended by itself, or is wanted no more.
  var fault: String?
  /// What it said why it can not serve.
  var refusal: StartFailure?
  var tail = OutputTail()
  var flow = OutputFlow()
  /// Workers that are wanted as soon as it is ready.
  var waiting: [WorkerID] = []
  /// Workers that it has been told to fork and has not answered for, by the number of the order.
  var ordered: [UInt64: WorkerHandle] = [:]
  private(set) var orders: UInt64 = 0
  let startedAt: Instant
  /// When it was started, said its first word, was ordered something while nothing was due, or answered.
  var heardAt: Instant
  /// It is not worth another one.
  var isLast = false

  init(
    pid: pid_t, process: Int32, descriptors: HostDescriptors, sheet: PageSheet, environment: [String],
    maxFrame: Int, startedAt: Instant
  ) {
    self.pid = pid
    self.process = process
    self.descriptors = descriptors
    self.sheet = sheet
    self.environment = environment
    self.startedAt = startedAt
    heardAt = startedAt
    received = ReceiveBuffer(limit: Frame.limit(payloads: maxFrame))
  }

  /// The first order without an answer.
  var oldestOrder: UInt64? { ordered.keys.min() }

  var isInitialising: Bool { sheet.claimsPage(0).isInitialising }

  /// Tells it to fork this worker, which gets these descriptors.
  func order(_ worker: WorkerHandle, _ passed: [Int32], at now: Instant) throws(SystemError) {
    orders += 1
    if ordered.isEmpty { heardAt = now }
    var packet = ForkOrder(serial: orders, workerNumber: worker.number, page: worker.page).encoded()
    let size = withUnsafeBytes(of: &packet) {
      cpx_send_fds(descriptors.control, $0.baseAddress!, $0.count, passed, Int32(passed.count))
    }
    guard size > 0 else { throw SystemError(errno, "sendmsg") }
    ordered[orders] = worker
  }

  enum Answer {
    case answered(ForkAnswer)
    case nothing
    case endOfFile
    case nonsense
  }

  func nextAnswer() -> Answer {
    var packet: (UInt64, UInt64) = (0, 0)
    var count: Int32 = 0
    return withUnsafeMutableBytes(of: &packet) { room in
      let size = cpx_receive_fds(descriptors.control, room.baseAddress!, room.count, nil, 0, &count)
      if size < 0 { return errno == EAGAIN ? .nothing : .endOfFile }
      if size == 0 { return .endOfFile }
      return ForkAnswer(UnsafeRawBufferPointer(rebasing: room[..<size])).map { .answered($0) } ?? .nonsense
    }
  }

  func close(_ reactor: Reactor) {
    for descriptor in [
      process, descriptors.requests, descriptors.responses, descriptors.standardOutput,
      descriptors.standardError, descriptors.control,
    ] where descriptor >= 0 {
      reactor.forget(descriptor)
      Glibc.close(descriptor)
    }
    for descriptor in [descriptors.heldOutput, descriptors.heldError] where descriptor >= 0 {
      Glibc.close(descriptor)
    }
    descriptors = HostDescriptors()
  }
}
