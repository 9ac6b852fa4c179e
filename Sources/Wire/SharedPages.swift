package import CPosix
internal import Glibc

/// The page that only the host writes: one word for each request that can be in flight. A word holds the id of a request
/// that was cancelled; a later request in the same word has another id, so it can not be hit.
package struct CancelPage: @unchecked Sendable {
  package static let slots = 512
  package static let byteCount = slots * MemoryLayout<UInt64>.stride

  private let words: UnsafeMutablePointer<UInt64>

  /// The page is mapped already, perhaps only to be read.
  package init(_ mapped: UnsafePointer<UInt64>) { words = UnsafeMutablePointer(mutating: mapped) }

  package init(mapping descriptor: Int32, writable: Bool) throws(SystemError) {
    words = try mapShared(descriptor, byteCount: Self.byteCount, writable: writable)
      .assumingMemoryBound(to: UInt64.self)
  }

  /// Ordinary memory, for a worker inside this process.
  package init(inProcess: Void) {
    words = .allocate(capacity: Self.slots)
    words.initialize(repeating: 0, count: Self.slots)
  }

  @inline(__always)
  package func word(of request: UInt64) -> UnsafePointer<UInt64> {
    UnsafePointer(words + Int(request % UInt64(Self.slots)))
  }

  package func cancel(_ request: UInt64) {
    cpx_store(words + Int(request % UInt64(Self.slots)), request)
  }

  /// For a request that is performed in this process: a signal that ends the run cancels it, though nobody can be told before
  /// it has ended.
  package func whileCancelledBySignals(_ request: UInt64, _ body: () -> Void) {
    cpx_cancel_on_signal(words + Int(request % UInt64(Self.slots)), request)
    body()
    cpx_cancel_on_signal(nil, 0)
  }

  @inline(__always)
  package func isCancelled(_ request: UInt64) -> Bool { cpx_load(word(of: request)) == request }

  /// For another worker: nothing is cancelled.
  package func clear() { memset(words, 0, Self.byteCount) }

  package func unmap() { munmap(words, Self.byteCount) }
  package func deallocate() { words.deallocate() }
}

/// The page that only the worker writes. The host reads it as a claim: it may say anything.
package struct ClaimsPage: @unchecked Sendable {
  package static let byteCount = 4096

  private enum Word {
    static let performing = 0
    static let startedAt = 1
    static let done = 2
    static let total = 3
    static let isInitialising = 4
    static let isFreeing = 5
  }

  private let words: UnsafeMutablePointer<UInt64>

  /// The page is mapped already.
  package init(_ mapped: UnsafeMutablePointer<UInt64>) { words = mapped }

  package init(mapping descriptor: Int32) throws(SystemError) {
    words = try mapShared(descriptor, byteCount: Self.byteCount, writable: true)
      .assumingMemoryBound(to: UInt64.self)
  }

  /// Ordinary memory, for a worker inside this process.
  package init(inProcess: Void) {
    words = .allocate(capacity: Self.byteCount / 8)
    words.initialize(repeating: 0, count: Self.byteCount / 8)
  }

  /// The request that is being performed, and since when; 0 = none.
  package var performing: UInt64 { cpx_load(words + Word.performing) }
  package var startedAt: UInt64 { cpx_load(words + Word.startedAt) }
  /// Of the request that is being performed; total 0 = nothing is said. Never more than all is done.
  package var progress: (done: UInt64, total: UInt64) {
    let (done, total) = (cpx_load(words + Word.done), cpx_load(words + Word.total))
    return (min(done, total), total)
  }

  /// For a thread that only looks whether something is being performed.
  package var performingWord: UnsafePointer<UInt64> { UnsafePointer(words + Word.performing) }

  @inline(__always)
  package func begin(_ request: UInt64, at now: UInt64) {
    if words[Word.total] != 0 { setProgress(done: 0, total: 0) }
    cpx_store(words + Word.startedAt, now)
    cpx_store(words + Word.performing, request)
  }

  @inline(__always)
  package func finish() { cpx_store(words + Word.performing, 0) }

  /// The plugin is loaded, and its `worker_new` runs.
  package var isInitialising: Bool { cpx_load(words + Word.isInitialising) != 0 }

  package func beginInitialising() { cpx_store(words + Word.isInitialising, 1) }

  /// Its `worker_free` runs.
  package var isFreeing: Bool { cpx_load(words + Word.isFreeing) != 0 }

  package func beginFreeing() { cpx_store(words + Word.isFreeing, 1) }

  package func setProgress(done: UInt64, total: UInt64) {
    cpx_store(words + Word.done, done)
    cpx_store(words + Word.total, total)
  }

  /// By the calling thread: whoever shares the page can know as soon as that begins to end.
  package func holdLife() { cpx_hold_life(cpx_locks_of_thread(), words, false) }

  /// Of a worker process that holds it. Nil: it does not.
  package func life(of pid: Int32) -> cpx_life? {
    var life = cpx_life(word: UnsafeRawPointer(words).assumingMemoryBound(to: UInt32.self), value: 0)
    return cpx_life_of(words, pid, &life) ? life : nil
  }

  /// For another worker.
  package func clear() { memset(words, 0, Self.byteCount) }

  /// It stays in this process: those that are forked from it do not have it.
  package func keepFromForks() { madvise(words, Self.byteCount, MADV_DONTFORK) }

  package func unmap() { munmap(words, Self.byteCount) }
  package func deallocate() { words.deallocate() }
}

func mapShared(
  _ descriptor: Int32, byteCount: Int, writable: Bool
) throws(SystemError) -> UnsafeMutableRawPointer {
  let protection = writable ? PROT_READ | PROT_WRITE : PROT_READ
  guard let page = mmap(nil, byteCount, protection, MAP_SHARED, descriptor, 0), page != MAP_FAILED else {
    throw SystemError(errno, "mmap")
  }
  return page
}
