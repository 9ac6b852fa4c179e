internal import CTaskHost
internal import Hooks
internal import Wire

/// What the request at hand exchanges with its host beyond its response: items, input, calls. It is what the tables of the
/// extensions `stream` and `host_call` come to.
///
/// While it waits it reads what comes for this worker, and keeps what is for later.
final class Exchange {
  let outlet: any WorkerOutlet
  let frames: any HostFrames
  private let limit: Int
  var cancel: CancelPage
  /// Of this worker.
  var handle: th_worker_handle
  /// 0 = none is being performed.
  @exclusivity(unchecked) private(set) var request: UInt64 = 0
  /// Something is to be tidied up after this request.
  @exclusivity(unchecked) private var isUsed = false

  // What was said about the request that comes next.
  private var announced: StreamMessage?

  private var takesItems = false
  private var credit = Credit()

  private var hasInput = false
  private var hasAskedForInput = false
  private var isInputOver = false
  private var input: [[UInt8]] = []
  private var inputTaken = 0
  /// The item that is lent; and what has been used up of the credit for input since the host was told.
  private let lentItem = LentBytes()
  private var spentInput = 0

  /// It could open a file of this worker, as far as is known.
  private var hostTakesFiles = true
  private var lastCall: UInt64 = 0
  private var reply: th_status?
  private let lentReply = LentBytes()

  init(
    outlet: any WorkerOutlet, frames: any HostFrames, limit: Int, cancel: CancelPage, handle: th_worker_handle
  ) {
    self.outlet = outlet
    self.frames = frames
    self.limit = limit
    self.cancel = cancel
    self.handle = handle
  }

  // MARK: The life of a request

  func announce(_ message: StreamMessage) { announced = message }

  @inline(__always)
  func begin(_ id: UInt64) {
    request = id
    if announced != nil { beginStreams() }
  }

  @inline(__always)
  func end() {
    request = 0
    if isUsed { tidyUp() }
  }

  private func beginStreams() {
    guard let announced else { return }
    self.announced = nil
    isUsed = true
    takesItems = announced.credit > 0
    credit = Credit(Int(clamping: announced.credit))
    hasInput = announced.hasInput
  }

  private func tidyUp() {
    isUsed = false
    takesItems = false
    hasInput = false
    hasAskedForInput = false
    isInputOver = false
    input = []
    inputTaken = 0
    spentInput = 0
    lentItem.clear()
    lentReply.clear()
    reply = nil
    frames.release()
  }

  /// The request that was announced will not be performed.
  func forget() { announced = nil }

  // MARK: Waiting

  private var isCancelled: Bool { cancel.isCancelled(request) }

  /// Waits until the condition holds. Else what the service returns.
  private func wait(until isMet: () -> Bool) -> th_status {
    while !isMet() {
      if isCancelled { return TH_E_CANCELLED }
      isUsed = true
      do throws(WireError) {
        if let frame = try frames.awaitFrame() { try take(frame) }
      } catch {
        frames.giveUp(error)
        return TH_E_INTERNAL
      }
    }
    return isCancelled ? TH_E_CANCELLED : TH_OK
  }

  private func take(_ frame: Frame) throws(WireError) {
    switch frame.type {
    case .request, .hostFeedback, .deadline, .session, .stream, .requestInLane, .lanes, .lanesEnd:
      try frames.hold(frame)
    // Its word is in the page.
    case .cancel: break
    case .reply: try takeReply(frame)
    case .credit, .input, .inputEnd:
      // What comes late for an earlier one is for nobody.
      if frame.id == request { try takeStream(frame) }
      if frame.id > request {
        throw .badFrame(
          found: "a \(frame.type) frame for request \(frame.id)", expected: "one for \(request)", offset: 0)
      }
    default: throw .badFrame(found: "a \(frame.type) frame", expected: "a frame of a host", offset: 0)
    }
  }

  private func takeStream(_ frame: Frame) throws(WireError) {
    switch frame.type {
    case .credit:
      guard credit.grant(try CreditMessage(frame.payload, of: .credit).bytes) else {
        throw .badPayload(of: .credit, "more than can ever be used")
      }
    case .input: input.append(Array(frame.payload))
    default: isInputOver = true
    }
  }

  private func takeReply(_ frame: Frame) throws(WireError) {
    guard frame.id <= lastCall else {
      throw .badFrame(found: "a reply to call \(frame.id)", expected: "one to \(lastCall)", offset: 0)
    }
    let (status, bytes) = try ReplyMessage.read(frame.payload)
    // To one that was given up.
    guard frame.id == lastCall, request != 0 else { return }
    lentReply.set(bytes)
    reply = status
  }

  private func send(_ type: FrameType, id: UInt64, _ bytes: UnsafeRawBufferPointer) {
    outlet.sendNow(type, id: id, bytes)
  }

  private func sendInputCredit(_ bytes: Int) {
    CreditMessage(bytes: UInt64(bytes)).encoded().withUnsafeBytes { send(.inputCredit, id: request, $0) }
  }
}

extension Exchange: WorkerServices {
  private static let largestPrint = 128 << 10
  /// What is less goes as it is.
  private static let leastOfAFile = 16 << 10

