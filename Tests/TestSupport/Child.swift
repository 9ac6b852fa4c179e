package import CPosix
internal import Glibc

/// A program under test: what it writes is gathered, and whatever is awaited has a deadline.
package final class Child {
  package enum End: Equatable, Sendable {
    case exited(Int32)
    case signaled(Int32)
  }

  package struct Failure: Error, CustomStringConvertible {
    package var description: String

    package init(description: String) { self.description = description }
  }

  package let pid: pid_t
  package private(set) var output: [UInt8] = []
  package private(set) var errors: [UInt8] = []
  package private(set) var end: End?
  private let process: Int32
  private var streams: [Int32]
  /// What `write` writes to; -1 without one.
  private var input: Int32 = -1

  /// Starts `path` in a process group of its own, with fd 0 at /dev/null or, if it is to have input, at a pipe.
  package init(
    _ path: String, _ arguments: [String], environment: [String: String], input hasInput: Bool = false
  ) throws {
    var outputEnds: [Int32] = [-1, -1]
    var errorEnds: [Int32] = [-1, -1]
    guard cpx_pipe(&outputEnds) == 0, cpx_pipe(&errorEnds) == 0 else {
      throw Failure(description: "pipe: \(String(cString: strerror(errno)))")
    }
    var inputEnds: [Int32] = [cpx_null(), -1]
    if hasInput {
      close(inputEnds[0])
      guard cpx_pipe(&inputEnds) == 0 else {
        throw Failure(description: "pipe: \(String(cString: strerror(errno)))")
      }
    }
    let null = inputEnds[0]
    defer { for descriptor in [null, outputEnds[1], errorEnds[1]] { close(descriptor) } }
    let words = ([path] + arguments).map { strdup($0) } + [nil]
    let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + variables { free(text) } }
    var pid: pid_t = -1
    let error = cpx_spawn(path, words, variables, [null, outputEnds[1], errorEnds[1]], 3, &pid)
    guard error == 0 else { throw Failure(description: "\(path): \(String(cString: strerror(error)))") }
    self.pid = pid
    input = inputEnds[1]
    process = cpx_pidfd(pid)
    streams = [outputEnds[0], errorEnds[0]]
    for stream in streams { _ = cpx_set_nonblocking(stream) }
  }

  deinit {
    if end == nil {
      kill(-pid, SIGKILL)
      kill(pid, SIGKILL)
      var status: Int32 = 0
      while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }
    for descriptor in streams + [process, input] where descriptor >= 0 { close(descriptor) }
  }

  package var outputText: String { String(decoding: output, as: UTF8.self) }
  package var errorText: String { String(decoding: errors, as: UTF8.self) }

  package func write(_ text: String) throws {
    let bytes = Array(text.utf8)
    guard Glibc.write(input, bytes, bytes.count) == bytes.count else {
      throw Failure(description: "write: \(String(cString: strerror(errno)))")
    }
  }

  package func closeInput() {
    close(input)
    input = -1
  }

  package func send(_ signal: Int32) { kill(pid, signal) }

  /// Reads what the program writes until `isReached`, or until it has ended; throws at the deadline.
  package func wait(
    for what: String, seconds: Double = 60, watching descriptor: Int32 = -1,
    until isReached: (Child) throws -> Bool = { _ in false }
  ) throws {
    let deadline = cpx_now() + UInt64(seconds * 1e9)
    while try !isReached(self), end == nil {
      let now = cpx_now()
      guard now < deadline else {
        throw Failure(
          description: """
            \(what): not within \(seconds) s
            standard output: \(outputText.suffix(2000))
            standard error: \(errorText.suffix(2000))
            """)
      }
      var polls = (streams + [process, descriptor]).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      // A condition may look at something else than the streams: at most a moment passes between two looks.
      _ = poll(&polls, nfds_t(polls.count), Int32(min((deadline - now) / 1_000_000 + 1, 20)))
      drain(0, into: &output)
      drain(1, into: &errors)
      reap()
    }
  }

  /// Awaits the end of the program.
  @discardableResult
  package func finish(seconds: Double = 60) throws -> End {
    try wait(for: "the end of the program", seconds: seconds)
    guard let end else { throw Failure(description: "it has not ended") }
    return end
  }

  private func drain(_ index: Int, into bytes: inout [UInt8]) {
    guard streams[index] >= 0 else { return }
    withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 8) { chunk in
      while true {
        let count = read(streams[index], chunk.baseAddress, chunk.count)
        if count > 0 {
          bytes.append(contentsOf: chunk[..<count])
          continue
        }
        if count < 0, errno == EINTR { continue }
        if count < 0, errno == EAGAIN { return }
        break
      }
      close(streams[index])
      streams[index] = -1
    }
  }

  private func reap() {
    var status: Int32 = 0
    guard waitpid(pid, &status, WNOHANG) == pid else { return }
    let signal = status & 0x7f
    end = signal == 0 ? .exited((status >> 8) & 0xff) : .signaled(signal)
    // What it wrote last.
    drain(0, into: &output)
    drain(1, into: &errors)
  }
}
