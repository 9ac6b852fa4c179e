import CTaskHost
import Foundation
import TestSupport
import Testing

/// The built plugin in this process, with a host that is as a test wants it.
final class Lab {
  /// What commands printed: the stream and the bytes of each piece.
  var pieces: [(stream: UInt32, bytes: [UInt8])] = []
  /// What the host answers to a piece.
  var printStatus: th_status = 0
  /// What the last hook that failed has said.
  var failure = ""

  let kind: UnsafePointer<th_kind>
  private let host = UnsafeMutablePointer<th_host>.allocate(capacity: 1)
  private let call = UnsafeMutablePointer<th_call>.allocate(capacity: 1)
  private let cancel = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
  private let table = UnsafeMutablePointer<th_print>.allocate(capacity: 1)
  private let hasPrint: Bool
  private var queue: OpaquePointer?
  private var worker: OpaquePointer?

  // Services get the call only, and tests of one suite run one after the other.
  nonisolated(unsafe) private static var current: Lab?

  init(hasPrint: Bool = true) throws {
    self.hasPrint = hasPrint
    let path = Taskhost.directory + "/libexec.so"
    let library = try #require(
      dlopen(path, RTLD_NOW | RTLD_LOCAL | Int32(RTLD_NODELETE)), "cannot load \(path)")
    let symbol = try #require(dlsym(library, TH_ENTRY_SYMBOL))
    typealias Entry =
      @convention(c) (UnsafePointer<th_host>?, UnsafeMutablePointer<th_call>?) -> UnsafePointer<th_kind>?
    cancel.initialize(to: 0)
    table.initialize(to: th_print())
    table.pointee.size = UInt32(MemoryLayout<th_print>.size)
    table.pointee.print = { _, stream, bytes in
      guard let lab = Lab.current else { return -1 }
      if lab.printStatus == 0 {
        lab.pieces.append((stream, Array(UnsafeBufferPointer(start: bytes.ptr, count: bytes.len))))
      }
      return lab.printStatus
    }
    host.initialize(to: th_host())
    host.pointee.size = UInt32(MemoryLayout<th_host>.size)
    host.pointee.log_enabled = { _, _ in 0 }
    host.pointee.log = { _, _, _ in }
    host.pointee.config_get = { _, _ in th_bytes() }
    host.pointee.extension = { _, id in
      guard let lab = Lab.current, lab.hasPrint, let id, String(cString: id) == "taskhost.print/1" else {
        return nil
      }
      return UnsafeRawPointer(lab.table)
    }
    call.initialize(to: th_call())
    call.pointee.size = UInt32(MemoryLayout<th_call>.size)
    call.pointee.cancel = UnsafePointer(cancel)
    call.pointee.fail = { _, code, message in
      Lab.current?.failure = String(
        decoding: UnsafeBufferPointer(start: message.ptr, count: message.len), as: UTF8.self)
      return code
    }
    call.pointee.feedback = { _, _ in }
    call.pointee.progress = { _, _, _, _ in }
    call.pointee.count = { _, _, _, _ in }
    call.pointee.diagnostic = { _, _ in }
    kind = try #require(unsafeBitCast(symbol, to: Entry.self)(host, call))
    Lab.current = self
    try #require(kind.pointee.queue_new(host, call, &queue) == 0)
  }

  deinit {
    if let worker { kind.pointee.worker_free(worker) }
    if let queue { kind.pointee.queue_free(queue) }
    host.deallocate()
    call.deallocate()
    cancel.deallocate()
    table.deallocate()
  }

  /// A word of a command in the form of a task.
  static func task(_ words: [String]) -> [UInt8] {
    [0, 0, 0, 0, 0, 0, 0, 0] + words.flatMap { Array($0.utf8) + [0] }
  }

  func startWorker() -> th_status { kind.pointee.worker_new(host, call, th_bytes(), &worker) }

  /// The status of `perform`, and its response.
  func perform(_ request: [UInt8]) throws -> (status: th_status, response: [UInt8]) {
    if worker == nil { try #require(startWorker() == 0, "\(failure)") }
    call.pointee.id = 1
    return output { out in request.withLent { kind.pointee.perform(worker, call, $0, out) } }
  }

  /// The request that is made of a task.
  func request(of task: [UInt8], id: UInt64) -> [UInt8] {
    call.pointee.id = id
    var status = th_worker_status()
    status.size = UInt32(MemoryLayout<th_worker_status>.size)
    return output { out in
      task.withLent { kind.pointee.request_of_task(queue, call, &status, $0, out) }
    }.response
  }

  func use(_ response: [UInt8], of task: [UInt8], id: UInt64) -> th_status {
    call.pointee.id = id
    var status = th_worker_status()
    status.size = UInt32(MemoryLayout<th_worker_status>.size)
    return output { out in
      task.withLent { task in
        response.withLent { kind.pointee.use_response(queue, call, &status, task, $0, out, out) }
      }
    }.status
  }

  private func output(
    _ body: (UnsafeMutablePointer<th_out>) -> th_status
  ) -> (status: th_status, response: [UInt8]) {
    var out = th_out()
    out.size = UInt32(MemoryLayout<th_out>.size)
    out.grow = { out, extra in
      let capacity = out!.pointee.len + extra
      out!.pointee.base = realloc(out!.pointee.base, capacity)?.assumingMemoryBound(to: UInt8.self)
      out!.pointee.cap = capacity
      return 0
    }
    let status = body(&out)
    defer { free(out.base) }
    return (status, Array(UnsafeBufferPointer(start: out.base, count: out.len)))
  }
}

extension [UInt8] {
  fileprivate func withLent<Result>(_ body: (th_bytes) -> Result) -> Result {
    withUnsafeBufferPointer { body(th_bytes(ptr: $0.baseAddress, len: $0.count)) }
  }
}
