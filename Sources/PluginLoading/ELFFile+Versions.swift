extension ELFFile {
  private static let mostVersions = 4096

  /// Finds the newest version of the C library that the file asks for.
  mutating func readVersions(
    _ dynamic: Dynamic, _ strings: ByteTable, _ source: ByteSource
  ) throws(ELFError) {
    guard let address = dynamic[.versionsNeeded], let files = dynamic[.versionsNeededCount],
      let place = location(of: address)
    else { return }
    let size = min(place.available, 1 << 20)
    let table = try source.read(
      place.offset, size, limit: 1 << 20, rule: .programHeaders, "the table of versions")
    var file = 0
    var seen = 0
    for _ in 0..<min(files, UInt64(Self.mostVersions)) {
      let count: UInt16 = try table.require(file + 2)
      var version = file + Int(try table.require(file + 8, as: UInt32.self))
      for _ in 0..<count {
        seen += 1
        guard seen <= Self.mostVersions else {
          throw ELFError(
            rule: .programHeaders, offset: table.offset, found: "more than \(Self.mostVersions) versions",
            expected: "fewer")
        }
        note(strings.text(UInt64(try table.require(version + 8, as: UInt32.self))))
        let step = Int(try table.require(version + 12, as: UInt32.self))
        if step == 0 { break }
        version += step
      }
      let step = Int(try table.require(file + 12, as: UInt32.self))
      if step == 0 { break }
      file += step
    }
  }

  private mutating func note(_ name: ArraySlice<UInt8>?) {
    guard let name, let text = String(validating: name, as: UTF8.self), text.hasPrefix("GLIBC_"),
      let version = LibraryVersion(text.dropFirst("GLIBC_".count))
    else { return }
    libcVersion = max(libcVersion ?? version, version)
  }
}
