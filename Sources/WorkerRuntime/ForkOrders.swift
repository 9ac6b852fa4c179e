internal import CPosix
internal import Glibc
internal import Wire

/// The socket on which a host orders workers from its fork server.
struct ForkOrders {
  let control: Int32
  let host: pid_t
  // Looked up before the fork.
  private let cancelSize = CancelPage.byteCount
  private let claimsSize = ClaimsPage.byteCount

  init(control: Int32, host: pid_t) {
    self.control = control
    self.host = host
  }

  /// A worker that was ordered, seen from inside it.
  struct Forked {
    var input: Int32
    var output: Int32
    var pages: WorkerPages
    var number: UInt64
  }

  /// Forks a worker for each order. Returns in a new worker, or with nil when the host wants no more.
  ///
  /// What a worker does first is kept small and allocates nothing: each page that it touches is copied for it.
  func nextWorker() -> Forked? {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: ForkOrder.descriptorCount) { passed in
      while true {
        var packet: (UInt64, UInt64) = (0, 0)
        var count: Int32 = 0
        let size = withUnsafeMutableBytes(of: &packet) {
          cpx_receive_fds(control, $0.baseAddress!, $0.count, passed.baseAddress, Int32(passed.count), &count)
        }
        guard size > 0 else { return nil }
        let order = withUnsafeBytes(of: &packet) {
          ForkOrder(UnsafeRawBufferPointer(rebasing: $0[..<size]))
        }
        guard let order, Int(count) == passed.count else { return nil }
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

  private func become(_ passed: UnsafeMutableBufferPointer<Int32>, _ order: ForkOrder) -> Forked {
    var forked = cpx_forked()
    let result = cpx_settle_fork(
      control, host, passed.baseAddress!, cancelSize, claimsSize, &forked)
    guard result == 0, let cancel = forked.cancel, let claims = forked.claims else {
      _exit(WorkerExit.hostGone)
    }
    return Forked(
      input: forked.input, output: forked.output,
      pages: WorkerPages(cancel: CancelPage(cancel), claims: ClaimsPage(claims)),
      number: order.workerNumber)
  }
}
