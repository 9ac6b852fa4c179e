internal import CPosix
internal import Glibc
internal import Scheduling
internal import Synchronization
internal import Wire

/// Knows that a worker dies before the kernel has taken it apart, which can take as long as starting another one: its main thread
/// holds a lock that the kernel releases first. One thread of the process waits for the locks of all pools; there is none before
/// the first worker is watched. It has descriptors of its own, none but the bell: else all others of the process would have to
/// count who uses a file whenever they read or write. Where the kernel has no such call, or more workers live than it takes, deaths are known when they
/// are over, as they always are.
final class DeathWatch: Sendable {
  static let shared = DeathWatch()

  private struct Entry {
    var life: cpx_life
    var worker: WorkerID
    var inbox: DeathInbox
  }

  // Both are only pointers and numbers, and are passed on under the lock.
  private struct State: @unchecked Sendable {
    var entries: [Entry] = []
    var isRunning = false
    var isUseless = false
  }

  private let state = Mutex(State())
  /// Rung for each death, for the reactors of all pools; -1: there is none. Nobody reads it, as all are to hear it. It stays as long as the
  /// process.
  let bell: Int32
  /// Counts what the thread has not seen. A word by itself, as the kernel compares it.
  private let changes: Word

  private struct Word: @unchecked Sendable {
    let place: UnsafeMutablePointer<UInt32>
  }

  private init() {
    changes = Word(place: .allocate(capacity: 1))
    changes.place.initialize(to: 0)
    bell = cpx_eventfd()
    if bell < 0 { state.guarded { $0.isUseless = true } }
  }

  /// Until `forget`, which comes before the page goes away. The word by which it is forgotten; nil: it is not watched.
  func watch(
    _ claims: ClaimsPage, _ pid: pid_t, _ worker: WorkerID, _ inbox: DeathInbox
  ) -> UnsafePointer<UInt32>? {
    guard let life = claims.life(of: pid) else { return nil }
    let isWatched = state.guarded { state in
      guard !state.isUseless, state.entries.count < Int(CPX_MOST_LIVES), state.isRunning || start() else {
        return false
      }
      state.isRunning = true
      state.entries.append(Entry(life: life, worker: worker, inbox: inbox))
      return true
    }
    guard isWatched else { return nil }
    cpx_change(changes.place)
    return life.word
  }

  /// The thread need not wake for that: it no longer has it when it looks.
  func forget(_ word: UnsafePointer<UInt32>) {
    state.guarded { state in
      if let index = state.entries.firstIndex(where: { $0.life.word == word }) {
        state.entries.swapAt(index, state.entries.count - 1)
        state.entries.removeLast()
      }
    }
  }

  private func start() -> Bool {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 256 << 10)
    // Signals of the process are for other threads.
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    var thread = pthread_t()
    return pthread_create(
      &thread, &attributes,
      { _ in
        DeathWatch.shared.wait()
        return nil
      }, nil) == 0
  }

  private func wait() {
    cpx_keep_only(bell)
    withUnsafeTemporaryAllocation(of: cpx_life.self, capacity: Int(CPX_MOST_LIVES)) { lives in
      while true {
        let seen = cpx_changes(changes.place)
        let count = takeDead(lives)
        guard cpx_await_deaths(lives.baseAddress!, Int32(count), changes.place, seen) != 0 else { continue }
        return state.guarded { state in
          state.isUseless = true
          state.entries = []
        }
      }
    }
  }

  /// Those that have died are told, and no longer watched; what is left is awaited.
  private func takeDead(_ lives: UnsafeMutableBufferPointer<cpx_life>) -> Int {
    state.guarded { state in
      let count = state.entries.count
      state.entries.removeAll { entry in
        var life = entry.life
        guard !cpx_is_alive(&life) else { return false }
        entry.inbox.put(entry.worker)
        return true
      }
      if state.entries.count < count { cpx_ring(bell) }
      for (index, entry) in state.entries.enumerated() { lives[index] = entry.life }
      return state.entries.count
    }
  }
}

/// The deaths of one pool that it has not heard of.
final class DeathInbox: Sendable {
  private let dead = Mutex<[WorkerID]>([])

  fileprivate func put(_ worker: WorkerID) { dead.guarded { $0.append(worker) } }

  func take() -> [WorkerID] {
    dead.guarded { dead in
      guard !dead.isEmpty else { return [] }
      defer { dead = [] }
      return dead
    }
  }
}
