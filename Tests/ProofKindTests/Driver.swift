import CTaskHost
import Foundation
import Testing

/// The built plugin, loaded as a host loads it.
enum PluginFile {
  // The table never changes.
  nonisolated(unsafe) static let kind: Result<UnsafePointer<th_kind>, any Error> = Result {
    let directory = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let path = (directory as NSString).deletingLastPathComponent + "/libproof.so"
    let library = try #require(
      dlopen(path, RTLD_NOW | RTLD_LOCAL | Int32(RTLD_NODELETE)), "cannot load \(path)")
    let symbol = try #require(dlsym(library, TH_ENTRY_SYMBOL))
    typealias Entry =
      @convention(c) (UnsafePointer<th_host>?, UnsafeMutablePointer<th_call>?) -> UnsafePointer<th_kind>?
    let entry = unsafeBitCast(symbol, to: Entry.self)
    let host = FakeHost()
    let call = FakeCall()
    return try #require(entry(host.pointer, call.pointer))
  }
}

/// An output in the memory of the driver. It starts without any room, so that every write has to grow it.
final class FakeOut {
  let pointer = UnsafeMutablePointer<th_out>.allocate(capacity: 1)
  var items: [[UInt8]] = []
  var groups: [UInt64] = []

  init() {
    pointer.initialize(to: th_out())
    pointer.pointee.size = UInt32(MemoryLayout<th_out>.size)
    pointer.pointee.impl = Unmanaged.passUnretained(self).toOpaque()
    pointer.pointee.grow = { out, extra in
      let out = out!
      let capacity = out.pointee.len + extra
      out.pointee.base = realloc(out.pointee.base, capacity)?.assumingMemoryBound(to: UInt8.self)
      out.pointee.cap = capacity
      return 0
    }
    pointer.pointee.end_item = { out, options in
      let me = Unmanaged<FakeOut>.fromOpaque(out!.pointee.impl).takeUnretainedValue()
      me.items.append(me.bytes)
      me.groups.append(options?.pointee.group ?? 0)
      out!.pointee.len = 0
      return 0
    }
  }

  deinit {
    free(pointer.pointee.base)
    pointer.deallocate()
  }

  var bytes: [UInt8] { Array(UnsafeBufferPointer(start: pointer.pointee.base, count: pointer.pointee.len)) }
  var text: String { String(decoding: bytes, as: UTF8.self) }
}

struct Said: Equatable {
  var severity: UInt32
  var file: String
  var line: Int
  var column: Int
  var step: Int
  var label: String
  var message: String
  var json: String
}

func text(_ bytes: th_bytes) -> String {
  String(decoding: UnsafeBufferPointer(start: bytes.ptr, count: bytes.len), as: UTF8.self)
}

/// One call, which keeps what the hook tells its host.
final class FakeCall {
  let pointer = UnsafeMutablePointer<th_call>.allocate(capacity: 1)
  private let cancelWord = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
  var failure = ""
  var diagnostics: [Said] = []
  var counts: [UInt64]?
  var progress: (done: UInt64, total: UInt64, units: String)?

  init(cancelled: Bool = false) {
    cancelWord.initialize(to: cancelled ? 7 : 0)
    pointer.initialize(to: th_call())
    pointer.pointee.size = UInt32(MemoryLayout<th_call>.size)
    pointer.pointee.id = 7
    pointer.pointee.cancel = UnsafePointer(cancelWord)
    pointer.pointee.impl = Unmanaged.passUnretained(self).toOpaque()
    pointer.pointee.fail = { call, code, message in
      FakeCall.of(call).failure = text(message)
      return code
    }
    pointer.pointee.feedback = { _, _ in }
    pointer.pointee.progress = { call, done, total, units in
      FakeCall.of(call).progress = (done, total, text(units))
    }
    pointer.pointee.count = { call, passed, pending, failed in
      FakeCall.of(call).counts = [passed, pending, failed]
    }
    pointer.pointee.diagnostic = { call, d in
      let d = d!.pointee
      FakeCall.of(call).diagnostics.append(
        Said(
          severity: d.severity, file: text(d.file), line: Int(d.line), column: Int(d.column),
          step: Int(d.step),
          label: text(d.label), message: text(d.message), json: text(d.json)))
    }
  }

  deinit {
    pointer.deallocate()
    cancelWord.deallocate()
  }

  private static func of(_ call: UnsafeMutablePointer<th_call>?) -> FakeCall {
    Unmanaged<FakeCall>.fromOpaque(call!.pointee.impl).takeUnretainedValue()
  }
}

/// The services of a process, with options of the run.
final class FakeHost {
  let pointer = UnsafeMutablePointer<th_host>.allocate(capacity: 1)
  private var options: [String: UnsafeMutableBufferPointer<UInt8>] = [:]

  init(_ options: [String: String] = [:]) {
    for (key, value) in options {
      let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: value.utf8.count)
      _ = memory.initialize(from: value.utf8)
      self.options[key] = memory
    }
    pointer.initialize(to: th_host())
    pointer.pointee.size = UInt32(MemoryLayout<th_host>.size)
    pointer.pointee.impl = Unmanaged.passUnretained(self).toOpaque()
    pointer.pointee.log_enabled = { _, _ in 0 }
    pointer.pointee.log = { _, _, _ in }
    pointer.pointee.config_get = { host, key in
      let me = Unmanaged<FakeHost>.fromOpaque(host!.pointee.impl).takeUnretainedValue()
      guard let value = me.options[text(key)] else { return th_bytes() }
      return th_bytes(ptr: UnsafePointer(value.baseAddress), len: value.count)
    }
    pointer.pointee.extension = { _, _ in nil }
  }

  deinit {
    for value in options.values { value.deallocate() }
    pointer.deallocate()
  }
}

func lending<Result>(_ bytes: [UInt8], _ body: (th_bytes) throws -> Result) rethrows -> Result {
  try bytes.withUnsafeBufferPointer { try body(th_bytes(ptr: $0.baseAddress, len: $0.count)) }
}
