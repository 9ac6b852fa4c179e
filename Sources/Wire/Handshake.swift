/// What the host tells a new worker before anything of the plugin is loaded.
package struct WorkerConfig: Equatable {
  package var pluginPath: String
  package var kindID: String
  package var kindName: String
  package var wire: String
  package var abiMajor: UInt64
  /// Of the file that the host loaded: SHA-256 in hex, and what tells without reading that it is still the same.
  package var digest: String
  package var device: UInt64
  package var inode: UInt64
  package var size: UInt64
  package var changed: UInt64
  package var maxFrame: UInt64
  package var workerID: UInt64
  /// Keys and values in turn.
  package var settings: [String]
  package var version: String
  package var abiMinor: UInt64
  package var limits = ProcessLimits()
  /// Of the pool: a part of the handles of its workers.
  package var epoch: UInt64 = 0
  /// Where it works; empty = where its host does.
  package var directory = ""
  /// The mask for the modes of files that it makes; the greatest number = that of its host.
  package var fileMode = UInt64.max
  /// Somebody records a trace.
  package var isTraced = false

  package init(
    pluginPath: String, kindID: String, kindName: String, wire: String, abiMajor: UInt64, digest: String,
    device: UInt64, inode: UInt64, size: UInt64, changed: UInt64, maxFrame: UInt64, workerID: UInt64,
    settings: [String], version: String, abiMinor: UInt64
  ) {
    self.pluginPath = pluginPath
    self.kindID = kindID
    self.kindName = kindName
    self.wire = wire
    self.abiMajor = abiMajor
    self.digest = digest
    self.device = device
    self.inode = inode
    self.size = size
    self.changed = changed
    self.maxFrame = maxFrame
    self.workerID = workerID
    self.settings = settings
    self.version = version
    self.abiMinor = abiMinor
  }

  package func encoded() -> [UInt8] {
    var out = PayloadWriter()
    for text in [pluginPath, kindID, kindName, version, wire, digest] { out.put(text) }
    for number in [abiMajor, device, inode, size, changed, maxFrame, workerID, abiMinor] {
      out.put(number)
    }
    out.put(settings)
    out.put(epoch)
    limits.write(to: &out)
    out.put(directory)
    out.put(fileMode)
    out.put(isTraced ? 1 : 0)
    return out.bytes
  }

  package init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
    var reader = PayloadReader(payload, of: .config)
    pluginPath = try reader.text()
    kindID = try reader.text()
    kindName = try reader.text()
    version = try reader.text()
    wire = try reader.text()
    digest = try reader.text()
    abiMajor = try reader.number()
    device = try reader.number()
    inode = try reader.number()
    size = try reader.number()
    changed = try reader.number()
    maxFrame = try reader.number()
    workerID = try reader.number()
    abiMinor = try reader.number()
    settings = try reader.texts()
    epoch = try reader.number()
    limits = try ProcessLimits(&reader)
    directory = try reader.text()
    fileMode = try reader.number()
    isTraced = try reader.number() != 0
    try reader.finish()
    guard settings.count.isMultiple(of: 2) else {
      throw .badPayload(of: .config, "\(settings.count) keys and values, expected pairs")
    }
  }
}

/// What a worker says first: which protocol it speaks.
package struct Hello: Equatable {
  package var pid: UInt64
  package var version: String

  package init(pid: UInt64, version: String) {
    self.pid = pid
    self.version = version
  }

  package func encoded() -> [UInt8] {
    var out = PayloadWriter()
    out.put(pid)
    out.put(version)
    return out.bytes
  }

  package init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
    var reader = PayloadReader(payload, of: .hello)
    pid = try reader.number()
    version = try reader.text()
    try reader.finish()
  }
}

/// What a worker has loaded, and what it goes by, once it can perform.
package struct Ready: Equatable, Sendable {
  package var kindID: String
  package var wire: String
  package var abiMajor: UInt64
  package var digest: String
  package var maxFrame: UInt64
  package var limits: ProcessLimits

  package init(
    kindID: String, wire: String, abiMajor: UInt64, digest: String, maxFrame: UInt64, limits: ProcessLimits
  ) {
    self.kindID = kindID
    self.wire = wire
    self.abiMajor = abiMajor
    self.digest = digest
    self.maxFrame = maxFrame
    self.limits = limits
  }

  package func encoded() -> [UInt8] {
    var out = PayloadWriter()
    for text in [kindID, wire, digest] { out.put(text) }
    out.put(abiMajor)
    out.put(maxFrame)
    limits.write(to: &out)
    return out.bytes
  }

  package init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
    var reader = PayloadReader(payload, of: .ready)
    kindID = try reader.text()
    wire = try reader.text()
    digest = try reader.text()
    abiMajor = try reader.number()
    maxFrame = try reader.number()
    limits = try ProcessLimits(&reader)
    try reader.finish()
  }

  /// The first thing in which this, of a worker, differs from what the host loaded, with both sides; nil if nothing does.
  package func mismatch(with host: Ready) -> String? {
    let pairs = [
      ("kind", host.kindID, kindID), ("payload format", host.wire, wire),
      ("ABI", "\(host.abiMajor)", "\(abiMajor)"), ("SHA-256", host.digest, digest),
      ("the largest frame", "\(host.maxFrame)", "\(maxFrame)"),
    ]
    for (what, theirs, ours) in pairs where theirs != ours {
      return "\(what) differs: the host has \(theirs), the worker \(ours)"
    }
    if limits != host.limits {
      return "limits differ: the host has \(host.limits), the worker \(limits)"
    }
    return nil
  }
}

/// A worker that cannot start says why and exits.
package struct StartFailure: Equatable {
  package enum Phase: UInt64 {
    case handshake, load, initialise
    /// Only of a fork server: its workers can not be forked from it.
    case fork

    package var word: String {
      switch self {
      case .handshake: "handshake"
      case .load: "load"
      case .initialise: "init"
      case .fork: "fork"
      }
    }
  }

  package var phase: Phase
  /// Of the hook, in the last phase; else TH_E_INTERNAL.
  package var code: Int32
  package var message: String

  package init(phase: Phase, code: Int32, message: String) {
    self.phase = phase
    self.code = code
    self.message = message
  }

  package func encoded() -> [UInt8] {
    var out = PayloadWriter()
    out.put(phase.rawValue)
    out.put(UInt64(bitPattern: Int64(code)))
    out.put(message)
    return out.bytes
  }

  package init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
    var reader = PayloadReader(payload, of: .startFailed)
    let number = try reader.number()
    guard let phase = Phase(rawValue: number) else { throw .badPayload(of: .startFailed, "phase \(number)") }
    self.phase = phase
    code = try reader.int32()
    message = try reader.text()
    try reader.finish()
  }
}
