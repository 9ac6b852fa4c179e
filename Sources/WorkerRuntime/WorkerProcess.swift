internal import CPosix
internal import CTaskHost
internal import Glibc
internal import Hooks
internal import PluginLoading
internal import Wire

/// One worker process, from its first instruction to its exit. Everything runs on the main thread.
enum WorkerProcess {
  static func run(_ descriptors: WorkerDescriptors) throws(SystemError) -> Never {
    let channel = WorkerChannel(input: descriptors.input, output: descriptors.output)
    let pages = try descriptors.mapPages()
    speak(channel) { () throws(WireError) -> Never in
      let start = try WorkerStart(channel, limitsFiles: true)
      let performer = start.performer(pages.cancel, pages.claims)
      let shared = start.shared()
      pages.claims.beginInitialising()
      if let failure = performer.start(host: start.services.raw, shared: shared) { start.fail(failure) }
      start.sayReady()
      try serve(performer, start, as: start.config.workerID)
    }
  }

  /// To the end of the process. What the host sends and is not our protocol ends it with a line in the log.
  static func speak(_ channel: WorkerChannel, _ body: () throws(WireError) -> Never) -> Never {
    do {
      try body()
    } catch {
      channel.giveUp(error)
      _exit(WorkerExit.protocolFault)
    }
  }

  /// The orderly end. Nothing is taken apart: the kernel does that at once.
  static func finish() -> Never {
    cpx_flush_files()
    // Static destructors of plugins are not run: they may rely on threads and files that are gone.
    cpx_exit_now(WorkerExit.inOrder)
  }

  /// Reads a batch with one call, performs it, answers with one call; until the host closes the pipe.
  static func serve(
    _ performer: Performer, _ start: WorkerStart, as number: UInt64
  ) throws(WireError) -> Never {
    start.title.show(worker: number)
    let channel = start.channel
    let received = channel.received
    let outlet = channel.outlet
    repeat {
      while let frame = try channel.next() {
        switch frame.type {
        case .request: performer.perform(frame)
        case .requestInLane: try performer.performInLane(frame)
        default: try performer.take(frame)
        }
        // Large batches leave in pieces, so that the host works while this goes on.
        if outlet.buffer.count > 1 << 15 { outlet.flush() }
      }
      if !outlet.buffer.isEmpty { outlet.flush() }
    } while channel.fill()
    try received.checkEnd()
    performer.end()
    finish()
  }
}
