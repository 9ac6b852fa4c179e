extension Inspection {
  /// L11 and L16, as far as they can be told without the dynamic loader: which libraries and symbols it would not find.
  package mutating func checkLibraries(_ search: inout LibrarySearch) {
    guard let elf else { return }
    let closure = search.closure(of: elf, at: path)
    missingLibraries = closure.missing
    if !closure.missing.isEmpty {
      report(
        .libraries, found: "no file for \(Self.few(closure.missing))",
        expected: "each library that the plugin names",
        "Install the library, or link it statically into the plugin.")
    }
    guard closure.isComplete else { return }
    let missing = search.undefined(elf.undefined, in: closure).sorted()
    missingSymbols = missing
    if !missing.isEmpty {
      report(
        .undefinedSymbols, found: "no definition of \(Self.few(missing))",
        expected: "a definition of each symbol in the plugin or in a library that it names",
        "Link the library that defines the symbol; the host exports nothing.")
    }
  }

  static func few(_ names: [String]) -> String {
    names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
  }
}
