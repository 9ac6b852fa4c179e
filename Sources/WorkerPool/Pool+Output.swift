internal import Glibc
internal import Scheduling

// What plugin code prints in workers.
extension Pool {
  /// One read. False: there is nothing to be read now, or never again.
  @discardableResult
  func readOutput(_ worker: WorkerHandle, _ descriptor: inout Int32, stream: Int32) -> Bool {
    readOutput(&descriptor) { printed($0, by: worker, stream: stream) }
  }

  @discardableResult
  func readOutput(_ descriptor: inout Int32, _ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
    guard descriptor >= 0 else { return false }
    let isOpen = withUnsafeTemporaryAllocation(byteCount: 16384, alignment: 8) { chunk -> Bool? in
      while true {
        let count = read(descriptor, chunk.baseAddress, chunk.count)
        if count > 0 {
          body(UnsafeRawBufferPointer(rebasing: chunk[..<count]))
          return true
        }
        if count < 0, errno == EINTR { continue }
        return count < 0 && errno == EAGAIN ? false : nil
      }
    }
    if let isOpen { return isOpen }
    reactor.forget(descriptor)
    close(descriptor)
    descriptor = -1
    return false
  }

  /// What has been printed so far belongs to the trial that ends now: the pipes are emptied, but not for ever, as a thread
  /// may print on.
  func drainOutput(_ worker: WorkerHandle) {
    for _ in 0..<16 where !readOutput(worker, &worker.standardError, stream: 2) { break }
    for _ in 0..<16 where !readOutput(worker, &worker.standardOutput, stream: 1) { break }
  }

  /// Of the fork server: what the plugin prints when it is loaded, and when it makes the state of all workers.
  func printed(_ bytes: UnsafeRawBufferPointer, by server: ForkServer, stream: Int32) {
    if stream == 2 { server.tail.append(bytes) }
    let passed = server.flow.pass(bytes.count, at: now.nanoseconds)
    if passed > 0 { emit(.output(worker: 0, stream: stream, bytes: Array(bytes.prefix(passed)))) }
  }

  private func printed(_ bytes: UnsafeRawBufferPointer, by worker: WorkerHandle, stream: Int32) {
    worker.watch.hasPrinted = true
    worker.watch.printed += UInt64(bytes.count)
    if stream == 2 { worker.tail.append(bytes) }
    if options.wantsTaskEvents, keepsOutput { worker.watch.output.append(bytes) }
    let passed = worker.watch.flow.pass(bytes.count, at: now.nanoseconds)
    if passed > 0 { emit(.output(worker: worker.number, stream: stream, bytes: Array(bytes.prefix(passed)))) }
    if limits.output > 0 { checkOutput(worker) }
  }

  /// Only where one request is in flight it is known which trial has printed something.
  private var keepsOutput: Bool { scheduler.policy.window == 1 || hasTimeLimits }

  /// An answer has come from a worker that prints: what it printed before must not count for the next trial.
  func endOutput(_ worker: WorkerHandle) {
    guard keepsOutput, options.wantsTaskEvents || limits.output > 0 else { return }
    drainOutput(worker)
    worker.watch.output.clear()
  }

  /// A trial has ended badly: what it has printed.
  func takeOutput(_ worker: WorkerHandle) -> TrialOutput {
    drainOutput(worker)
    defer { worker.watch.output.clear() }
    return worker.watch.output
  }

  /// Told once for each process.
  func reportDropped(_ flow: OutputFlow, by printer: @autoclosure () -> String) {
    guard flow.dropped > 0 else { return }
    let printer = printer()
    emit(
      .warning(
        "\(printer) printed more than 1 MiB in a second: \(byteText(flow.dropped)) of output \(flow.dropped == 1 ? "was" : "were") dropped"
      ))
  }
}
