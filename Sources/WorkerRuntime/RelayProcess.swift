internal import CPosix
internal import Glibc
internal import Wire

/// `taskhost worker relay`: stands where a launcher has put it, with nothing but its three standard streams, and has a worker as
/// a host has one: with pages, signals and an exit status. All that a host would do near the worker is done here at its word.
///
/// It is one loop without plugin code, so a cancel reaches the page of the worker also while that computes.
final class RelayProcess {
  private static let second: UInt64 = 1_000_000_000
  /// What may wait for the worker before nothing more is read for it, and for the host.
  private static let limit = 64 << 20

  private let input: Int32
  private let output: Int32
  private let fromHost = ReceiveBuffer(limit: Frame.largestStart)
  private let toHost = SendBuffer()
  private let toWorker = SendBuffer()
  private let fromWorker = ReceiveBuffer(limit: Frame.largestStart)
  private var worker: RelayedWorker?
  /// The host has closed the connection, or is gone.
  private var isAlone = false
  private var deadline = UInt64.max
  private var told = RelayedClaims(
    performing: 0, elapsedNanoseconds: 0, done: 0, total: 0, isInitialising: false)
  private var isPaused = false
  /// What it is killed for.
  private var fault: (word: String, message: String)?
  /// Its last frame is not whole. How it ended says whether it was killed at that or has written no more.
  private var cutOff: WireError?
  /// Requests that the worker has been sent, and those that it has answered.
  private var lastSent: UInt64 = 0
  private var lastAnswered: UInt64 = 0

  init() throws(SystemError) {
    input = try WorkerDescriptors.take(0)
    output = try WorkerDescriptors.take(1)
    // Whatever is printed goes where it can be seen, and never between the frames.
    guard open("/dev/null", O_RDONLY) == 0, dup2(2, 1) == 1 else { throw SystemError(errno, "dup2") }
    WorkerMain.ignoreSignals()
  }

  func run() throws(SystemError) -> Never {
    while true {
      let ready = try wait()
      if ready.input { readHost() }
      if ready.answers { readWorker() }
      if let worker, worker.takes, !toWorker.isEmpty { writeWorker(worker) }
      if ready.output { try toHost.flushSome(to: output, atMost: Int(PIPE_BUF)) }
      if ready.death, let worker { try finish(worker) }
      if let worker { look(at: worker) }
    }
  }

  // MARK: Waiting

  private struct Ready {
    var input = false
    var output = false
    var answers = false
    var death = false
  }

  private func wait() throws(SystemError) -> Ready {
    let isFull = toWorker.count > Self.limit
    var polls = [
      pollfd(fd: isAlone || isFull ? -1 : input, events: Int16(POLLIN), revents: 0),
      pollfd(fd: toHost.isEmpty ? -1 : output, events: Int16(POLLOUT), revents: 0),
      pollfd(
        fd: toHost.count > Self.limit ? -1 : worker?.responses ?? -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: worker?.process ?? -1, events: Int16(POLLIN), revents: 0),
      pollfd(
        fd: toWorker.isEmpty ? -1 : worker?.requests ?? -1, events: Int16(POLLOUT), revents: 0),
    ]
    // What it claims, and whether it is stopped, is looked at now and then while it has something to do.
    let isBusy = lastSent > lastAnswered || deadline != .max
    let count = poll(&polls, nfds_t(polls.count), isBusy ? 100 : -1)
    if count < 0, errno != EINTR { throw SystemError(errno, "poll") }
    guard count > 0 else { return Ready() }
    return Ready(
      input: polls[0].revents != 0, output: polls[1].revents != 0, answers: polls[2].revents != 0,
      death: polls[3].revents != 0)
  }

  // MARK: From the host

  private func readHost() {
    do {
      switch try fromHost.fill(from: input) {
      case .wouldBlock: return
      case .endOfFile: beAlone()
      case .bytes: while let frame = try fromHost.next() { try obey(frame) }
      }
    } catch let error as WireError {
      complain("the host's bytes are not the protocol: \(error.message)", WorkerExit.protocolFault)
    } catch let error as SystemError {
      complain(error.message, WorkerExit.misuse)
    } catch {
      beAlone()
    }
  }

  private func obey(_ frame: Frame) throws {
    switch frame.type {
    case .environment:
      guard worker == nil else {
        throw WireError.badFrame(found: "a second environment", expected: "a request", offset: 0)
      }
      worker = try RelayedWorker(environment: RelayedEnvironment(frame.payload).items)
    case .cancel:
      worker?.cancel.cancel(frame.id)
      // One that waits has to be woken to see it.
      if worker != nil { toWorker.append(.cancel, id: frame.id, payload: frame.payload) }
    case .signal: pass(Int32(truncatingIfNeeded: frame.id))
    case .deadline: try passDeadline(frame)
    default:
      guard worker != nil else {
        throw WireError.badFrame(found: "a \(frame.type) frame", expected: "environment", offset: 0)
      }
      if frame.type == .config {
        let limit = Frame.limit(payloads: Int(clamping: try WorkerConfig(frame.payload).maxFrame))
        fromWorker.limit = limit
        fromHost.limit = max(Frame.largestStart, limit)
      }
      if frame.type == .request { lastSent = frame.id }
      toWorker.append(frame.type, id: frame.id, payload: frame.payload)
    }
  }

