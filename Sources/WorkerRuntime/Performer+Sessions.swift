internal import CTaskHost
internal import Hooks
internal import PluginLoading
internal import Wire

/// The sessions that are open in a worker, with the plugin's state of each.
struct OpenSessions {
  private var states: [UInt64: OpaquePointer?] = [:]

  subscript(number: UInt64) -> OpaquePointer?? { states[number] }
  mutating func add(_ number: UInt64, _ state: OpaquePointer?) { states[number] = .some(state) }
  mutating func remove(_ number: UInt64) -> OpaquePointer?? { states.removeValue(forKey: number) }

  /// In the order in which they were opened.
  mutating func removeAll() -> [OpaquePointer?] {
    defer { states = [:] }
    return states.sorted { $0.key < $1.key }.map(\.value)
  }
}

// Requests that belong to a session.
extension Performer {
  /// What the next request does.
  func announce(session frame: Frame) throws(WireError) {
    pendingSession = try SessionMessage(frame.payload)
  }

  func announce(stream frame: Frame) throws(WireError) {
    exchange.announce(try StreamMessage(frame.payload))
  }

  /// The hook that the announced operation stands for, in place of `perform`.
  func performSession(
    _ message: SessionMessage, _ request: UnsafeRawBufferPointer, _ output: UnsafeMutablePointer<th_out>
  ) -> th_status {
    guard let hooks = table.extensions.session else {
      return call.failing(TH_E_UNSUPPORTED, "kind \(table.name) has no \(TH_EXT_SESSION)")
    }
    if message.operation == .open { return open(message.number, request, hooks) }
    guard let session = sessions[message.number] else {
      return call.failing(TH_E_STALE, "session \(message.number) is not open in this worker")
    }
    guard message.operation == .close else {
      return hooks.session_perform(state, session, call.raw, th_bytes(request), output)
    }
    _ = sessions.remove(message.number)
    return hooks.session_close?(state, session, call.raw, output) ?? TH_OK
  }

  private func open(
    _ number: UInt64, _ request: UnsafeRawBufferPointer, _ hooks: th_session_hooks
  ) -> th_status {
    guard sessions[number] == nil else {
      return call.failing(TH_E_BAD_INPUT, "session \(number) is open already")
    }
    var session: OpaquePointer?
    let status = hooks.session_open?(state, call.raw, th_bytes(request), &session) ?? TH_OK
    if status == TH_OK { sessions.add(number, session) }
    return status
  }

  /// At an orderly end: what is still open has its last hook, and its output is for nobody.
  func closeSessions() {
    guard let close = table.extensions.session?.session_close else { return }
    let output = ListOutput(limit: limit)
    for session in sessions.removeAll() {
      output.begin()
      call.begin(id: 0)
      _ = close(state, session, call.raw, output.out)
    }
  }
}
