internal import CPosix
internal import Glibc
internal import Wire

/// The socket on which a host orders workers from its fork server, and what these have of it.
struct ForkOrders {
  private let forking: cpx_forking

  /// `cancel`: the first of the pages, behind which the others lie.
  init(control: Int32, host: pid_t, _ descriptors: WorkerDescriptors, _ cancel: CancelPage) {
    forking = cpx_forking(
      host: host, control: control, input: descriptors.input, output: descriptors.output,
      claims: descriptors.claims, cancel: cancel.word(of: 0), page_size: ClaimsPage.byteCount,
      locks: cpx_locks_of_thread())
  }

  /// A worker that was ordered, seen from inside it. It speaks through the numbers that the pipes of the server had.
  struct Forked {
    var pages: WorkerPages
    var number: UInt64
  }

  /// Forks a worker for each order. Returns in a new worker, or with nil when the host wants no more.
  ///
  /// What a worker does first is kept small and allocates nothing: each page that it touches is copied for it.
  func nextWorker() -> Forked? {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: ForkOrder.mostDescriptors) { passed in
      while true {
        var packet: (UInt64, UInt64) = (0, 0)
        var count: Int32 = 0
        let size = withUnsafeMutableBytes(of: &packet) {
          cpx_receive_fds(
            forking.control, $0.baseAddress!, $0.count, passed.baseAddress, Int32(passed.count), &count)
        }
        guard size > 0 else { return nil }
        let order = withUnsafeBytes(of: &packet) {
          ForkOrder(UnsafeRawBufferPointer(rebasing: $0[..<size]))
        }
        guard let order, ForkOrder.descriptorCount...ForkOrder.mostDescriptors ~= Int(count) else {
          return nil
        }
        let result = fork(into: Int(count) > ForkOrder.descriptorCount ? passed[Int(count) - 1] : -1)
        guard let result else { return become(passed, order) }
        for index in 0..<Int(count) { close(passed[index]) }
        answer(order, result)
      }
    }
  }

  /// Nil in the new process. `group`: -1 if it is to be in that of this process.
  private func fork(into group: Int32) -> ForkAnswer.Result? {
    guard cpx_has_one_thread() else { return .hasThreads(cpx_thread_count()) }
    let pid = group < 0 ? cpx_fork_sibling() : cpx_fork_sibling_into(group)
    return pid == 0 ? nil : pid > 0 ? .forked(pid: pid) : .failed(errno)
  }

  private func answer(_ order: ForkOrder, _ result: ForkAnswer.Result) {
    var packet = ForkAnswer(serial: order.serial, result: result).encoded()
    let size = withUnsafeBytes(of: &packet) {
      cpx_send_fds(forking.control, $0.baseAddress!, $0.count, nil, 0)
    }
    if size < 0 { _exit(WorkerExit.hostGone) }
  }

  // The time is read when a request begins, and by few kinds that are done with one.
  private static let callsForTime: Int32 = 2

  private func become(_ passed: UnsafeMutableBufferPointer<Int32>, _ order: ForkOrder) -> Forked {
    var forked = cpx_forked()
    let result = withUnsafePointer(to: forking) {
      cpx_settle_fork($0, passed.baseAddress!, order.page, &forked)
    }
    guard result == 0, let cancel = forked.cancel, let claims = forked.claims else {
      _exit(WorkerExit.hostGone)
    }
    cpx_now_by_call(Self.callsForTime)
    return Forked(
      pages: WorkerPages(cancel: CancelPage(cancel), claims: ClaimsPage(claims)), number: order.workerNumber)
  }
}
