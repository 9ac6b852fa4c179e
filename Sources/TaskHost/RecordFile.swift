internal import CPosix
internal import Glibc

/// A file to which lines are added, and which only one run writes at a time.
final class RecordFile {
  enum Purpose {
    /// It is read first, and keeps what it has.
    case append
    /// What it has is of no more use.
    case replace
    /// Nothing is written, and it need not be there.
    case look
  }

  private static let flushSize = 64 << 10

  /// What it is called in messages: `the journal 'FILE'`.
  let title: String
  private(set) var descriptor: Int32
  let isRegular: Bool
  private let purpose: Purpose
  var buffer: [UInt8] = []
  private var failure: RunError?
  private var patience = cpx_patience()
  private var isStopped = false

  /// Throws ``RunError``: it can not be opened, or another run has it.
  init(
    _ what: String, path: String, _ purpose: Purpose, isFileOnly: Bool, grace: Duration = .seconds(2)
  ) throws(RunError) {
    patience.limit = nanoseconds(grace)
    title = "the \(what) '\(path)'"
    self.purpose = purpose
    let mode =
      switch purpose {
      case .append: O_RDWR | O_APPEND | O_CREAT
      case .replace: O_WRONLY | O_APPEND | O_CREAT
      case .look: O_RDONLY
      }
    // Nothing is waited for where it has to be a file: a FIFO may have nobody at its other end.
    descriptor =
      isFileOnly
      ? open(path, mode | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0o666) : cpx_open_to_write(path, mode)
    if descriptor < 0, purpose == .look, errno == ENOENT {
      isRegular = false
      return
    }
    guard descriptor >= 0 else { throw Self.failure("cannot open", title, errno) }
    var found = stat()
    guard fstat(descriptor, &found) == 0 else { throw Self.failure("cannot open", title, errno) }
    let type = found.st_mode & S_IFMT
    isRegular = type == S_IFREG
    guard isRegular || type == S_IFCHR || !isFileOnly else {
      throw RunError(.cannotWrite, "\(title) is not a file")
    }
    guard purpose != .look, isRegular else { return }
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK else { throw Self.failure("cannot lock", title, errno) }
      throw RunError(.configuration, "\(title) is in use: another run writes it")
    }
    if purpose == .replace { try cut(to: 0) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  static func failure(_ what: String, _ title: String, _ code: Int32) -> RunError {
    RunError(.cannotWrite, "\(what) \(title)", causes: [RunError.cause(ofWriting: code)])
  }

  /// All bytes from where it stands, in pieces. `body` says whether to go on.
  func read(_ body: (UnsafeBufferPointer<UInt8>) throws(RunError) -> Void) throws(RunError) {
    let chunk = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 18)
    defer { chunk.deallocate() }
    while true {
      let size = Glibc.read(descriptor, chunk.baseAddress, chunk.count)
      if size < 0, errno == EINTR { continue }
      guard size >= 0 else { throw Self.failure("cannot read", title, errno) }
      if size == 0 { return }
      try body(UnsafeBufferPointer(rebasing: chunk[..<size]))
    }
  }

  /// What is behind `length` is taken away.
  func cut(to length: Int) throws(RunError) {
    guard purpose != .look else { return }
    guard ftruncate(descriptor, off_t(length)) == 0 else { throw Self.failure("cannot write", title, errno) }
  }

  /// Adds a whole line, for the next `flush`.
  func add(_ line: (inout [UInt8]) -> Void) {
    if purpose == .look || failure != nil || isStopped { return }
    line(&buffer)
    if buffer.count >= Self.flushSize { write() }
  }

  /// What was added since the last `flush`, and all that is added from now on, is not wanted.
  func stop() {
    isStopped = true
    buffer.removeAll()
  }

  /// All that was added is in the file, or this throws.
  func flush() throws(RunError) {
    if !buffer.isEmpty { write() }
    if let failure { throw failure }
  }

  private func write() {
    var written = 0
    while written < buffer.count, failure == nil {
      let result = buffer.withUnsafeBytes {
        cpx_write(descriptor, $0.baseAddress! + written, $0.count - written, &patience)
      }
      if result >= 0 {
        written += result
      } else if errno != EINTR {
        failure = Self.failure("cannot write", title, errno)
      }
    }
    buffer.removeAll(keepingCapacity: true)
  }
}

extension RunError {
  /// What an error number means where something is to be written.
  package static func cause(ofWriting code: Int32) -> String {
    switch code {
    case EPIPE: "nobody reads it (errno \(code))"
    case ECANCELED: "its reader did not take it in time after the signal"
    default: "\(String(cString: strerror(code))) (errno \(code))"
    }
  }
}
