internal import CPosix
internal import CTaskHost
internal import Glibc
internal import Hooks
internal import PluginLoading
internal import Wire

/// One worker process, from its first instruction to its exit. Everything runs on the main thread.
final class WorkerProcess {
  private let input: Int32
  private let outlet: PipeOutlet
  private let received: ReceiveBuffer
  private let cancel: CancelPage
  private let claims: ClaimsPage

  init(descriptors: WorkerDescriptors) throws(SystemError) {
    input = descriptors.input
    outlet = PipeOutlet(descriptors.output)
    received = ReceiveBuffer(limit: Frame.largestStart)
    cancel = try CancelPage(mapping: descriptors.cancel, writable: false)
    claims = try ClaimsPage(mapping: descriptors.claims)
    close(descriptors.cancel)
    close(descriptors.claims)
  }

  func run() -> Never {
    outlet.sendNow(.hello, id: 0, Hello(pid: UInt64(getpid()), version: productVersion).encoded())
    do {
      let config = try configuration()
      let performer = start(config)
      received.limit = Frame.limit(payloads: Int(clamping: config.maxFrame))
      try serve(performer)
      performer.end()
      fflush(nil)
      // Static destructors of plugins are not run: they may rely on threads and files that are gone.
      _exit(WorkerExit.inOrder)
    } catch {
      outlet.sendNow(
        .log, id: 0,
        LogMessage(
          level: Int32(TH_LOG_ERROR), text: "the host's bytes are not the protocol: \(error.message)"
        )
        .encoded())
      _exit(WorkerExit.protocolFault)
    }
  }

  private func configuration() throws(WireError) -> WorkerConfig {
    let frame = try nextFrame()
    guard frame.type == .config else {
      throw .badFrame(found: "a \(frame.type) frame", expected: "config", offset: 0)
    }
    return try WorkerConfig(frame.payload)
  }

  /// Loads the plugin and makes its state, or says why not and exits.
  private func start(_ config: WorkerConfig) -> Performer {
    cpx_set_title("taskhost:\(config.kindName)")
    let outlet = self.outlet
    let settings = stride(from: 0, to: config.settings.count, by: 2).map {
      (key: config.settings[$0], value: config.settings[$0 + 1])
    }
    let services = HostServices(
      role: TH_ROLE_WORKER, version: productVersion, settings: settings,
      leastLevel: Int32(TH_LOG_INFO)
    ) { level, text in
      outlet.sendBeside(.log, id: 0, LogMessage(level: level, text: text).encoded())
    }
    guard let digest = PluginDigest(hex: config.digest) else {
      fail(StartFailure(phase: .handshake, code: TH_E_BAD_INPUT, message: "no SHA-256: \"\(config.digest)\""))
    }
    let reference = PluginReference(
      path: config.pluginPath,
      identity: PluginIdentity(
        stamp: FileStamp(
          device: config.device, inode: config.inode, size: config.size,
          changed: Int64(bitPattern: config.changed)),
        digest: digest),
      id: config.kindID, version: config.version, wire: config.wire,
      abi: ABIVersion(major: UInt32(clamping: config.abiMajor), minor: UInt32(clamping: config.abiMinor)))
    let plugin: Plugin
    do {
      plugin = try Plugin.load(reference, host: services.raw)
    } catch {
      fail(StartFailure(phase: .load, code: TH_E_INTERNAL, message: "\(error)"))
    }
    let performer = Performer(
      table: plugin.table, outlet: outlet, cancel: cancel, claims: claims,
      maxFrame: Int(clamping: config.maxFrame))
    let title = WorkerTitle(kind: plugin.table, worker: config.workerID)
    if title.namesRequests { performer.title = title }
    do throws(WireError) {
      let frame = try nextFrame()
      guard frame.type == .start else {
        throw .badFrame(found: "a \(frame.type) frame", expected: "start", offset: 0)
      }
      claims.beginInitialising()
      if let failure = performer.start(host: services.raw, shared: frame.payload) { fail(failure) }
    } catch {
      fail(StartFailure(phase: .handshake, code: TH_E_INTERNAL, message: error.message))
    }
    outlet.sendNow(
      .ready, id: 0,
      Ready(
        kindID: plugin.table.id, wire: plugin.table.wire, abiMajor: UInt64(plugin.table.abi.major),
        digest: "\(plugin.identity.digest)"
      ).encoded())
    return performer
  }

  private func fail(_ failure: StartFailure) -> Never {
    outlet.sendNow(.startFailed, id: 0, failure.encoded())
    fflush(nil)
    _exit(WorkerExit.startFailed)
  }

  /// Reads a batch with one call, performs it, answers with one call; until the host closes the pipe.
  private func serve(_ performer: Performer) throws(WireError) {
    while true {
      while let frame = try received.next() {
        switch frame.type {
        case .request: performer.perform(frame)
        case .hostFeedback: performer.feedback(frame.payload)
        default:
          throw .badFrame(found: "a \(frame.type) frame", expected: "a request", offset: 0)
        }
        // Large batches leave in pieces, so that the host works while this goes on.
        if outlet.buffer.count > 1 << 15 { outlet.flush() }
      }
      if !outlet.buffer.isEmpty { outlet.flush() }
      guard fill() else {
        try received.checkEnd()
        return
      }
    }
  }

  private func nextFrame() throws(WireError) -> Frame {
    while true {
      if let frame = try received.next() { return frame }
      guard fill() else {
        try received.checkEnd()
        _exit(WorkerExit.hostGone)
      }
    }
  }

  /// False at the end of the file.
  private func fill() -> Bool {
    do {
      switch try received.fill(from: input) {
      case .bytes, .wouldBlock: return true
      case .endOfFile: return false
      }
    } catch {
      _exit(WorkerExit.hostGone)
    }
  }
}
