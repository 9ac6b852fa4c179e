internal import CTaskHost

// The services of the extensions, for workers.

/// Items ahead of the response, and items that come behind the request: `taskhost.stream/1`.
public struct Streams: @unchecked Sendable {
  let raw: UnsafePointer<th_stream>

  /// For `makeWorker`: throws when the host does not have them, and says so by name.
  public init(_ host: Host) throws(KindError) {
    raw = try host.table("taskhost.stream/1", th_stream.self)
  }

  /// Sends one item to whoever made this request. Waits while too many are under way; throws `KindError.cancelled` when the call
  /// should give up, and one with the code -2 when nobody takes items.
  public func emit(_ item: UnsafeRawBufferPointer, _ call: Call) throws(KindError) {
    let bytes = th_bytes(ptr: item.baseAddress?.assumingMemoryBound(to: UInt8.self), len: item.count)
    try Self.check(raw.pointee.emit(call.raw, bytes))
  }

  /// Sends one item.
  public func emit(_ item: Bytes, _ call: Call) throws(KindError) { try emit(item.buffer, call) }

  /// Sends a text as one item.
  public func emit(_ item: String, _ call: Call) throws(KindError) {
    let status = Bytes.lending(item) { raw.pointee.emit(call.raw, $0) }
    try Self.check(status)
  }

  /// Waits for the next item of the input. It is lent until the next one is asked for; nil at the end.
  public func next(_ call: Call) throws(KindError) -> Bytes? {
    var item = th_bytes()
    let status = raw.pointee.next(call.raw, &item)
    if status == endOfInput { return nil }
    try Self.check(status)
    return Bytes(item)
  }

  private static func check(_ status: th_status) throws(KindError) {
    switch status {
    case 0: return
    case KindError.cancelled.code: throw .cancelled
    case -2: throw .unsupported("nobody takes items of this request")
    case -5: throw .limit("the item is larger than a frame")
    default: throw KindError(code: status, message: "the stream is broken")
    }
  }
}

/// TH_NONE; the macro is a cast and is not imported.
private let endOfInput: th_status = 1

/// What tasks print for the user, on both sides: `taskhost.print/1`.
public struct Prints: @unchecked Sendable {
  let raw: UnsafePointer<th_print>
  /// Whether the host takes what is printed out of a file.
  public let takesFiles: Bool

  /// Where it comes out.
  public enum Stream: UInt32, Sendable {
    /// The standard output of the run.
    case output = 1
    /// Its standard error.
    case error = 2
  }

  /// For `makeWorker` and `makeQueue`: throws when the host does not have it, and says so by name.
  public init(_ host: Host) throws(KindError) {
    // A host that is older than `print_file` will do.
    raw = try host.table(
      "taskhost.print/1", th_print.self, size: MemoryLayout<th_print>.offset(of: \.print_file))
    takesFiles = raw.pointee.size >= MemoryLayout<th_print>.size && raw.pointee.print_file != nil
  }

  /// Prints bytes of any number, which come out when the task has ended. Throws `KindError.cancelled` when the call should give up.
  public func print(
    _ bytes: UnsafeRawBufferPointer, to stream: Stream = .output, _ call: Call
  ) throws(KindError) {
    try check(
      raw.pointee.print(
        call.raw, stream.rawValue,
        th_bytes(ptr: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), len: bytes.count)))
  }

  /// Prints a text.
  public func print(_ text: String, to stream: Stream = .output, _ call: Call) throws(KindError) {
    try check(Bytes.lending(text) { raw.pointee.print(call.raw, stream.rawValue, $0) })
  }

  /// Prints bytes of a regular file that is open here. From now on nobody may change them; the descriptor stays the caller's, who
  /// may close it. Only where `takesFiles`.
  public func print(
    file: Int32, _ range: Range<UInt64>, to stream: Stream = .output, _ call: Call
  ) throws(KindError) {
    guard takesFiles, let print = raw.pointee.print_file else {
      throw .unsupported("this host takes no files of what is printed")
    }
    try check(
      print(call.raw, stream.rawValue, file, range.lowerBound, range.upperBound - range.lowerBound))
  }

  private func check(_ status: th_status) throws(KindError) {
    switch status {
    case 0: return
    case KindError.cancelled.code: throw .cancelled
    case -2: throw .unsupported("no task is at hand that could print")
    default: throw KindError(code: status, message: "what was printed could not be kept")
    }
  }
}

/// How what a task has run has ended, for logs of jobs: `taskhost.trial/1`, in the host.
public struct ProgramEnds: @unchecked Sendable {
  private let raw: UnsafePointer<th_trial>?

