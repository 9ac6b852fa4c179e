internal import CPosix
internal import Glibc
internal import Wire

/// The memory that a host shares with one worker for large payloads, as the host sees it. Both files are the host's, and nobody can change
/// their sizes: what the worker does can not make an access of the host fail.
final class WorkerLanes {
  enum Phase {
    /// The worker has not said yet whether it has them, too.
    case offered
    case open
    /// The worker has been told to close them, and may not have heard it yet.
    case closing
  }

  private(set) var phase = Phase.offered
  let requests: OutgoingLane
  private let responses: IncomingLane
  private let requestMemory: LaneMemory
  private var files: (requests: Int32, responses: Int32)
  @exclusivity(unchecked) private var takenOut: UInt64 = 0
  /// When something large went through them.
  @exclusivity(unchecked) var usedAt: UInt64 = 0
  /// When to look whether that was long ago.
  @exclusivity(unchecked) var idleDeadline: UInt64 = .max

  init() throws(SystemError) {
    files = (cpx_memfd("taskhost-requests", Lane.byteCount), -1)
    guard files.requests >= 0 else { throw SystemError(errno, "memfd_create") }
    files.responses = cpx_memfd("taskhost-responses", Lane.byteCount)
    do throws(SystemError) {
      guard files.responses >= 0 else { throw SystemError(errno, "memfd_create") }
      requestMemory = try LaneMemory(mapping: files.requests, byteCount: Lane.byteCount, writable: true)
      responses = IncomingLane(
        try LaneMemory(mapping: files.responses, byteCount: Lane.byteCount, writable: false))
      guard cpx_seal_for_reader(files.requests) == 0, cpx_seal_size_first(files.responses) == 0 else {
        throw SystemError(errno, "fcntl(F_ADD_SEALS)")
      }
    } catch {
      Glibc.close(files.requests)
      if files.responses >= 0 { Glibc.close(files.responses) }
      throw error
    }
    requests = OutgoingLane(requests: requestMemory)
  }

  deinit { closeFiles() }

  func offer() throws(SystemError) -> LaneOffer {
    LaneOffer(
      process: getpid(), byteCount: Lane.byteCount, requests: try LaneOffer.File(files.requests),
      responses: try LaneOffer.File(files.responses))
  }

  /// The worker has mapped both. From here on it can not map its own anew, and take no memory out of it.
  func opened(at now: UInt64) throws(SystemError) {
    guard cpx_seal_writers(files.responses) == 0 else { throw SystemError(errno, "fcntl(F_ADD_SEALS)") }
    closeFiles()
    phase = .open
    usedAt = now
  }

  /// Nothing more is put into them; responses may still come.
  func startClosing() { phase = .closing }

  /// The payload of a frame, copied: the worker could change it where it lies.
  func takeOut(
    _ frame: Frame, limit: Int, into copy: LaneCopy
  ) throws(WireError) -> UnsafeRawBufferPointer {
    guard phase != .offered else {
      throw .badFrame(found: "a response in a lane", expected: "lanes before it", offset: 0)
    }
    let payload = copy.make(of: try responses.payload(of: frame, limit: limit))
    takenOut += 1
    cpx_store(requestMemory.takenOut, takenOut)
    return payload
  }

  private func closeFiles() {
    for file in [files.requests, files.responses] where file >= 0 { Glibc.close(file) }
    files = (-1, -1)
  }
}

/// Memory of the host alone, for the response that its hook looks at.
final class LaneCopy {
  private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 64)

  deinit { memory.deallocate() }

  /// Valid until the next one.
  func make(of bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    if bytes.count > memory.count { resize(max(bytes.count, 2 * memory.count)) }
    memory.copyMemory(from: bytes)
    return UnsafeRawBufferPointer(rebasing: memory[..<bytes.count])
  }

  /// It may be a while until there is another one.
  func giveBack() { if memory.count > 0 { resize(0) } }

  private func resize(_ size: Int) {
    memory.deallocate()
    memory = .allocate(byteCount: size, alignment: 64)
  }
}
