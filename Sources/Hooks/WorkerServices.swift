package import CTaskHost

/// What a worker's extensions do for the plugin. Called inside `perform` or a hook of a session, on its thread.
package protocol WorkerServices: AnyObject {
  func emit(_ call: HookCall, _ item: UnsafeRawBufferPointer) -> th_status
  /// TH_OK and the item, which is lent until the next one.
  func next(_ call: HookCall, _ item: inout UnsafeRawBufferPointer) -> th_status
  /// What lies in a file of this process.
  func print(_ call: HookCall, _ stream: PrintStream, _ piece: FilePiece) -> th_status
  func identify(_ call: HookCall, _ handle: inout th_worker_handle) -> th_status
  /// The reply, or a message for people; lent until the next one.
  func call(
    _ call: HookCall, _ target: th_worker_handle, _ request: UnsafeRawBufferPointer,
    _ reply: inout UnsafeRawBufferPointer
  ) -> th_status
}

/// The tables that a host offers to a kind. They hold no state: whose call it is follows from the call.
enum ExtensionTables {
  /// Most are for workers only.
  static func table(_ id: UnsafePointer<CChar>, isWorker: Bool, isTraced: Bool) -> UnsafeRawPointer? {
    switch String(cString: id) {
    case TH_EXT_PRINT: UnsafeRawPointer(print)
    case TH_EXT_STREAM where isWorker: UnsafeRawPointer(stream)
    case TH_EXT_HOST_CALL where isWorker: UnsafeRawPointer(hostCall)
    case TH_EXT_TRIAL where !isWorker: UnsafeRawPointer(trial)
    case TH_EXT_TRACE where isTraced: UnsafeRawPointer(trace)
    default: nil
    }
  }

  nonisolated(unsafe) private static let print: UnsafePointer<th_print> = {
    var table = th_print()
    table.size = UInt32(MemoryLayout<th_print>.size)
    table.print = { call, stream, bytes in
      guard let call = HookCall.known(call) else { return TH_E_UNSUPPORTED }
      guard let stream = PrintStream(rawValue: stream) else { return TH_E_BAD_INPUT }
      return call.services.print(call, stream, bytes.raw)
    }
    table.print_file = { call, stream, file, offset, count in
      guard let call = HookCall.known(call) else { return TH_E_UNSUPPORTED }
      guard let stream = PrintStream(rawValue: stream),
        let piece = FilePiece(file, offset: offset, count: count)
      else { return TH_E_BAD_INPUT }
      if piece.count == 0 { return TH_OK }
      if let worker = call.worker { return worker.print(call, stream, piece) }
      return piece.read { call.services.print(call, stream, $0) }
    }
    return kept(table)
  }()

  // Never changed once made.
  nonisolated(unsafe) private static let stream: UnsafePointer<th_stream> = {
    var table = th_stream()
    table.size = UInt32(MemoryLayout<th_stream>.size)
    table.emit = { call, item in
      guard let call = HookCall.known(call), let worker = call.worker else { return TH_E_UNSUPPORTED }
      return worker.emit(call, item.raw)
    }
    table.next = { call, item in
      guard let call = HookCall.known(call), let worker = call.worker, let item else {
        return TH_E_UNSUPPORTED
      }
      var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      let status = worker.next(call, &bytes)
      item.pointee = th_bytes(bytes)
      return status
    }
    return kept(table)
  }()

  nonisolated(unsafe) private static let hostCall: UnsafePointer<th_host_call> = {
    var table = th_host_call()
    table.size = UInt32(MemoryLayout<th_host_call>.size)
    table.identify = { call, handle in
      guard let call = HookCall.known(call), let worker = call.worker, let handle else {
        return TH_E_UNSUPPORTED
      }
      return worker.identify(call, &handle.pointee)
    }
    table.call = { call, target, request, reply in
      guard let call = HookCall.known(call), let worker = call.worker, let reply else {
        return TH_E_UNSUPPORTED
      }
      var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      let status = worker.call(call, target?.pointee ?? th_worker_handle(), request.raw, &bytes)
      reply.pointee = th_bytes(bytes)
      return status
    }
    return kept(table)
  }()

  nonisolated(unsafe) private static let trace: UnsafePointer<th_trace> = {
    var table = th_trace()
    table.size = UInt32(MemoryLayout<th_trace>.size)
    table.begin = { call, name in HookCall.known(call)?.spans?.begin(name) }
    table.end = { call in HookCall.known(call)?.spans?.end() }
    return kept(table)
  }()

  nonisolated(unsafe) private static let trial: UnsafePointer<th_trial> = {
    var table = th_trial()
    table.size = UInt32(MemoryLayout<th_trial>.size)
    table.ended = { call, exitCode, signal in
      guard let call = HookCall.known(call) else { return }
      call.services.programEnded(call, exitCode: exitCode, signal: signal)
    }
    return kept(table)
  }()

  private static func kept<Table>(_ table: Table) -> UnsafePointer<Table> {
    let memory = UnsafeMutablePointer<Table>.allocate(capacity: 1)
    memory.initialize(to: table)
    return UnsafePointer(memory)
  }
}