  /// Cut into pieces, so that neither side needs room for all of it.
  func print(_ type: FrameType, _ bytes: UnsafeRawBufferPointer) -> th_status {
    guard request != 0 else { return TH_E_UNSUPPORTED }
    var rest = bytes[...]
    while !rest.isEmpty {
      if isCancelled { return TH_E_CANCELLED }
      let piece = rest.prefix(Self.largestPrint)
      send(type, id: request, UnsafeRawBufferPointer(rebasing: piece))
      rest = rest.dropFirst(piece.count)
      do throws(WireError) {
        try frames.passOn()
      } catch {
        frames.giveUp(error)
        return TH_E_INTERNAL
      }
    }
    return isCancelled ? TH_E_CANCELLED : TH_OK
  }

  /// The host opens the file, too, which is all that goes between both. One that can not gets the bytes.
  func print(_ call: HookCall, _ stream: PrintStream, _ piece: FilePiece) -> th_status {
    guard request != 0 else { return TH_E_UNSUPPORTED }
    if hostTakesFiles, piece.count >= Self.leastOfAFile {
      if isCancelled { return TH_E_CANCELLED }
      isUsed = true
      lastCall += 1
      reply = nil
      let message = PrintedFileMessage(
        request: request, stream: UInt64(stream.rawValue), descriptor: piece.descriptor, device: piece.device,
        inode: piece.inode, offset: piece.offset, count: piece.count)
      message.encoded().withUnsafeBytes { send(.printedFile, id: lastCall, $0) }
      let status = wait { reply != nil }
      guard let reply else { return status }
      if reply == TH_OK || reply == TH_E_CANCELLED { return reply }
      // For the moment, or for good.
      hostTakesFiles = reply == TH_E_RETRY
    }
    return piece.read { print(stream == .output ? .printedOutput : .printedError, $0) }
  }

  func emit(_ call: HookCall, _ item: UnsafeRawBufferPointer) -> th_status {
    guard request != 0, takesItems else { return TH_E_UNSUPPORTED }
    guard item.count <= limit else { return TH_E_LIMIT }
    let status = wait { !credit.isSpent }
    guard status == TH_OK else { return status }
    credit.spend(item.count)
    send(.item, id: request, item)
    do throws(WireError) {
      try frames.passOn()
      return TH_OK
    } catch {
      frames.giveUp(error)
      return TH_E_INTERNAL
    }
  }

  func next(_ call: HookCall, _ item: inout UnsafeRawBufferPointer) -> th_status {
    guard request != 0 else { return TH_E_UNSUPPORTED }
    guard hasInput else { return TH_NONE }
    if !hasAskedForInput {
      hasAskedForInput = true
      sendInputCredit(Credit.window)
    } else if spentInput >= Credit.window / 2 {
      sendInputCredit(spentInput)
      spentInput = 0
    }
    let status = wait { inputTaken < input.count || isInputOver }
    guard status == TH_OK else { return status }
    guard inputTaken < input.count else { return TH_NONE }
    input[inputTaken].withUnsafeBytes { lentItem.set($0) }
    spentInput += Credit.cost(input[inputTaken].count)
    inputTaken += 1
    if inputTaken == input.count {
      input.removeAll(keepingCapacity: true)
      inputTaken = 0
    }
    item = lentItem.bytes
    return TH_OK
  }

  func identify(_ call: HookCall, _ handle: inout th_worker_handle) -> th_status {
    handle = self.handle
    return TH_OK
  }

  func call(
    _ call: HookCall, _ target: th_worker_handle, _ bytes: UnsafeRawBufferPointer,
    _ answer: inout UnsafeRawBufferPointer
  ) -> th_status {
    guard request != 0 else { return TH_E_UNSUPPORTED }
    isUsed = true
    let most = min(limit, Frame.limit(payloads: limit) - CallMessage.headerSize)
    guard bytes.count <= most else {
      lentReply.set("a call of \(bytes.count) bytes, a frame holds \(most)")
      answer = lentReply.bytes
      return TH_E_LIMIT
    }
    if isCancelled { return TH_E_CANCELLED }
    lastCall += 1
    reply = nil
    let message = CallMessage(request: request, target: target.id, epoch: target.epoch).encoded(bytes)
    message.withUnsafeBytes { send(.call, id: lastCall, $0) }
    let status = wait { reply != nil }
    guard let reply else { return status }
    answer = lentReply.bytes
    return reply
  }
}

/// Bytes that a plugin is lent: at a multiple of 8, valid until they are set again.
private final class LentBytes {
  private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 8)
  private var count = 0

  deinit { memory.deallocate() }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

  func set(_ bytes: UnsafeRawBufferPointer) {
    if bytes.count > memory.count { resize(bytes.count) }
    memory.copyMemory(from: bytes)
    count = bytes.count
  }

  func set(_ text: String) {
    var text = text
    text.withUTF8 { set(UnsafeRawBufferPointer($0)) }
  }

  /// A large block is given back.
  func clear() {
    count = 0
    if memory.count > 1 << 20 { resize(256) }
  }

  private func resize(_ size: Int) {
    memory.deallocate()
    memory = .allocate(byteCount: size, alignment: 8)
  }
}
