public import CTaskHost

/// Builds the table of hooks that a plugin exports, with one line:
///
///     @c(taskhost_plugin_v1) public func entry(_: HostPointer, _: CallPointer) -> KindPointer { Plugin.table(for: MyKind.self) }
public enum Plugin {
  /// The table of a kind. It stays valid while the process lives; a library holds one kind.
  public static func table<Kind: TaskKind>(for kind: Kind.Type) -> UnsafePointer<th_kind> {
    if let table { return UnsafePointer(table) }
    Plugin.kind = KindBox(kind)
    let description = Kind.description
    var c = th_kind()
    c.size = UInt32(MemoryLayout<th_kind>.size)
    c.abi_major = UInt16(TH_ABI_MAJOR)
    c.abi_minor = UInt16(TH_ABI_MINOR)
    c.flags = description.flags.rawValue
    c.id = description.id
    c.name = description.name
    c.version = description.version
    c.wire = description.wire
    if Kind.Queue.self != NoQueue.self { setQueueHooks(&c, Kind.Queue.self) }
    setWorkerHooks(&c, Kind.Worker.self)
    setExtensions(&c, queue: Kind.Queue.self, worker: Kind.Worker.self)
    if kind is any NamingKind.Type { setNamingHooks(&c) }
    let made = UnsafeMutablePointer<th_kind>.allocate(capacity: 1)
    made.initialize(to: c)
    table = made
    return UnsafePointer(made)
  }

  // The entry point is called once, before everything else, and each library has its own copy of these.
  nonisolated(unsafe) private static var table: UnsafeMutablePointer<th_kind>?
  nonisolated(unsafe) static var kind: KindBox!

  /// Runs a hook; what it throws becomes a code and a message.
  @inline(__always)
  static func status(
    _ call: UnsafeMutablePointer<th_call>?, _ body: (Call) throws -> th_status
  ) -> th_status {
    let call = Call(call!)
    do { return try body(call) } catch { return call.fail(error) }
  }
}

/// The host, as the entry function gets it.
public typealias HostPointer = UnsafePointer<th_host>?
/// The call of the entry function.
public typealias CallPointer = UnsafeMutablePointer<th_call>?
/// What the entry function returns.
public typealias KindPointer = UnsafePointer<th_kind>?

/// The kind without its type: functions that C calls can carry none.
final class KindBox {
  let makeQueue: (Host, Call) throws -> QueueBox
  let makeWorker: (Host, Call, Bytes) throws -> WorkerBox
  let naming: (any NamingKind.Type)?
  let lines: (any LineKind.Type)?

  init<Kind: TaskKind>(_ kind: Kind.Type) {
    makeQueue = { QueueBox(try Kind.makeQueue(host: $0, call: $1)) }
    makeWorker = { WorkerBox(try Kind.makeWorker(host: $0, call: $1, shared: $2)) }
    naming = kind as? any NamingKind.Type
    lines = kind as? any LineKind.Type
  }
}

/// A queue and what it can do, cast once.
final class QueueBox {
  let planning: (any PlanningQueue)?
  let requesting: (any RequestingQueue)?
  let matching: (any MatchingQueue)?
  let responding: (any RespondingQueue)?
  let gone: (any GoneQueue)?
  let marshalError: (any MarshalErrorQueue)?
  let feedback: (any FeedbackQueue)?
  let environment: (any EnvironmentQueue)?
  let summarizing: (any SummarizingQueue)?
  let answering: (any AnsweringQueue)?

  init(_ queue: any TaskQueue) {
    planning = queue as? any PlanningQueue
    requesting = queue as? any RequestingQueue
    matching = queue as? any MatchingQueue
    responding = queue as? any RespondingQueue
    gone = queue as? any GoneQueue
    marshalError = queue as? any MarshalErrorQueue
    feedback = queue as? any FeedbackQueue
    environment = queue as? any EnvironmentQueue
    summarizing = queue as? any SummarizingQueue
    answering = queue as? any AnsweringQueue
  }

  /// The box behind the pointer that the host keeps; the host holds the one reference to it.
  @inline(__always)
  static func of(_ pointer: OpaquePointer?) -> QueueBox {
    Unmanaged<QueueBox>.fromOpaque(UnsafeRawPointer(pointer!)).takeUnretainedValue()
  }
}

/// A worker and what it can do, cast once.
final class WorkerBox {
  let worker: any TaskWorker
  let forkAware: (any ForkAwareWorker)?
  let feedback: (any FeedbackWorker)?
  let sessions: (any SessionWorker)?

  init(_ worker: any TaskWorker) {
    self.worker = worker
    forkAware = worker as? any ForkAwareWorker
    feedback = worker as? any FeedbackWorker
    sessions = worker as? any SessionWorker
  }

  @inline(__always)
  static func of(_ pointer: OpaquePointer?) -> WorkerBox {
    Unmanaged<WorkerBox>.fromOpaque(UnsafeRawPointer(pointer!)).takeUnretainedValue()
  }
}

extension StaticString {
  /// Literals end with a NUL.
  var cString: UnsafePointer<CChar> {
    precondition(hasPointerRepresentation)
    return UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
  }
}
