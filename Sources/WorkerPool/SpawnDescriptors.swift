internal import CPosix
internal import Glibc
internal import Wire

/// What a new worker process inherits, and the host's ends of it.
struct SpawnDescriptors {
  private var requests: (Int32, Int32) = (-1, -1)
  private var responses: (Int32, Int32) = (-1, -1)
  private var output: (Int32, Int32) = (-1, -1)
  private var error: (Int32, Int32) = (-1, -1)
  private var null: Int32 = -1
  private(set) var cancel: Int32 = -1
  private(set) var claims: Int32 = -1

  mutating func make() throws(SystemError) {
    requests = try Self.pipe()
    responses = try Self.pipe()
    output = try Self.pipe()
    error = try Self.pipe()
    null = cpx_null()
    guard null >= 0 else { throw SystemError(errno, "open(/dev/null)") }
    cancel = cpx_memfd("taskhost-cancel", CancelPage.byteCount)
    claims = cpx_memfd("taskhost-claims", ClaimsPage.byteCount)
    guard cancel >= 0, claims >= 0 else { throw SystemError(errno, "memfd_create") }
  }

  /// In the order of `InheritedDescriptor`, after fds 0 to 2.
  var inherited: [Int32] { [null, output.1, error.1, requests.0, responses.1, cancel, claims] }

  /// The host's ends now belong to the worker's handle.
  mutating func handOver(to worker: WorkerHandle) {
    worker.requests = requests.1
    worker.responses = responses.0
    worker.standardOutput = output.0
    worker.standardError = error.0
    requests.1 = -1
    responses.0 = -1
    output.0 = -1
    error.0 = -1
  }

  mutating func closeAll() {
    for descriptor in [
      requests.0, requests.1, responses.0, responses.1, output.0, output.1, error.0, error.1, null, cancel,
      claims,
    ] where descriptor >= 0 {
      close(descriptor)
    }
    self = SpawnDescriptors()
  }

  private static func pipe() throws(SystemError) -> (Int32, Int32) {
    var ends: (Int32, Int32) = (-1, -1)
    let result = withUnsafeMutableBytes(of: &ends) {
      cpx_pipe($0.baseAddress!.assumingMemoryBound(to: Int32.self))
    }
    guard result == 0 else { throw SystemError(errno, "pipe") }
    return ends
  }
}
