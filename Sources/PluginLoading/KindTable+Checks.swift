internal import CTaskHost
internal import Glibc

extension KindTable {
  /// Copies the plugin's table, as much of it as both sides know, and checks it.
  static func read(
    _ table: UnsafePointer<th_kind>, file: String, abi: ABIVersion = .ours
  ) throws(Refusal) -> (table: KindTable, warnings: [Refusal]) {
    func broken(
      _ found: String, _ expected: String, rule: LoadRule = .kindTable,
      cure: String = "Build the plugin against this taskhost's header and set the member."
    ) -> Refusal {
      Refusal(file: file, rule: rule, found: found, expected: expected, cure: cure)
    }
    guard UInt(bitPattern: table) % UInt(MemoryLayout<th_kind>.alignment) == 0 else {
      throw broken("a table at a misaligned address", "a pointer to a th_kind")
    }
    let size = Int(UnsafeRawPointer(table).load(as: UInt32.self))
    guard size >= smallestSize, size <= largestSize else {
      throw broken("size \(size) in the table", "\(smallestSize) to \(largestSize), sizeof(th_kind)")
    }
    var hooks = th_kind()
    withUnsafeMutableBytes(of: &hooks) { copy in
      copy.initializeMemory(as: UInt8.self, repeating: 0)
      // A member that is there in part is not there.
      let shared = min(size, copy.count) / MemoryLayout<UInt64>.size * MemoryLayout<UInt64>.size
      copy.copyMemory(from: UnsafeRawBufferPointer(start: table, count: shared))
    }
    let major = UInt32(hooks.abi_major)
    let needs = UInt32(hooks.needs_minor)
    guard abi.accepts(major: major, needsMinor: needs) else {
      throw broken(
        "a table of ABI \(major) that needs at least \(major).\(needs)",
        "\(abi.major).\(abi.minor) or less", rule: .abiVersion, cure: abi.cure(major: major))
    }
    guard let perform = hooks.perform else {
      throw broken("a table without perform", "the hook perform")
    }
    func text(_ pointer: UnsafePointer<CChar>?, _ member: String) throws(Refusal) -> String {
      guard let pointer else { throw broken("NULL in \(member)", "UTF-8 text") }
      let length = strnlen(pointer, longestText + 1)
      guard length <= longestText else {
        throw broken("more than \(longestText) bytes in \(member)", "shorter text that ends with NUL")
      }
      let bytes = UnsafeRawBufferPointer(start: pointer, count: length)
      guard let string = String(validating: bytes, as: UTF8.self), !string.isEmpty else {
        throw broken(length == 0 ? "empty text in \(member)" : "invalid UTF-8 in \(member)", "UTF-8 text")
      }
      return string
    }
    let extensions: KindExtensions
    do throws(KindExtensions.Malformed) {
      extensions = try KindExtensions(hooks)
    } catch {
      throw broken(
        error.text, "a table as in taskhost_ext.h", cure: "Build the plugin against this taskhost's headers.")
    }
    let view = KindTable(
      source: UnsafeRawPointer(table), size: size, hooks: hooks, perform: perform,
      id: try text(hooks.id, "id"), name: try text(hooks.name, "name"),
      version: try text(hooks.version, "version"), wire: try text(hooks.wire, "wire"), extensions: extensions)
    var warnings: [Refusal] = []
    let unknown = hooks.flags & ~KindFlags.known.rawValue
    if unknown != 0 {
      warnings.append(
        broken(
          "flag bits 0x\(String(unknown, radix: 16)), which are ignored",
          "bits of 0x\(String(KindFlags.known.rawValue, radix: 16))",
          cure: "Use a taskhost that knows them, or clear them."))
    }
    return (view, warnings)
  }

  /// What a listing says of a kind must be what runs. Flags that differ are a warning: the table's count.
  func compare(with manifest: Manifest, file: String) throws(Refusal) -> [Refusal] {
    let members = [
      ("id", id, manifest.id), ("name", name, manifest.name), ("version", version, manifest.version),
      ("wire", wire, manifest.wire), ("abi_major", "\(abi.major)", "\(manifest.abiMajor)"),
      ("needs_minor", "\(hooks.needs_minor)", "\(manifest.needsMinor)"),
    ]
    func differing(_ found: String, _ expected: String) -> Refusal {
      Refusal(
        file: file, rule: .tableMatchesManifest, found: "\(found) in the table",
        expected: "\(expected), as in the manifest", cure: "Write the same in TH_MANIFEST and in th_kind.")
    }
    for (member, ours, theirs) in members where ours != theirs {
      throw differing("\(member) \"\(ours)\"", "\(member) \"\(theirs)\"")
    }
    try compare(declared: manifest.hooks, file: file)
    if flags == manifest.flags { return [] }
    return [differing("flags \(flags)", "flags \(manifest.flags)")]
  }

  /// A table ends at the earliest with `perform`, the one hook that must be there.
  private static var smallestSize: Int {
    (MemoryLayout<th_kind>.offset(of: \.perform) ?? 0) + MemoryLayout<UnsafeRawPointer>.size
  }
  /// More than any table of this major version will need; garbage is mostly larger.
  static var largestSize: Int { 64 << 10 }
  private static var longestText: Int { 1 << 10 }
}
