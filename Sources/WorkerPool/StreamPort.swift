internal import Glibc
internal import Synchronization
internal import Wire

/// The host's end of the streams of one call: items that wait for whoever takes them, and input that waits for the worker.
///
/// What waits is bounded at both sides: a worker is granted more only for items that were taken, and one who sends input waits until
/// the worker has asked for it.
package final class StreamPort: Sendable {
  /// What the pool is asked for, on its own thread.
  package enum Wish: Sendable {
    /// So many bytes of items were taken.
    case grant(Int)
    /// There is input, or its end.
    case push
  }

  private struct State {
    // Items.
    var items: [[UInt8]] = []
    var first = 0
    var taken = 0
    var waiter: (@Sendable () -> Void)?
    var isOver = false
    var isDiscarding = false

    // Input.
    var input: [[UInt8]] = []
    var inputBytes = 0
    var isInputOver = false
    var senders: [@Sendable () -> Void] = []

    var isPushWanted = false
    var wish: (@Sendable (Wish) -> Void)?
  }

  package let takesItems: Bool
  package let hasInput: Bool
  private let state = Mutex(State())

  package init(takesItems: Bool, hasInput: Bool) {
    self.takesItems = takesItems
    self.hasInput = hasInput
  }

  // MARK: From any thread

  package enum Next: Sendable {
    case item([UInt8])
    case end
    /// `waiter` will be called once when there is something.
    case later
  }

  /// The next item. One at a time may wait.
  package func next(orCall waiter: @escaping @Sendable () -> Void) -> Next {
    let (next, grant, wish) = state.guarded { state -> (Next, Int, (@Sendable (Wish) -> Void)?) in
      guard state.first < state.items.count else {
        if state.isOver { return (.end, 0, nil) }
        state.waiter = waiter
        return (.later, 0, nil)
      }
      let item = state.items[state.first]
      state.items[state.first] = []
      state.first += 1
      if state.first == state.items.count {
        state.items.removeAll(keepingCapacity: true)
        state.first = 0
      }
      state.taken += Credit.cost(item.count)
      guard state.taken >= Credit.window / 2 else { return (.item(item), 0, nil) }
      defer { state.taken = 0 }
      return (.item(item), state.taken, state.wish)
    }
    if grant > 0 { wish?(.grant(grant)) }
    return next
  }

  /// The one who waits is called now, for a reason of his own.
  package func wake() {
    let waiter = state.guarded { state in
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?()
  }

  package enum Sent: Sendable {
    case taken
    /// Nobody wants more.
    case over
    /// `sender` will be called once when it may be tried again.
    case later
  }

  package func send(_ item: [UInt8], orCall sender: @escaping @Sendable () -> Void) -> Sent {
    let (sent, wish) = state.guarded { state -> (Sent, (@Sendable (Wish) -> Void)?) in
      if state.isOver || state.isInputOver { return (.over, nil) }
      guard state.inputBytes < Credit.window else {
        state.senders.append(sender)
        return (.later, nil)
      }
      state.input.append(item)
      state.inputBytes += Credit.cost(item.count)
      return (.taken, Self.wantPush(&state))
    }
    wish?(.push)
    return sent
  }

  /// Nobody will take items any more: those that are there and those that come are dropped, and the worker may go on.
  package func discard() {
    let (grant, wish) = state.guarded { state in
      state.isDiscarding = true
      var bytes = state.taken
      for item in state.items[state.first...] { bytes += Credit.cost(item.count) }
      state.items = []
      state.first = 0
      state.taken = 0
      return (bytes, state.wish)
    }
    if grant > 0 { wish?(.grant(grant)) }
  }

  /// No more input.
  package func endInput() {
    let wish = state.guarded { state -> (@Sendable (Wish) -> Void)? in
      guard !state.isInputOver else { return nil }
      state.isInputOver = true
      return Self.wantPush(&state)
    }
    wish?(.push)
  }

  /// One wish is under way at a time.
  private static func wantPush(_ state: inout State) -> (@Sendable (Wish) -> Void)? {
    guard !state.isPushWanted, let wish = state.wish else { return nil }
    state.isPushWanted = true
    return wish
  }

  /// The call has ended: what has come can still be taken, and nothing follows.
  package func finish() {
    let (waiter, senders) = state.guarded { state in
      state.isOver = true
      state.wish = nil
      state.input = []
      defer {
        state.waiter = nil
        state.senders = []
      }
      return (state.waiter, state.senders)
    }
    waiter?()
    for sender in senders { sender() }
  }

  // MARK: From the pool's thread

  /// A request with these streams was sent to a worker, with all of the credit.
  func connect(_ wish: @escaping @Sendable (Wish) -> Void) {
    state.guarded {
      $0.wish = wish
      $0.isPushWanted = false
      $0.taken = 0
    }
  }

  func deliver(_ item: [UInt8]) {
    let (waiter, grant, wish) = state.guarded {
      state -> ((@Sendable () -> Void)?, Int, (@Sendable (Wish) -> Void)?) in
      guard !state.isOver else { return (nil, 0, nil) }
      if state.isDiscarding { return (nil, Credit.cost(item.count), state.wish) }
      state.items.append(item)
      defer { state.waiter = nil }
      return (state.waiter, 0, nil)
    }
    waiter?()
    if grant > 0 { wish?(.grant(grant)) }
  }

  enum Input {
    case item([UInt8])
    case end
    case nothing
  }

  func takeInput() -> Input {
    let (input, senders) = state.guarded { state -> (Input, [@Sendable () -> Void]) in
      state.isPushWanted = false
      guard !state.input.isEmpty else { return (state.isInputOver ? .end : .nothing, []) }
      let item = state.input.removeFirst()
      state.inputBytes -= Credit.cost(item.count)
      guard state.inputBytes < Credit.window else { return (.item(item), []) }
      defer { state.senders = [] }
      return (.item(item), state.senders)
    }
    for sender in senders { sender() }
    return input
  }
}
