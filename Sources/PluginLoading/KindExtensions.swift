package import CTaskHost

/// What a kind offers beyond its hooks: copies of its tables, as far as both sides know them.
package struct KindExtensions: Sendable {
  package var session: th_session_hooks?
  package var service: th_host_service?
  package var line: th_task_line?

  /// Asks the kind for each extension that this host knows; the text says what is wrong with a table.
  init(_ hooks: th_kind) throws(Malformed) {
    guard let ask = hooks.extension else { return }
    if let table = ask(TH_EXT_SESSION) {
      session = try Self.read(table, TH_EXT_SESSION, th_session_hooks())
      if session?.session_perform == nil {
        throw Malformed(text: "\(TH_EXT_SESSION) without session_perform")
      }
    }
    if let table = ask(TH_EXT_HOST_SERVICE) {
      service = try Self.read(table, TH_EXT_HOST_SERVICE, th_host_service())
      if service?.on_call == nil { throw Malformed(text: "\(TH_EXT_HOST_SERVICE) without on_call") }
    }
    if let table = ask(TH_EXT_LINE) {
      line = try Self.read(table, TH_EXT_LINE, th_task_line())
      if line?.line_of_task == nil { throw Malformed(text: "\(TH_EXT_LINE) without line_of_task") }
    }
  }

  struct Malformed: Error {
    var text: String
  }

  /// The first revision is the least that a table holds.
  private static func read<Table>(
    _ table: UnsafeRawPointer, _ id: String, _ empty: Table
  ) throws(Malformed) -> Table {
    guard UInt(bitPattern: table) % UInt(MemoryLayout<Table>.alignment) == 0 else {
      throw Malformed(text: "\(id) at a misaligned address")
    }
    let size = Int(table.load(as: UInt32.self))
    guard size >= MemoryLayout<Table>.size, size <= 1 << 16 else {
      throw Malformed(text: "\(id) of size \(size), expected at least \(MemoryLayout<Table>.size)")
    }
    var copy = empty
    withUnsafeMutableBytes(of: &copy) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: table, count: $0.count))
    }
    return copy
  }
}
