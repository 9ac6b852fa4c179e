internal import CPosix
internal import Glibc
internal import Scheduling
internal import Wire

/// Which descriptor of which worker has something to say.
struct Source: Equatable {
  enum Kind: UInt8 {
    case requests, responses, standardOutput, standardError, process, control, input
    /// Of no worker.
    case keyboard, jobserver, host
  }

  var worker: WorkerID
  var kind: Kind

  init(_ worker: WorkerID, _ kind: Kind) {
    self.worker = worker
    self.kind = kind
  }

  /// Of the source of tasks.
  static let input = Source(WorkerID(slot: 0x0FFF_FFFF, generation: 1), .input)
  static let jobserver = Source(WorkerID(slot: 0, generation: 0), .jobserver)
  /// The process of the host above this one.
  static let host = Source(WorkerID(slot: 0, generation: 0), .host)
  static let keyboard = Source(WorkerID(slot: 0, generation: 0), .keyboard)

  fileprivate var token: UInt64 {
    UInt64(worker.generation) << 32 | UInt64(worker.slot) << 4 | UInt64(kind.rawValue)
  }

  @inline(__always)
  fileprivate static func isOutput(_ token: UInt64) -> Bool {
    token & 15 == Kind.standardOutput.rawValue || token & 15 == Kind.standardError.rawValue
  }

  fileprivate init?(token: UInt64) {
    guard let kind = Kind(rawValue: UInt8(token & 15)) else { return nil }
    self.kind = kind
    worker = WorkerID(
      slot: UInt32(truncatingIfNeeded: token & 0xFFFF_FFFF) >> 4,
      generation: UInt32(truncatingIfNeeded: token >> 32))
  }
}

/// epoll, and an event counter by which signal handlers and other threads wake it.
final class Reactor {
  private static let wakeToken = UInt64.max
  private static let sharedToken = UInt64.max - 1
  private static let batch = 128

  private let epoll: Int32
  let wakeDescriptor: Int32
  private let events: UnsafeMutablePointer<cpx_ready>
  /// Below the first number that descriptors may have: while these are taken, none has to be moved.
  private let placeholders: [Int32]

  init(fillsLowNumbers: Bool) throws(SystemError) {
    epoll = cpx_epoll()
    guard epoll >= 0 else { throw SystemError(errno, "epoll_create1") }
    wakeDescriptor = cpx_eventfd()
    guard wakeDescriptor >= 0 else {
      let number = errno
      close(epoll)
      throw SystemError(number, "eventfd")
    }
    events = .allocate(capacity: Self.batch)
    placeholders = fillsLowNumbers ? Self.fillLowNumbers() : []
    try add(wakeDescriptor, Self.wakeToken, forWriting: false)
  }

  deinit {
    close(epoll)
    close(wakeDescriptor)
    for descriptor in placeholders { close(descriptor) }
    events.deallocate()
  }

  private static func fillLowNumbers() -> [Int32] {
    var taken: [Int32] = []
    while true {
      let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
      // Without them all is as right, and a little slower.
      guard descriptor >= 0 else { return taken }
      if descriptor >= CPX_FIRST_FD {
        close(descriptor)
        return taken
      }
      taken.append(descriptor)
    }
  }

  func watch(_ descriptor: Int32, _ source: Source, forWriting: Bool = false) throws(SystemError) {
    try add(descriptor, source.token, forWriting: forWriting)
  }

  /// An event counter of several reactors, each of which is woken when it is rung.
  func share(_ counter: Int32) throws(SystemError) {
    guard cpx_epoll_add_shared(epoll, counter, Self.sharedToken) == 0 else {
      throw SystemError(errno, "epoll_ctl")
    }
  }

  /// To be called before the descriptor is closed: another process may hold the same description open.
  func forget(_ descriptor: Int32) {
    cpx_epoll_remove(epoll, descriptor)
  }

  /// Waits until something happens or `deadline` (ns, monotonic) has come; `woken` says whether a counter was rung.
  func wait(until deadline: UInt64, _ body: (Source) -> Void) throws(SystemError) -> Bool {
    var count: Int32
    // A signal: what it means has been written to the counter. The clock of the watchdog means nothing to a host that sleeps.
    repeat {
      count = cpx_epoll_wait(epoll, events, Int32(Self.batch), timeout(deadline))
    } while count < 0 && errno == EINTR
    guard count >= 0 else { throw SystemError(errno, "epoll_wait") }
    var woken = false
    // What a worker has printed comes before what it has answered after that: it belongs to the trial that ends.
    for index in 0..<Int(count) where Source.isOutput(events[index].token) {
      if let source = Source(token: events[index].token) { body(source) }
    }
    for index in 0..<Int(count) where !Source.isOutput(events[index].token) {
      let token = events[index].token
      if token == Self.wakeToken {
        var value: UInt64 = 0
        // Nothing to read is as good: another reader has seen it.
        _ = read(wakeDescriptor, &value, 8)
        woken = true
      } else if token == Self.sharedToken {
        woken = true
      } else if let source = Source(token: token) {
        body(source)
      }
    }
    return woken
  }

  private func timeout(_ deadline: UInt64) -> Int32 {
    guard deadline != .max else { return -1 }
    let now = cpx_now()
    guard deadline > now else { return 0 }
    return Int32(clamping: (deadline - now + 999_999) / 1_000_000)
  }

  private func add(_ descriptor: Int32, _ token: UInt64, forWriting: Bool) throws(SystemError) {
    guard cpx_epoll_add(epoll, descriptor, forWriting, token) == 0 else {
      throw SystemError(errno, "epoll_ctl")
    }
  }
}
