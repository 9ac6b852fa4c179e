internal import Hooks
internal import Synchronization
internal import Wire
internal import WorkerPool

/// The thread on which a pool runs, from the first thing that is wanted of it to its end. Workers die with the thread that has
/// started them, so it outlives them all.
final class PoolThread: Sendable {
  private struct State {
    var isStarted = false
    /// Why it ended before its time; empty for an end in order.
    var end: String?
    var waiters: [@Sendable (String) -> Void] = []
    /// Handed over to the thread when it starts.
    var kind: KindBox?
  }

  let mailbox: Mailbox
  private let options: @Sendable () -> Pool.Options
  private let emit: @Sendable (PoolEvent) -> Void
  private let atEnd: @Sendable () -> Void
  private let state: Mutex<State>

  /// `options` and `emit` are called on the thread; `atEnd` when nothing more comes.
  init(
    kind: KindQueue, mailbox: Mailbox, options: @escaping @Sendable () -> Pool.Options,
    emit: @escaping @Sendable (PoolEvent) -> Void, atEnd: @escaping @Sendable () -> Void
  ) {
    self.mailbox = mailbox
    self.options = options
    self.emit = emit
    self.atEnd = atEnd
    state = Mutex(State(kind: KindBox(kind: kind)))
  }

  /// The thread is started by the first letter.
  func post(_ letter: Letter) throws(PoolError) {
    let isFirst = try state.guarded { state throws(PoolError) -> Bool in
      guard !state.isStarted, let kind = state.kind else { return false }
      try start(kind.kind, with: letter, &state)
      return true
    }
    guard isFirst || mailbox.post(letter) else { throw .closed }
  }

  var isStarted: Bool { state.guarded { $0.isStarted } }

  /// `body` is called once, when the pool has ended and left nothing behind, with why if that is not in order.
  func whenEnded(_ body: @escaping @Sendable (String) -> Void) {
    let end = state.guarded { state in
      if state.end == nil { state.waiters.append(body) }
      return state.end
    }
    if let end { body(end) }
  }

  /// A pool that nothing was wanted of ends without having been there.
  func endIfUnstarted() -> Bool {
    let kind = state.guarded { state -> KindBox? in
      guard !state.isStarted else { return nil }
      state.isStarted = true
      defer { state.kind = nil }
      return state.kind
    }
    guard let kind else { return false }
    kind.kind.free()
    for letter in mailbox.close() { letter.refuse(because: "the pool is closed") }
    finish("")
    return true
  }

  /// The letter is there when the thread begins, so that nobody finds a pool that has ended meanwhile.
  private func start(_ kind: KindQueue, with letter: Letter, _ state: inout State) throws(PoolError) {
    do throws(SystemError) {
      let pool = try Pool(kind: kind, options: options(), emit: emit, beforeWaiting: {})
      _ = mailbox.post(letter)
      do throws(SystemError) {
        try Self.spawn(Start(thread: self, pool: pool, kind: kind))
      } catch {
        mailbox.withdraw()
        throw error
      }
    } catch {
      throw .system(error.message)
    }
    state.isStarted = true
    state.kind = nil
  }

  private func finish(_ end: String) {
    atEnd()
    let waiters = state.guarded { state in
      state.end = end
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter(end) }
  }

  // MARK: The thread

  /// What no other thread has to do with from the moment in which the thread starts.
  private final class Start {
    let thread: PoolThread
    var pool: Pool?
    let kind: KindQueue

    init(thread: PoolThread, pool: Pool, kind: KindQueue) {
      self.thread = thread
      self.pool = pool
      self.kind = kind
    }
  }

  private static func spawn(_ start: Start) throws(SystemError) {
    // Whoever has made it does not touch it again.
    nonisolated(unsafe) let start = start
    try HostThread.start { main(start) }
  }

  private static func main(_ start: Start) {
    let thread = start.thread
    let end = run(start)
    for letter in thread.mailbox.close() { letter.refuse(because: end.isEmpty ? "the pool is closed" : end) }
    thread.finish(end)
  }

  /// When this returns, the pool and all its descriptors are gone.
  private static func run(_ start: Start) -> String {
    guard let pool = start.pool else { return "" }
    start.pool = nil
    var end = ""
    do {
      try pool.run(pool.openSource)
    } catch let error as SystemError {
      end = error.message
    } catch {
      end = "\(error)"
    }
    pool.abandon(because: end.isEmpty ? "the pool has ended" : end)
    start.kind.free()
    return end
  }
}

/// A queue of a kind on its way to the thread of its pool.
///
/// It is not safe to be used by two threads, and is not: whoever has made it hands it over before the thread starts, and does not
/// touch it again.
struct KindBox: @unchecked Sendable {
  let kind: KindQueue
}
