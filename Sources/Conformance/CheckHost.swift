package import CTaskHost
internal import Glibc

/// The `th_host` of a check. It lives as long as the process.
package final class CheckHost {
  package struct Shape: Sendable {
    package var role: UInt32 = TH_ROLE_CHECK
    package var minor = UInt16(TH_ABI_MINOR)
    /// Bytes that are there; behind them is a page that nobody may touch. Beyond those of `th_host` they are garbage.
    package var size = MemoryLayout<th_host>.size
    /// Without any, all are unknown.
    package var hasExtensions = true

    package init() {}
  }

  package let raw: UnsafePointer<th_host>
  private let settings: [(key: [UInt8], value: UnsafeRawBufferPointer)]
  private let hasExtensions: Bool
  /// "config_get", "extension", "log": what was asked for, from any thread.
  package let asked = StrayRequests()
  private let region: GuardedRegion?

  package init(_ shape: Shape, settings: [(key: String, value: String)], _ notebook: Notebook) {
    hasExtensions = shape.hasExtensions
    self.settings = settings.reversed().map { key, value in
      let bytes = Array(value.utf8)
      let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes.count + 1, alignment: 8)
      bytes.withUnsafeBytes { source in
        if let start = source.baseAddress { memory.copyMemory(from: start, byteCount: bytes.count) }
      }
      return (Array(key.utf8), UnsafeRawBufferPointer(start: memory, count: bytes.count))
    }
    let full = MemoryLayout<th_host>.size
    let alignment = MemoryLayout<th_host>.alignment
    let aligned = (shape.size + alignment - 1) / alignment * alignment
    // As it is in real hosts, plugins read on in it and nobody notices: only checks of its size do.
    let region = GuardedRegion(
      aligned, isStrict: shape.size != full, before: "the memory before th_host",
      behind: "the memory behind a th_host of \(shape.size) bytes",
      notebook)
    self.region = region
    // Without guard pages, where there is no memory for them.
    let start =
      region.map { $0.start + ($0.size - aligned) }
      ?? UnsafeMutableRawPointer.allocate(byteCount: max(aligned, full), alignment: alignment)
    if let region { memset(region.start, 0xDB, region.size) }
    raw = UnsafePointer(start.assumingMemoryBound(to: th_host.self))
    var initial = th_host()
    initial.size = UInt32(shape.size)
    initial.abi_major = UInt16(TH_ABI_MAJOR)
    initial.abi_minor = shape.minor
    initial.role = shape.role
    initial.name = UnsafePointer(strdup("taskhost"))
    initial.version = UnsafePointer(strdup("0"))
    initial.impl = Unmanaged.passRetained(self).toOpaque()
    initial.log_enabled = { host, _ in
      CheckHost.of(host).asked.note("log_enabled")
      return 1
    }
    initial.log = { host, _, message in
      CheckHost.of(host).asked.note("log")
      _ = message.array
    }
    initial.config_get = { host, key in CheckHost.of(host).value(of: key) }
    initial.extension = { host, id in
      let host = CheckHost.of(host)
      host.asked.note("extension")
      guard host.hasExtensions, let id else { return nil }
      return CheckExtensions.table(String(cString: id))
    }
    withUnsafeBytes(of: &initial) {
      start.copyMemory(from: $0.baseAddress!, byteCount: min(shape.size, full))
    }
  }

  private static func of(_ host: UnsafePointer<th_host>?) -> CheckHost {
    Unmanaged<CheckHost>.fromOpaque(host!.pointee.impl).takeUnretainedValue()
  }

  private func value(of key: th_bytes) -> th_bytes {
    asked.note("config_get")
    let wanted = key.array
    guard let entry = settings.first(where: { $0.key == wanted }) else { return th_bytes(ptr: nil, len: 0) }
    return th_bytes(
      ptr: entry.value.baseAddress?.assumingMemoryBound(to: UInt8.self), len: entry.value.count)
  }
}

/// The extensions that a check offers: those of a host, as a worker without a partner has them.
private enum CheckExtensions {
  static func table(_ id: String) -> UnsafeRawPointer? {
    switch id {
    case TH_EXT_PRINT: UnsafeRawPointer(print)
    case TH_EXT_STREAM: UnsafeRawPointer(stream)
    case TH_EXT_HOST_CALL: UnsafeRawPointer(hostCall)
    default: nil
    }
  }

  // Never changed once made.
  nonisolated(unsafe) private static let print: UnsafePointer<th_print> = {
    var table = th_print()
    table.size = UInt32(MemoryLayout<th_print>.size)
    table.print = { call, stream, bytes in CheckCall.of(call).take(print: bytes, stream: stream) }
    return kept(table)
  }()

  nonisolated(unsafe) private static let stream: UnsafePointer<th_stream> = {
    var table = th_stream()
    table.size = UInt32(MemoryLayout<th_stream>.size)
    table.emit = { call, _ in CheckCall.of(call).emit() }
    table.next = { call, item in
      item?.pointee = th_bytes(ptr: nil, len: 0)
      return CheckCall.of(call).nextItem()
    }
    return kept(table)
  }()

  nonisolated(unsafe) private static let hostCall: UnsafePointer<th_host_call> = {
    var table = th_host_call()
    table.size = UInt32(MemoryLayout<th_host_call>.size)
    table.identify = { _, handle in
      handle?.pointee = th_worker_handle(id: 1, epoch: 1)
      return TH_OK
    }
    table.call = { call, target, request, reply in
      guard let reply else { return TH_E_BAD_INPUT }
      if let target, target.pointee.id != 0 { return TH_E_STALE }
      return CheckCall.of(call).callHost(request, reply)
    }
    return kept(table)
  }()

  private static func kept<Table>(_ table: Table) -> UnsafePointer<Table> {
    let memory = UnsafeMutablePointer<Table>.allocate(capacity: 1)
    memory.initialize(to: table)
    return UnsafePointer(memory)
  }
}
