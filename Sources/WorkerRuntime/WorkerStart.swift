internal import CPosix
internal import CTaskHost
internal import Glibc
internal import Hooks
internal import PluginLoading
internal import Wire

/// The start of a worker process up to the loaded plugin: the same for one that is executed and for a fork server.
struct WorkerStart {
  let channel: WorkerChannel
  let config: WorkerConfig
  let plugin: Plugin
  let services: HostServices
  let title: WorkerTitle
  /// What it says when it is ready: made once, for a fork server may have to say it thousands of times.
  private let ready: [UInt8]

  /// Reads what the host has to say, and loads the plugin or says why not and exits. A process that is going to fork others
  /// has to take descriptors for them: only those are limited to so many.
  init(_ channel: WorkerChannel, limitsFiles: Bool) throws(WireError) {
    self.channel = channel
    channel.outlet.sendNow(.hello, id: 0, Hello(pid: UInt64(getpid()), version: productVersion).encoded())
    let frame = try channel.nextFrame()
    guard frame.type == .config else {
      throw .badFrame(found: "a \(frame.type) frame", expected: "config", offset: 0)
    }
    config = try WorkerConfig(frame.payload)
    cpx_set_title("taskhost:\(config.kindName)")
    var limits = config.limits
    if !limitsFiles { limits.openFiles = 0 }
    if let problem = limits.apply() {
      Self.fail(StartFailure(phase: .handshake, code: TH_E_INTERNAL, message: problem), channel)
    }
    if let problem = Self.move(config) {
      Self.fail(StartFailure(phase: .handshake, code: TH_E_INTERNAL, message: problem), channel)
    }
    services = Self.services(config, channel.outlet)
    guard let digest = PluginDigest(hex: config.digest) else {
      Self.fail(
        StartFailure(phase: .handshake, code: TH_E_BAD_INPUT, message: "no SHA-256: \"\(config.digest)\""),
        channel)
    }
    do {
      plugin = try Plugin.load(Self.reference(config, digest), host: services.raw)
    } catch {
      Self.fail(StartFailure(phase: .load, code: TH_E_INTERNAL, message: "\(error)"), channel)
    }
    title = WorkerTitle(kind: plugin.table)
    ready =
      Ready(
        kindID: plugin.table.id, wire: plugin.table.wire, abiMajor: UInt64(plugin.table.abi.major),
        digest: "\(plugin.identity.digest)", maxFrame: config.maxFrame, limits: config.limits
      ).encoded()
  }

  /// To where the worker is to work. Nil, or what was wrong.
  private static func move(_ config: WorkerConfig) -> String? {
    if config.fileMode <= 0o777 { umask(mode_t(config.fileMode)) }
    guard !config.directory.isEmpty, chdir(config.directory) != 0 else { return nil }
    return "the directory \(config.directory) can not be entered: \(String(cString: strerror(errno)))"
  }

  private static func services(_ config: WorkerConfig, _ outlet: PipeOutlet) -> HostServices {
    let settings = stride(from: 0, to: config.settings.count, by: 2).map {
      (key: config.settings[$0], value: config.settings[$0 + 1])
    }
    return HostServices(
      role: TH_ROLE_WORKER, version: productVersion, settings: settings,
      leastLevel: Int32(TH_LOG_INFO), isTraced: config.isTraced
    ) { level, text in
      outlet.sendBeside(.log, id: 0, LogMessage(level: level, text: text).encoded())
    }
  }

  private static func reference(_ config: WorkerConfig, _ digest: PluginDigest) -> PluginReference {
    PluginReference(
      path: config.pluginPath,
      identity: PluginIdentity(
        stamp: FileStamp(
          device: config.device, inode: config.inode, size: config.size,
          changed: Int64(bitPattern: config.changed)),
        digest: digest),
      id: config.kindID, version: config.version, wire: config.wire,
      abi: ABIVersion(major: UInt32(clamping: config.abiMajor), minor: UInt32(clamping: config.abiMinor)))
  }

  /// What the host shares with every worker_new; lent until the channel is read again.
  func shared() -> UnsafeRawBufferPointer {
    do throws(WireError) {
      let frame = try channel.nextFrame()
      guard frame.type == .start else {
        throw .badFrame(found: "a \(frame.type) frame", expected: "start", offset: 0)
      }
      // What comes after it are requests.
      channel.received.limit = Frame.limit(payloads: Int(clamping: config.maxFrame))
      return frame.payload
    } catch {
      fail(StartFailure(phase: .handshake, code: TH_E_INTERNAL, message: error.message))
    }
  }

  func performer(_ cancel: CancelPage, _ claims: ClaimsPage) -> Performer {
    let performer = Performer(
      table: plugin.table, outlet: channel.outlet, frames: channel, cancel: cancel, claims: claims,
      maxFrame: Int(clamping: config.maxFrame),
      handle: th_worker_handle(id: config.workerID, epoch: config.epoch), isTraced: config.isTraced)
    if title.namesRequests { performer.title = title }
    return performer
  }

  func sayReady() {
    ready.withUnsafeBytes { channel.outlet.buffer.append(.ready, id: 0, payload: $0) }
    channel.outlet.flush()
  }

  func fail(_ failure: StartFailure) -> Never { Self.fail(failure, channel) }

  private static func fail(_ failure: StartFailure, _ channel: WorkerChannel) -> Never {
    channel.outlet.sendNow(.startFailed, id: 0, failure.encoded())
    fflush(nil)
    _exit(WorkerExit.startFailed)
  }
}
