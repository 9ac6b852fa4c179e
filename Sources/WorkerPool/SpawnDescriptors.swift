internal import CPosix
internal import Glibc
internal import Wire

/// What a new process of ours inherits, and the host's ends of it.
struct SpawnDescriptors {
  private var requests: (Int32, Int32) = (-1, -1)
  private var responses: (Int32, Int32) = (-1, -1)
  private var output: (Int32, Int32) = (-1, -1)
  private var error: (Int32, Int32) = (-1, -1)
  private var control: (Int32, Int32) = (-1, -1)
  private var null: Int32 = -1
  /// Ends of the pipes for output that are a worker's by now.
  private var held: (output: Int32, error: Int32) = (-1, -1)
  private(set) var cancel: Int32 = -1
  private(set) var claims: Int32 = -1

  /// `files`: what stands in place of the pipes of the standard streams. `pages`: how many of each kind; 0 for a worker that gets
  /// some of those of its fork server.
  mutating func make(_ files: OutputFiles, pages: Int) throws(SystemError) {
    requests = try Self.pair(cpx_pipe, "pipe")
    responses = try Self.pair(cpx_pipe, "pipe")
    output = try Self.stream(files.output)
    error = try Self.stream(files.error)
    for descriptor in [requests.1, responses.0, output.0, error.0] where descriptor >= 0 {
      guard cpx_set_nonblocking(descriptor) == 0 else { throw SystemError(errno, "fcntl(O_NONBLOCK)") }
    }
    guard pages > 0 else { return }
    cancel = cpx_memfd("taskhost-cancel", pages * CancelPage.byteCount)
    claims = cpx_memfd("taskhost-claims", pages * ClaimsPage.byteCount)
    guard cancel >= 0, claims >= 0 else { throw SystemError(errno, "memfd_create") }
  }

  /// The host maps its sides of the pages; after that nobody can make the first writable, or cut either.
  func mapPages() throws(SystemError) -> (cancel: CancelPage, claims: ClaimsPage) {
    let pages = (
      try CancelPage(mapping: cancel, writable: true), try ClaimsPage(mapping: claims)
    )
    try seal()
    return pages
  }

  /// The same for those of a fork server and its workers.
  func mapSheet(_ count: Int) throws(SystemError) -> PageSheet {
    let sheet = try PageSheet(cancel: cancel, claims: claims, count: count)
    try seal()
    return sheet
  }

  private func seal() throws(SystemError) {
    guard cpx_seal_for_reader(cancel) == 0, cpx_seal_size(claims) == 0 else {
      throw SystemError(errno, "fcntl(F_ADD_SEALS)")
    }
  }

  /// For a process that is executed, in the order of `InheritedDescriptor`, after fds 0 to 2.
  mutating func inherited(withControl: Bool = false) throws(SystemError) -> [Int32] {
    null = cpx_null()
    guard null >= 0 else { throw SystemError(errno, "open(/dev/null)") }
    let ordinary = [null, output.1, error.1, requests.0, responses.1, cancel, claims]
    guard withControl else { return ordinary }
    control = try Self.pair(cpx_socket_pair, "socketpair")
    guard cpx_set_nonblocking(control.0) == 0 else { throw SystemError(errno, "fcntl(O_NONBLOCK)") }
    return ordinary + [control.1]
  }

  /// For one behind a relay.
  var standardStreams: [Int32] { [requests.0, responses.1, error.1] }

  /// For one that is forked, in the order of `cpx_passed`.
  var passed: [Int32] { [requests.0, responses.1, output.1, error.1] }

  /// The host's ends now belong to somebody else, and the other ends of the pipes for output with them.
  mutating func handOver() -> HostDescriptors {
    defer {
      requests.1 = -1
      responses.0 = -1
      output.0 = -1
      error.0 = -1
      control.0 = -1
    }
    held = (output.0 >= 0 ? output.1 : -1, error.0 >= 0 ? error.1 : -1)
    return HostDescriptors(
      requests: requests.1, responses: responses.0, standardOutput: output.0, standardError: error.0,
      heldOutput: held.output, heldError: held.error, control: control.0)
  }

  mutating func closeAll() {
    for descriptor in [
      requests.0, requests.1, responses.0, responses.1, output.0, output.1, error.0, error.1, control.0,
      control.1, null, cancel, claims,
    ] where descriptor >= 0 && descriptor != held.output && descriptor != held.error {
      close(descriptor)
    }
    self = SpawnDescriptors()
  }

  private static func stream(_ file: Int32) throws(SystemError) -> (Int32, Int32) {
    guard file >= 0 else { return try pair(cpx_pipe, "pipe") }
    let copy = fcntl(file, F_DUPFD_CLOEXEC, CPX_FIRST_FD)
    guard copy >= 0 else { throw SystemError(errno, "fcntl(F_DUPFD)") }
    return (-1, copy)
  }

  private static func pair(
    _ make: (UnsafeMutablePointer<Int32>) -> Int32, _ call: String
  ) throws(SystemError) -> (Int32, Int32) {
    var ends: (Int32, Int32) = (-1, -1)
    let result = withUnsafeMutableBytes(of: &ends) {
      make($0.baseAddress!.assumingMemoryBound(to: Int32.self))
    }
    guard result == 0 else { throw SystemError(errno, call) }
    return ends
  }
}

/// The host's ends.
struct HostDescriptors {
  var requests: Int32 = -1
  var responses: Int32 = -1
  var standardOutput: Int32 = -1
  var standardError: Int32 = -1
  /// The other ends of the two: while the host has them, it is not woken when a worker that dies leaves its own, a moment before
  /// it can be reaped.
  var heldOutput: Int32 = -1
  var heldError: Int32 = -1
  /// Only of a fork server.
  var control: Int32 = -1
}
