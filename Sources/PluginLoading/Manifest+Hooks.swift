internal import CTaskHost

/// `"hooks"`: what is at which place of a table, for hosts that were compiled without it.
extension Manifest {
  private static let mostHooks = 64
  /// Where the last function pointer of the largest table begins.
  private static let lastOffset: UInt64 = (64 << 10) - 8

  static func hooks(_ root: Members) throws(ManifestError) -> [Hook] {
    let values = try root.array("hooks")
    guard values.count <= mostHooks else {
      throw ManifestError(found: "\(values.count) items in \"hooks\"", expected: "at most \(mostHooks)")
    }
    var hooks: [Hook] = []
    for (index, value) in values.enumerated() {
      let place = "item \(index + 1) of \"hooks\""
      let hook = try hook(try Members(value, place), place)
      try compareWithKnown(hook, place)
      if let other = hooks.first(where: { $0.table == hook.table && $0.name == hook.name }) {
        throw ManifestError(found: "\(other.id) again in \(place)", expected: "each hook once")
      }
      if let other = hooks.first(where: { $0.table == hook.table && $0.offset == hook.offset }) {
        throw ManifestError(
          found: "offset \(hook.offset) of \(other.id) again in \(place)", expected: "each offset once")
      }
      hooks.append(hook)
    }
    return hooks
  }

  private static func hook(_ members: Members, _ place: String) throws(ManifestError) -> Hook {
    let name = try members.identifier("name", longest: 64)
    let table = try members.optionalText("table", longest: 128)
    if let table, table.isEmpty || table.contains(":") || table.contains(" ") {
      throw members.wrong("table", .string(table), "the id of an extension, such as \(TH_EXT_SESSION)")
    }
    guard let offset = try members.unsigned("offset") else {
      throw members.missing("offset", "the offset of the member in bytes")
    }
    guard offset % 8 == 0, offset >= 8, offset <= lastOffset else {
      throw members.wrong(
        "offset", .integer(Int64(offset)), "a multiple of 8 from 8 to \(lastOffset)")
    }
    let text = try members.text("signature", longest: 512)
    let read: (name: String?, signature: HookSignature)
    do throws(SignatureError) { read = try HookSignature.read(text) } catch {
      throw ManifestError(
        found: "\(error.found) in column \(error.column) of the signature of \(place)",
        expected: error.expected)
    }
    if let inner = read.name, inner != name {
      throw ManifestError(
        found: "'\(inner)' in the signature of \(place)", expected: "'\(name)', or no name there")
    }
    return Hook(table: table, name: name, offset: Int(offset), signature: read.signature, isDeclared: true)
  }

  /// A manifest says nothing else of a hook than the header of this host.
  private static func compareWithKnown(_ hook: Hook, _ place: String) throws(ManifestError) {
    guard let end = Hook.firstUnknownOffset(in: hook.table) else { return }
    let known = Hook.known(in: hook.table)
    let same = known.first { $0.name == hook.name } ?? known.first { $0.offset == hook.offset }
    guard let same else {
      if hook.offset >= end { return }
      throw ManifestError(
        found: "offset \(hook.offset) in \(place)",
        expected: "\(end) or more: below it are the members that this host knows")
    }
    let isSame =
      same.name == hook.name && same.offset == hook.offset
      && same.signature.passedResult == hook.signature.passedResult
      && same.signature.passedArguments == hook.signature.passedArguments
    guard isSame else {
      throw ManifestError(
        found: "\(hook.declaration) at offset \(hook.offset) in \(place)",
        expected: "\(same.declaration) at offset \(same.offset), as this host knows it")
    }
  }
}
