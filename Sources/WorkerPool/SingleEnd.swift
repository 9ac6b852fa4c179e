internal import Synchronization

/// The one end that something has, and those who wait for it. From any thread.
struct SingleEnd<Value: Sendable>: ~Copyable, Sendable {
  // Not private: in a build without optimization other files lay out what holds a `SingleEnd`, and the compiler fails where they
  // need the metadata of a private type.
  struct State {
    var value: Value?
    var waiters: [@Sendable (Value) -> Void] = []
  }

  private let state = Mutex(State())

  /// Nil: it has not come yet.
  var value: Value? { state.guarded { $0.value } }

  /// `body` is called once with the end: at once if that is there, else on the thread that brings it.
  func whenThere(_ body: @escaping @Sendable (Value) -> Void) {
    let value = state.guarded { state in
      if state.value == nil { state.waiters.append(body) }
      return state.value
    }
    if let value { body(value) }
  }

  /// The first one counts.
  func come(_ value: Value) {
    let waiters = state.guarded { state -> [@Sendable (Value) -> Void] in
      guard state.value == nil else { return [] }
      state.value = value
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter(value) }
  }
}