  /// For `makeQueue`. A host that does not have it is told nothing.
  public init(_ host: Host) {
    guard let table = host.services("taskhost.trial/1"),
      table.load(as: UInt32.self) >= MemoryLayout<th_trial>.size
    else {
      raw = nil
      return
    }
    raw = table.assumingMemoryBound(to: th_trial.self)
  }

  /// In the hooks that settle a task: with this exit code, or by this signal; 0 = by none. The outcome does not follow from it.
  public func tell(exitCode: Int32, signal: Int32 = 0, _ call: Call) {
    raw?.pointee.ended(call.raw, exitCode, signal)
  }
}

/// A worker, as others call it. It may be sent to them in any request.
public struct WorkerAddress: Hashable, Sendable {
  /// The number of the worker; 0 for the host.
  public var id: UInt64
  /// Of the pool to which it belongs.
  public var epoch: UInt64

  /// An address that was received.
  public init(id: UInt64, epoch: UInt64) {
    self.id = id
    self.epoch = epoch
  }
}

/// Calls to the host, and to other workers: `taskhost.host_call/1`.
public struct HostCalls: @unchecked Sendable {
  let raw: UnsafePointer<th_host_call>

  /// For `makeWorker`: throws when the host does not have them, and says so by name.
  public init(_ host: Host) throws(KindError) {
    raw = try host.table("taskhost.host_call/1", th_host_call.self)
  }

  /// The address of this worker.
  public func address(_ call: Call) throws(KindError) -> WorkerAddress {
    var handle = th_worker_handle()
    let status = raw.pointee.identify(call.raw, &handle)
    guard status == 0 else { throw KindError(code: status, message: "this worker has no address") }
    return WorkerAddress(id: handle.id, epoch: handle.epoch)
  }

  /// Asks the host side of the kind, or the program around the host, and waits. The reply is lent until the next call.
  public func ask(_ request: Bytes, _ call: Call) throws(KindError) -> Bytes {
    try send(request.raw, nil, call)
  }

  /// Asks with a text.
  public func ask(_ request: String, _ call: Call) throws(KindError) -> Bytes {
    try Bytes.lending(request) { (bytes) throws(KindError) in try send(bytes, nil, call) }
  }

  /// Lets another worker perform a request, and waits. The reply is lent until the next call.
  public func ask(_ request: Bytes, of worker: WorkerAddress, _ call: Call) throws(KindError) -> Bytes {
    try send(request.raw, worker, call)
  }

  /// The same with a text.
  public func ask(_ request: String, of worker: WorkerAddress, _ call: Call) throws(KindError) -> Bytes {
    try Bytes.lending(request) { (bytes) throws(KindError) in try send(bytes, worker, call) }
  }

  private func send(_ request: th_bytes, _ worker: WorkerAddress?, _ call: Call) throws(KindError) -> Bytes {
    var target = th_worker_handle(id: worker?.id ?? 0, epoch: worker?.epoch ?? 0)
    var reply = th_bytes()
    let status = raw.pointee.call(call.raw, &target, request, &reply)
    guard status == 0 else { throw KindError(code: status, message: Bytes(reply).text) }
    return Bytes(reply)
  }
}

extension Host {
  /// A table of services that the caller can not do without.
  func table<Table>(
    _ id: StaticString, _ type: Table.Type, size: Int? = nil
  ) throws(KindError) -> UnsafePointer<Table> {
    let size = size ?? MemoryLayout<Table>.size
    guard let table = services(id), table.load(as: UInt32.self) >= size else {
      throw .unsupported("this host has no extension \(id)")
    }
    return table.assumingMemoryBound(to: type)
  }
}

/// A worker whose callers may have a state of their own in it: `taskhost.session/1`.
public protocol SessionWorker: TaskWorker {
  /// Begins a session.
  func openSession(request: Bytes, call: Call) throws -> any WorkerSession
}

/// What one caller has in a worker.
public protocol WorkerSession: AnyObject {
  /// One request of it.
  func perform(request: Bytes, call: Call, response: Output) throws
  /// Its end, with a last output.
  func close(call: Call, last: Output) throws
}

extension WorkerSession {
  /// Nothing is left to say.
  public func close(call: Call, last: Output) throws {}
}

/// A queue that answers calls of workers: `taskhost.host_service/1`.
public protocol AnsweringQueue: TaskQueue {
  /// Must be quick. False: the call is for the program around the host.
  func answer(
    _ request: Bytes, from worker: WorkerStatus, at address: WorkerAddress, call: Call, reply: Output
  ) throws -> Bool
}