  private func pass(_ number: Int32) {
    // A pause of the run: the worker stands still at its word.
    if number == SIGSTOP { isPaused = true }
    if number == SIGCONT { isPaused = false }
    worker?.signal(number)
  }

  /// From a length to a time of this machine.
  private func passDeadline(_ frame: Frame) throws(WireError) {
    guard frame.payload.count == 8 else {
      throw .badPayload(of: .deadline, "\(frame.payload.count) bytes, expected 8")
    }
    let length = frame.payload.loadUnaligned(as: UInt64.self)
    var deadline = length == 0 ? 0 : cpx_now().addingReportingOverflow(length).partialValue
    withUnsafeBytes(of: &deadline) { toWorker.append(.deadline, id: frame.id, payload: $0) }
  }

  /// What the worker is at is wanted no more; one that has nothing to do ends in order.
  private func beAlone() {
    isAlone = true
    guard let worker else { _exit(WorkerExit.hostGone) }
    let isBusy = lastSent > lastAnswered
    if isBusy { for request in (lastAnswered + 1)...lastSent { worker.cancel.cancel(request) } }
    worker.closeRequests()
    deadline = cpx_now() + (isBusy ? 2 : 30) * Self.second
  }

  // MARK: From the worker

  private func readWorker() {
    guard let worker, worker.responses >= 0 else { return }
    do {
      switch try fromWorker.fill(from: worker.responses) {
      case .wouldBlock: return
      case .endOfFile:
        worker.closeResponses()
        deadline = min(deadline, cpx_now() + Self.second / 2)
        do throws(WireError) { try fromWorker.checkEnd() } catch { cutOff = error }
      case .bytes: try passOn()
      }
    } catch let error as WireError {
      fault = fault ?? (error.word, error.message)
      worker.closeResponses()
      worker.signal(SIGKILL)
    } catch {
      worker.closeResponses()
    }
  }

  private func passOn() throws(WireError) {
    while let frame = try fromWorker.next() {
      if frame.type == .response || frame.type == .failure { lastAnswered = max(lastAnswered, frame.id) }
      toHost.append(frame.type, id: frame.id, payload: frame.payload)
    }
  }

  private func writeWorker(_ worker: RelayedWorker) {
    do {
      _ = try toWorker.flush(to: worker.requests)
    } catch {
      // It is dying: its end will say so.
      worker.closeRequests()
    }
  }

  private func look(at worker: RelayedWorker) {
    if worker.isStopped, !isPaused {
      fault = fault ?? ("stopped", "it was stopped")
      worker.signal(SIGKILL)
    }
    if cpx_now() >= deadline {
      deadline = .max
      if worker.responses < 0, !isAlone {
        fault =
          fault ?? cutOff.map { ($0.word, $0.message) }
          ?? ("eof", "it closed its end of the pipe and lives on")
      }
      worker.signal(SIGKILL)
    }
    let claims = worker.currentClaims
    guard
      claims.performing != told.performing || claims.done != told.done
        || claims.isInitialising != told.isInitialising
    else { return }
    told = claims
    claims.encoded().withUnsafeBytes { toHost.append(.claims, id: 0, payload: $0) }
  }

  // MARK: The end

  private func finish(_ worker: RelayedWorker) throws(SystemError) -> Never {
    worker.signal(SIGKILL)
    // More reads than a full pipe takes: one that has left the group may hold the pipe and write for ever.
    for _ in 0..<256 where worker.hasAnswers { readWorker() }
    var end = try worker.reap()
    if let cutOff, end.signal < 0 { fault = fault ?? (cutOff.word, cutOff.message) }
    if let fault { (end.fault, end.message) = fault }
    end.encoded().withUnsafeBytes { toHost.append(.relayedEnd, id: 0, payload: $0) }
    do throws(SystemError) {
      _ = try toHost.flush(to: output)
    } catch {
      _exit(WorkerExit.hostGone)
    }
    _exit(WorkerExit.inOrder)
  }

  private func complain(_ text: String, _ code: Int32) -> Never {
    worker?.signal(SIGKILL)
    var bytes = Array("error: the relay of a worker gives up: \(text)\n".utf8)
    // The exit status says it too.
    _ = write(2, &bytes, bytes.count)
    _exit(code)
  }
}
