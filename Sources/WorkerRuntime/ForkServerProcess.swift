internal import CPosix
internal import CTaskHost
internal import Glibc
internal import Hooks
internal import PluginLoading
internal import Wire

/// A process that has loaded the plugin and forks a worker whenever the host asks for one. It never performs a request, has
/// one thread, and makes the state of a worker itself if the kind allows that state to be inherited.
struct ForkServerProcess {
  private let channel: WorkerChannel
  private let start: WorkerStart
  private let performer: Performer
  private let inheritsState: Bool

  /// `control`: the socket on which workers are ordered.
  static func run(_ descriptors: WorkerDescriptors, control: Int32, host: pid_t) throws(SystemError) -> Never
  {
    let channel = WorkerChannel(input: descriptors.input, output: descriptors.output)
    let pages = try descriptors.mapServerPages()
    let orders = ForkOrders(control: control, host: host, descriptors, pages.cancel)
    WorkerProcess.speak(channel) { () throws(WireError) -> Never in
      let start = try WorkerStart(channel, limitsFiles: false)
      let server = ForkServerProcess(
        channel: channel, start: start, performer: start.performer(pages.cancel, pages.claims),
        inheritsState: start.plugin.table.flags.contains(.forkSafe))
      let shared = server.prepare(pages.claims)
      start.sayReady()
      // After all that is done once.
      cpx_trim_for_forks()
      guard let worker = orders.nextWorker() else { WorkerProcess.finish() }
      try server.perform(as: worker, shared)
    }
  }

  /// Makes the state if it is to be inherited, and sees whether forking is any good. The result is lent for the life of the
  /// process.
  private func prepare(_ claims: ClaimsPage) -> UnsafeRawBufferPointer {
    let shared = start.shared()
    guard inheritsState else {
      refuseIfThreaded()
      return Self.keep(shared)
    }
    claims.beginInitialising()
    let before = cpx_now()
    if let failure = performer.start(host: start.services.raw, shared: shared) { start.fail(failure) }
    refuseIfThreaded()
    refuseIfSlower(than: cpx_now() - before)
    return UnsafeRawBufferPointer(start: nil, count: 0)
  }

  private func refuseIfThreaded() {
    let threads = cpx_thread_count()
    if threads != 1 { refuse("the plugin has started threads (\(threads) in all)") }
  }

  /// Of a state of this size and more it is asked whether copying it costs more than making it.
  private static let largeState: UInt64 = 64 << 20
  /// What a fork costs for each megabyte in pages of 4 KiB, at the least: their tables are copied.
  private static let nanosecondsPerMegabyte: UInt64 = 20_000

  private func refuseIfSlower(than elapsed: UInt64) {
    let size = cpx_private_memory()
    let cost = (size >> 20) * Self.nanosecondsPerMegabyte
    if size >= Self.largeState, cost > elapsed {
      refuse("its state of \(size >> 20) MiB would take longer to copy than to make")
    }
  }

  private func refuse(_ reason: String) -> Never {
    start.fail(StartFailure(phase: .fork, code: TH_E_UNSUPPORTED, message: reason))
  }

  /// From here on this is a worker, with what the server has loaded.
  private func perform(
    as worker: ForkOrders.Forked, _ shared: UnsafeRawBufferPointer
  ) throws(WireError) -> Never {
    performer.move(to: worker.pages, number: worker.number)
    if start.config.limits.openFiles > 0, let problem = start.config.limits.applyOpenFiles() {
      start.fail(StartFailure(phase: .handshake, code: TH_E_INTERNAL, message: problem))
    }
    worker.pages.claims.beginInitialising()
    let failure =
      inheritsState ? performer.resume() : performer.start(host: start.services.raw, shared: shared)
    if let failure { start.fail(failure) }
    start.sayReady()
    try WorkerProcess.serve(performer, start, as: worker.number)
  }

  private static func keep(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 8)
    memory.copyBytes(from: bytes)
    return UnsafeRawBufferPointer(start: memory.baseAddress, count: bytes.count)
  }
}
