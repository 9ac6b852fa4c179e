internal import CTaskHost
internal import Glibc
internal import TaskHostSDK

/// What a command prints, on its way to the run: `taskhost.print/1`.
struct Printer: @unchecked Sendable {
  // The table lasts as long as the process and never changes.
  private let raw: UnsafePointer<th_print>

  /// Throws when the host does not have it, and says so by name.
  init(_ host: Host) throws(KindError) {
    guard let table = host.services("taskhost.print/1"),
      table.load(as: UInt32.self) >= MemoryLayout<th_print>.size
    else { throw .unsupported("this host has no extension taskhost.print/1") }
    raw = table.assumingMemoryBound(to: th_print.self)
  }

  /// False: the command is to give up.
  func print(_ bytes: UnsafeRawBufferPointer, stream: UInt32, _ call: Call) throws(KindError) -> Bool {
    let lent = th_bytes(ptr: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), len: bytes.count)
    let status = raw.pointee.print(call.raw, stream, lent)
    if status == KindError.cancelled.code { return false }
    guard status >= 0 else {
      throw KindError(code: status, message: "what the command prints could not be handed on")
    }
    return true
  }
}
