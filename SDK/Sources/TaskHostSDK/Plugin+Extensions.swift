internal import CTaskHost

extension Plugin {
  /// The tables that the types of the kind ask for. They are never freed.
  static func setExtensions(_ c: inout th_kind, queue: any TaskQueue.Type, worker: any TaskWorker.Type) {
    if worker is any SessionWorker.Type { sessions = sessionHooks() }
    if queue is any AnsweringQueue.Type { service = serviceHooks() }
    if kind.lines != nil { lines = lineHooks() }
    guard sessions != nil || service != nil || lines != nil else { return }
    c.extension = { id in
      switch String(cString: id!) {
      case "taskhost.session/1": Plugin.sessions.map { UnsafeRawPointer($0) }
      case "taskhost.host_service/1": Plugin.service.map { UnsafeRawPointer($0) }
      case "taskhost.line/1": Plugin.lines.map { UnsafeRawPointer($0) }
      default: nil
      }
    }
  }

  // Set once, by the entry point.
  nonisolated(unsafe) private static var sessions: UnsafePointer<th_session_hooks>?
  nonisolated(unsafe) private static var service: UnsafePointer<th_host_service>?

  nonisolated(unsafe) private static var lines: UnsafePointer<th_task_line>?

  private static func lineHooks() -> UnsafePointer<th_task_line> {
    var hooks = th_task_line()
    hooks.size = UInt32(MemoryLayout<th_task_line>.size)
    hooks.line_of_task = { task, text in
      // No call is at hand to carry a message.
      do { try Plugin.kind.lines!.writeLine(ofTask: Bytes(task), to: Output(text!)) } catch {
        return (error as? KindError)?.code ?? -1
      }
      return 0
    }
    return kept(hooks)
  }

  private static func sessionHooks() -> UnsafePointer<th_session_hooks> {
    var hooks = th_session_hooks()
    hooks.size = UInt32(MemoryLayout<th_session_hooks>.size)
    hooks.session_open = { worker, call, request, result in
      Plugin.status(call) { call in
        let session = try WorkerBox.of(worker).sessions!.openSession(request: Bytes(request), call: call)
        result!.pointee = OpaquePointer(Unmanaged.passRetained(SessionBox(session)).toOpaque())
        return 0
      }
    }
    hooks.session_perform = { _, session, call, request, response in
      Plugin.status(call) { call in
        try SessionBox.of(session).session.perform(
          request: Bytes(request), call: call, response: Output(response!))
        return 0
      }
    }
    hooks.session_close = { _, session, call, last in
      defer { Unmanaged<SessionBox>.fromOpaque(UnsafeRawPointer(session!)).release() }
      return Plugin.status(call) { call in
        try SessionBox.of(session).session.close(call: call, last: Output(last!))
        return 0
      }
    }
    return kept(hooks)
  }

  private static func serviceHooks() -> UnsafePointer<th_host_service> {
    var hooks = th_host_service()
    hooks.size = UInt32(MemoryLayout<th_host_service>.size)
    hooks.on_call = { queue, call, worker, caller, request, reply in
      Plugin.status(call) { call in
        let address = WorkerAddress(id: caller!.pointee.id, epoch: caller!.pointee.epoch)
        let isAnswered = try QueueBox.of(queue).answering!.answer(
          Bytes(request), from: WorkerStatus(worker!), at: address, call: call, reply: Output(reply!))
        return isAnswered ? 0 : 1
      }
    }
    return kept(hooks)
  }

  private static func kept<Table>(_ table: Table) -> UnsafePointer<Table> {
    let memory = UnsafeMutablePointer<Table>.allocate(capacity: 1)
    memory.initialize(to: table)
    return UnsafePointer(memory)
  }
}

/// A session behind the pointer that the host keeps.
private final class SessionBox {
  let session: any WorkerSession

  init(_ session: any WorkerSession) { self.session = session }

  static func of(_ pointer: OpaquePointer?) -> SessionBox {
    Unmanaged<SessionBox>.fromOpaque(UnsafeRawPointer(pointer!)).takeUnretainedValue()
  }
}
