internal import CPosix
internal import Glibc
internal import Wire

/// The socket on which a host orders workers from its fork server.
struct ForkOrders {
  let control: Int32
  let host: pid_t

  /// A worker that was ordered, seen from inside it.
  struct Forked {
    var descriptors: WorkerDescriptors
    var number: UInt64
  }

  /// Forks a worker for each order. Returns in a new worker, or with nil when the host wants no more.
  ///
  /// What a worker does first is kept small and allocates nothing: each page that it touches is copied for it.
  func nextWorker() -> Forked? {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: Int(CPX_MAX_PASSED)) { passed in
      while true {
        var packet: (UInt64, UInt64) = (0, 0)
        var count: Int32 = 0
        let size = withUnsafeMutableBytes(of: &packet) {
          cpx_receive_fds(control, $0.baseAddress!, $0.count, passed.baseAddress, CPX_MAX_PASSED, &count)
        }
        guard size > 0 else { return nil }
        let order = withUnsafeBytes(of: &packet) {
          ForkOrder(UnsafeRawBufferPointer(rebasing: $0[..<size]))
        }
        guard let order, Int(count) == ForkOrder.Descriptor.count else { return nil }
        let result = fork()
        guard let result else { return become(passed, order) }
        for index in 0..<Int(count) { close(passed[index]) }
        answer(order, result)
      }
    }
  }

  /// Nil in the new process.
  private func fork() -> ForkAnswer.Result? {
    let threads = cpx_thread_count()
    guard threads == 1 else { return .hasThreads(threads) }
    let pid = cpx_fork_sibling()
    return pid == 0 ? nil : pid > 0 ? .forked(pid: pid) : .failed(errno)
  }

  private func answer(_ order: ForkOrder, _ result: ForkAnswer.Result) {
    var packet = ForkAnswer(serial: order.serial, result: result).encoded()
    let size = withUnsafeBytes(of: &packet) { cpx_send_fds(control, $0.baseAddress!, $0.count, nil, 0) }
    if size < 0 { _exit(WorkerExit.hostGone) }
  }

  /// What exec and the host's spawn do for a worker that is executed.
  private func become(_ passed: UnsafeMutableBufferPointer<Int32>, _ order: ForkOrder) -> Forked {
    close(control)
    guard cpx_die_with_parent(host) == 0 else { _exit(WorkerExit.hostGone) }
    // Fails only for a leader of a session, which a new process is not.
    setpgid(0, 0)
    replace(1, by: passed[ForkOrder.Descriptor.standardOutput])
    replace(2, by: passed[ForkOrder.Descriptor.standardError])
    do throws(SystemError) {
      let descriptors = WorkerDescriptors(
        input: try WorkerDescriptors.take(passed[ForkOrder.Descriptor.input]),
        output: try WorkerDescriptors.take(passed[ForkOrder.Descriptor.output]),
        cancel: passed[ForkOrder.Descriptor.cancel], claims: passed[ForkOrder.Descriptor.claims])
      return Forked(descriptors: descriptors, number: order.workerNumber)
    } catch {
      _exit(WorkerExit.misuse)
    }
  }

  private func replace(_ stream: Int32, by descriptor: Int32) {
    guard dup2(descriptor, stream) == stream else { _exit(WorkerExit.misuse) }
    close(descriptor)
  }
}
