package import CTaskHost
internal import Glibc

/// The `th_host` of this process. Lives as long as the process, as the header promises, so nothing in it is freed.
package final class HostServices: @unchecked Sendable {
  package typealias Log = @Sendable (_ level: Int32, _ message: String) -> Void

  package let raw: UnsafePointer<th_host>
  private let settings: [(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)]
  private let log: Log
  private let leastLevel: Int32
  private let isTraced: Bool

  /// `settings`: a later entry of a key counts. `log` is called from any thread.
  package init(
    role: UInt32, version: String, settings: [(key: String, value: String)], leastLevel: Int32,
    isTraced: Bool = false, log: @escaping Log
  ) {
    // Latest first, so that a search from the front finds the one that counts.
    self.settings = settings.reversed().map { (Self.keep($0.key), Self.keep($0.value)) }
    self.log = log
    self.leastLevel = leastLevel
    self.isTraced = isTraced
    let host = UnsafeMutablePointer<th_host>.allocate(capacity: 1)
    var initial = th_host()
    initial.size = UInt32(MemoryLayout<th_host>.size)
    initial.abi_major = UInt16(TH_ABI_MAJOR)
    initial.abi_minor = UInt16(TH_ABI_MINOR)
    initial.role = role
    initial.name = UnsafePointer(strdup("taskhost"))
    initial.version = UnsafePointer(strdup(version))
    initial.log_enabled = { host, level in level >= HostServices.of(host).leastLevel ? 1 : 0 }
    initial.log = { host, level, message in
      let services = HostServices.of(host)
      if level >= services.leastLevel { services.log(level, message.text()) }
    }
    initial.config_get = { host, key in HostServices.of(host).value(of: key) }
    initial.extension = { host, id in
      guard let host, let id else { return nil }
      return ExtensionTables.table(
        id, isWorker: host.pointee.role == TH_ROLE_WORKER, isTraced: HostServices.of(host).isTraced)
    }
    host.initialize(to: initial)
    raw = UnsafePointer(host)
    host.pointee.impl = Unmanaged.passRetained(self).toOpaque()
  }

  private static func of(_ host: UnsafePointer<th_host>?) -> HostServices {
    Unmanaged<HostServices>.fromOpaque(host!.pointee.impl).takeUnretainedValue()
  }

  private static func keep(_ text: String) -> UnsafeRawBufferPointer {
    let bytes = Array(text.utf8)
    // One byte more: an empty value is set, and has an address.
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes.count + 1, alignment: 8)
    bytes.withUnsafeBytes { source in
      if let start = source.baseAddress { memory.copyMemory(from: start, byteCount: bytes.count) }
    }
    return UnsafeRawBufferPointer(start: memory, count: bytes.count)
  }

  private func value(of key: th_bytes) -> th_bytes {
    for entry in settings
    where entry.key.count == key.len
      && (key.len == 0 || memcmp(entry.key.baseAddress!, key.ptr, key.len) == 0)
    {
      return th_bytes(entry.value)
    }
    return th_bytes(ptr: nil, len: 0)
  }
}
