package import CTaskHost

/// The functions of a kind by their places, those included that this host was compiled without.
extension KindTable {
  /// All hooks that are known or declared, in the order of their tables.
  package static func hooks(declared: [Hook]) -> [Hook] {
    let unknown = declared.filter { declared in
      !Hook.known.contains { $0.table == declared.table && $0.name == declared.name }
    }
    return Hook.kind + unknown.filter { $0.table == nil } + Hook.session + Hook.hostService
      + Hook.line + unknown.filter { $0.table != nil }
  }

  /// The table of a hook and its size; nil: the kind does not offer it, or it is misaligned.
  package func table(of hook: Hook) -> (start: UnsafeRawPointer, size: Int)? {
    guard let id = hook.table else { return (source, size) }
    guard let table = hooks.extension?(id), UInt(bitPattern: table) % 8 == 0 else { return nil }
    let size = Int(table.load(as: UInt32.self))
    return size <= Self.largestSize ? (table, size) : nil
  }

  /// The function of a hook; nil: it is not set, or its table is not there or ends before it.
  package func function(of hook: Hook) -> UnsafeRawPointer? {
    guard let (start, size) = table(of: hook) else { return nil }
    return Self.function(at: hook.offset, in: start, size: size)
  }

  package static func function(at offset: Int, in table: UnsafeRawPointer, size: Int) -> UnsafeRawPointer? {
    guard offset >= 0, offset + MemoryLayout<UnsafeRawPointer>.size <= size else { return nil }
    return table.load(fromByteOffset: offset, as: UnsafeRawPointer?.self)
  }

  /// The same kind with another table in its place, as large as that, which lives as long as the process.
  package func replaced(by table: UnsafePointer<th_kind>, file: String) throws(Refusal) -> KindTable {
    try Self.read(table, file: file).table
  }

  /// L25: declared hooks of `th_kind` lie inside the table.
  func compare(declared hooks: [Hook], file: String) throws(Refusal) {
    let end = size / 8 * 8
    for hook in hooks where hook.table == nil && hook.offset + 8 > end {
      throw Refusal(
        file: file, rule: .tableMatchesManifest,
        found: "a table of \(size) bytes, and in the manifest \(hook.name) at offset \(hook.offset)",
        expected: "hooks within the table", cure: "Correct the offset in TH_MANIFEST, or th_kind.size.")
    }
  }
}
