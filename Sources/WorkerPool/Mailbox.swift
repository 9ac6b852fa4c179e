internal import CPosix
package import Hooks
internal import Scheduling
internal import Synchronization

/// The one way by which other threads reach a pool: what they want is left here, and the pool takes all of it at its next turn.
/// The pool is woken only if it sleeps.
package final class Mailbox: Sendable {
  private struct State {
    var letters: [Letter] = []
    var bell: Int32 = -1
    var isAsleep = false
    var isClosed = false
  }

  private let state = Mutex(State())

  package init() {}

  /// From any thread. False: the pool takes nothing more.
  package func post(_ letter: Letter) -> Bool {
    state.guarded { state in
      guard !state.isClosed else { return false }
      state.letters.append(letter)
      if state.isAsleep {
        state.isAsleep = false
        // Under the lock: after `close` the descriptor may be somebody else's.
        cpx_ring(state.bell)
      }
      return true
    }
  }

  /// From here on posting wakes whoever waits for this descriptor.
  func open(_ descriptor: Int32) {
    state.guarded { $0.bell = descriptor }
  }

  /// The pool is about to wait. False: there is something to be taken first.
  func rest() -> Bool {
    state.guarded { state in
      state.isAsleep = state.letters.isEmpty
      return state.isAsleep
    }
  }

  /// Takes back what was posted last, before anybody can have taken it.
  package func withdraw() {
    state.guarded { state in
      state.letters.removeLast()
      state.bell = -1
    }
  }

  /// What has come, in its order. `spare` is used for what comes next.
  func take(_ spare: inout [Letter]) {
    spare.removeAll(keepingCapacity: true)
    state.guarded { state in
      state.isAsleep = false
      swap(&state.letters, &spare)
    }
  }

  /// Nothing more is taken. What had come and was not taken is returned.
  package func close() -> [Letter] {
    state.guarded { state in
      state.isClosed = true
      state.isAsleep = false
      state.bell = -1
      defer { state.letters = [] }
      return state.letters
    }
  }
}

/// One thing that is wanted of a pool.
package enum Letter: Sendable {
  /// A task, whose end its ticket gets.
  case task([UInt8], ItemOptions, Ticket)
  case batch(TaskBatch)
  /// A request that no hook of the host has to do with.
  case call([UInt8], CallOptions, Ticket)
  /// Anything that is rare: done on the pool's thread. `orElse` is called in place of that if the pool has ended.
  case act(@Sendable (Pool) -> Void, orElse: @Sendable () -> Void)

  /// The pool has ended: whoever waits is told.
  package func refuse(because message: String) {
    switch self {
    case .task(_, _, let ticket), .call(_, _, let ticket):
      ticket.finish(TicketEnd(outcome: .cancelled, message: message, isRefused: true))
    case .batch(let batch):
      batch.refuse()
    case .act(_, let orElse): orElse()
    }
  }
}

package struct CallOptions: Sendable {
  package var priority: Int32 = 0
  /// Nanoseconds; 0 = none. The limits are those of the trial, the expiry is from now on to its start.
  package var softLimit: UInt64 = 0
  package var hardLimit: UInt64 = 0
  package var expiresIn: UInt64 = 0
  /// Only this worker, by its number, may perform it; if that has ended, the call fails.
  package var worker: UInt64?
  /// Nil: no session and no streams.
  package var traits: CallTraits?
  /// Whoever awaits its end answers a call of this worker meanwhile, and can not answer before.
  package var answering: WaitingWorker?

  package init() {}
}
