internal import CPosix
internal import Glibc
package import Wire

/// The tokens that make and everything below it share: a process may have as many jobs at work as it holds tokens, and one more.
package final class Jobserver {
  package enum Style: Sendable {
    case pipe, fifo
  }

  /// Where processes of a worker find it: above what a worker inherits.
  static let inheritedRead: Int32 = 8
  static let inheritedWrite: Int32 = 9

  /// Descriptors for workers; none for a FIFO, which has a name.
  let descriptors: [Int32]
  /// MAKEFLAGS of workers.
  let flags: String
  /// For reading, without waiting.
  let readEnd: Int32
  private let writeEnd: Int32
  /// That of a server, which is there as long as this is.
  private let fifo: String?
  private let isOwn: Bool
  /// Tokens that it was made with.
  private let count: Int
  var isWatched = false

  /// Why there is none, for people.
  package struct Unavailable: Error {
    package var message: String
  }

  /// That of a make above us.
  package init(_ flags: JobserverFlags) throws(Unavailable) {
    isOwn = false
    count = 0
    fifo = nil
    switch flags.address {
    case .fifo(let path):
      readEnd = cpx_open_fifo(path)
      guard readEnd >= 0 else { throw Self.unavailable("the FIFO \(path)", errno) }
      let problem = cpx_check_pipe(readEnd, 0)
      guard problem == 0 else {
        close(readEnd)
        throw Self.unavailable("the FIFO \(path)", problem)
      }
      writeEnd = readEnd
      descriptors = []
      self.flags = flags.text(at: "fifo:\(path)")
    case .descriptors(let read, let write):
      // Make closes them for recipes that it does not take for a make.
      for (descriptor, isForWriting) in [(read, false), (write, true)] {
        let problem = cpx_check_pipe(descriptor, isForWriting ? 1 : 0)
        guard problem == 0 else { throw Self.unavailable("descriptor \(descriptor)", problem) }
      }
      // Its readers share one description: to make that non-blocking would change it for all of them.
      readEnd = cpx_reopen_for_reading(read)
      guard readEnd >= 0 else { throw Self.unavailable("descriptor \(read)", errno) }
      writeEnd = write
      descriptors = [read, write]
      self.flags = flags.text(at: "\(Self.inheritedRead),\(Self.inheritedWrite)")
    case .unknown(let text): throw Unavailable(message: "'\(text)' is no address of a jobserver")
    }
    cpx_tokens_begin(readEnd, writeEnd)
  }

  private static func unavailable(_ what: String, _ code: Int32) -> Unavailable {
    Unavailable(message: "\(what): \(String(cString: strerror(code)))")
  }

  /// One of our own, for `jobs` jobs. We have one of them ourselves.
  package init(jobs: Int, _ style: Style) throws(SystemError) {
    isOwn = true
    count = jobs - 1
    switch style {
    case .pipe:
      var ends: [Int32] = [-1, -1]
      guard cpx_pipe(&ends) == 0 else { throw SystemError(errno, "pipe") }
      readEnd = cpx_reopen_for_reading(ends[0])
      guard readEnd >= 0 else { throw SystemError(errno, "open(/proc/self/fd)") }
      writeEnd = ends[1]
      descriptors = ends
      fifo = nil
      flags = JobserverFlags.text(at: "\(Self.inheritedRead),\(Self.inheritedWrite)")
    case .fifo:
      let directory = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
      let path = "\(directory)/taskhost-jobserver-\(getpid())"
      guard cpx_make_fifo(path) == 0 else { throw SystemError(errno, "mkfifo(\(path))") }
      readEnd = cpx_open_fifo(path)
      guard readEnd >= 0 else { throw SystemError(errno, "open(\(path))") }
      writeEnd = readEnd
      descriptors = []
      fifo = path
      flags = JobserverFlags.text(at: "fifo:\(path)")
    }
    for _ in 0..<count {
      guard cpx_token_make(writeEnd) == 0 else { throw SystemError(errno, "write(jobserver)") }
    }
    cpx_tokens_begin(readEnd, writeEnd)
  }

  /// Of a process that ends at once: what has a name is not left behind.
  func remove() {
    if let fifo { unlink(fifo) }
  }

  deinit {
    cpx_tokens_give_back()
    cpx_tokens_begin(-1, -1)
    close(readEnd)
    if isOwn { for descriptor in descriptors { close(descriptor) } }
    if let fifo { unlink(fifo) }
  }

  var held: Int { Int(cpx_tokens_held()) }

  /// False: there is none now. Throws when the other side is gone.
  func take() throws(SystemError) -> Bool {
    let result = cpx_token_take()
    if result < 0 { throw SystemError(errno, "read(jobserver)") }
    return result == 1
  }

  func giveBack(_ number: Int) throws(SystemError) {
    for _ in 0..<number where cpx_token_give_back() != 0 { throw SystemError(errno, "write(jobserver)") }
  }

  func giveBackAll() { cpx_tokens_give_back() }

  /// No task is at work: what is missing was held by processes that were killed, and what is too much was given back twice.
  func makeWhole() {
    guard isOwn else { return }
    var missing = count - held - Int(cpx_bytes_in(readEnd))
    while missing > 0, cpx_token_make(writeEnd) == 0 { missing -= 1 }
    var byte: UInt8 = 0
    while missing < 0, read(readEnd, &byte, 1) == 1 { missing += 1 }
  }
}
