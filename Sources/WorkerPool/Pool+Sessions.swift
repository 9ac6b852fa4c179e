internal import Scheduling
internal import Wire

// Sessions: calls that share a state in one worker.
extension Pool {
  /// The number that a session has in this pool; a call that opens one makes it.
  func number(_ traits: CallTraits) {
    guard let session = traits.session, session.operation == .open else { return }
    lastSession += 1
    session.port.number = lastSession
  }

  /// A request of a session was answered by the worker.
  func answered(_ traits: CallTraits, by worker: WorkerHandle, well: Bool) {
    guard let (operation, port) = traits.session else { return }
    switch operation {
    case .open:
      guard well else { return }
      worker.exchanging.sessions[port.number] = port
      port.opened(on: worker.number)
    case .perform: break
    case .close:
      worker.exchange?.sessions[port.number] = nil
      port.finish(.closed)
    }
  }

  /// A worker with sessions is not replaced by a fresh one for its age.
  func hasSessions(_ worker: WorkerHandle) -> Bool { worker.exchange?.sessions.isEmpty == false }

  /// They end with their worker, each once; so does the call that it waits for.
  func endExchange(with worker: WorkerHandle, _ end: WorkerEnd) {
    guard let exchange = worker.exchange else { return }
    abandonCall(of: worker)
    for (_, port) in exchange.sessions.sorted(by: { $0.key < $1.key }) {
      port.finish(.worker(number: worker.number, pid: worker.pid, end))
    }
    exchange.sessions = [:]
  }
}
