internal import CExec
internal import Glibc
internal import TaskHostSDK

extension ExecWorker {
  /// Between two looks at the word that says whether to give up: milliseconds.
  private static let patience: Int32 = 50

  /// Hands on what the command prints, until it has ended.
  func attend(_ pid: pid_t, _ pipes: inout CommandPipes, _ call: Call) throws(KindError) -> ExecResponse {
    var response = ExecResponse(.exited(0))
    let process = exec_pidfd(pid)
    guard process >= 0 else {
      let reason = String(cString: strerror(errno))
      kill(pid, SIGKILL)
      _ = Self.wait(pid, &response)
      throw .retry("its end can not be awaited: \(reason)")
    }
    defer { close(process) }
    var cancel = Cancel()
    var failure: KindError?
    var output = CommandOutput(.output, prints)
    var errors = CommandOutput(.error, prints)
    // The process comes first: once it is seen to have ended, what the pipes hold is all that it has written.
    var polls = (
      pollfd(fd: process, events: Int16(POLLIN), revents: 0),
      pollfd(fd: pipes.output[0], events: Int16(POLLIN), revents: 0),
      pollfd(fd: pipes.errors[0], events: Int16(POLLIN), revents: 0)
    )
    while true {
      let count = withUnsafeMutableBytes(of: &polls) {
        poll($0.baseAddress!.assumingMemoryBound(to: pollfd.self), 3, Self.patience)
      }
      if count > 0 {
        let hasEnded = polls.0.revents != 0
        do throws(KindError) {
          let listener = cancel.isUnderWay ? nil : call
          if polls.1.revents != 0 {
            try drain(pipes.output[0], hasEnded, listener, &output)
          }
          if polls.2.revents != 0 {
            try drain(pipes.errors[0], hasEnded, listener, &errors)
          }
          if hasEnded, let listener {
            try output.tell(prints, listener)
            try errors.tell(prints, listener)
          }
        } catch {
          // Nobody takes what it prints: it is ended as if it were cancelled, which this may be.
          failure = error
          cancel.begin(pid)
        }
        if hasEnded { break }
      } else if count == 0, !cancel.isUnderWay {
        do throws(KindError) {
          try output.tell(prints, call)
          try errors.tell(prints, call)
        } catch {
          failure = error
          cancel.begin(pid)
        }
      }
      if call.isCancelled { cancel.begin(pid) }
      cancel.insist(pid)
    }
    let error = Self.wait(pid, &response)
    response.outputBytes = output.total
    response.errorBytes = errors.total
    guard error == 0 else { throw .internal("wait4: \(String(cString: strerror(error)))") }
    if cancel.isUnderWay {
      cancel.awaitDescendants()
      throw failure ?? .cancelled
    }
    return response
  }

  /// Reads what is there, at most once if the command goes on. Without a call it is dropped.
  private func drain(
    _ descriptor: Int32, _ hasEnded: Bool, _ call: Call?, _ output: inout CommandOutput
  ) throws(KindError) {
    let buffer = self.buffer ?? .allocate(byteCount: 1 << 16, alignment: 16)
    self.buffer = buffer
    // A descendant may go on writing into the pipe: what is there now is all that counts.
    var rest = hasEnded ? Int(exec_readable(descriptor)) : buffer.count
    while rest > 0 {
      let count = read(descriptor, buffer.baseAddress, min(rest, buffer.count))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      if let call {
        try output.take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), prints, call)
      } else {
        output.drop(count)
      }
      if !hasEnded { return }
      rest -= count
    }
  }

  private static func wait(_ pid: pid_t, _ response: inout ExecResponse) -> Int32 {
    var end = exec_end()
    let error = exec_wait(pid, &end)
    guard error == 0 else { return error }
    response.end = end.signal == 0 ? .exited(end.code) : .signaled(end.signal, hasCore: end.has_core)
    response.userNanoseconds = end.user_ns
    response.systemNanoseconds = end.system_ns
    // Until it became another program it was a copy of this process, and the system counts that, too.
    var own = rusage()
    getrusage(RUSAGE_SELF.rawValue, &own)
    response.peakBytes = end.peak_bytes > UInt64(own.ru_maxrss) * 1024 ? end.peak_bytes : 0
    return 0
  }
}
