internal import CPosix
internal import CTaskHost
internal import Glibc

extension Inspection {
  /// L07, L08 and L18: what the manifest says.
  mutating func checkManifest(_ contents: FileContents, _ elf: ELFFile, _ policy: LoadPolicy) {
    switch contents.manifest {
    case nil:
      report(
        .manifest, found: elf.manifests.isEmpty ? "no manifest" : "\(elf.manifests.count) manifests",
        expected: "one note of owner \"taskhost\" with JSON",
        elf.manifests.isEmpty
          ? "This is not a plugin, or its source lacks TH_MANIFEST." : "Keep one TH_MANIFEST.")
    case .success(let manifest):
      self.manifest = manifest
      check(manifest, policy)
    case .failure(let error):
      report(
        .manifest, found: error.found, expected: error.expected, "Correct TH_MANIFEST in its source.")
    }
  }

  private mutating func check(_ manifest: Manifest, _ policy: LoadPolicy) {
    let abi = policy.abi
    if !abi.accepts(major: manifest.abiMajor, needsMinor: manifest.needsMinor) {
      report(
        .abiVersion,
        found: "ABI \(manifest.abiMajor), at least \(manifest.abiMajor).\(manifest.needsMinor)",
        expected: "ABI \(abi.major), at most \(abi)", abi.cure(major: manifest.abiMajor))
    }
    if let expected = policy.expectedID, manifest.id != expected {
      report(
        .kindID, found: "the kind \(manifest.id)", expected: "the kind \(expected)",
        "Name the file of that kind.")
    }
    if policy.denied.contains(manifest.id) {
      report(
        .kindID, found: "the kind \(manifest.id), which is denied", expected: "a kind that is allowed",
        "Take it off the list of denied kinds.")
    }
  }

  /// L09 to L17: what the dynamic loader would do with the file.
  mutating func check(_ elf: ELFFile) {
    checkSymbols(elf)
    if elf.hasTextRelocations {
      report(
        .textRelocations, found: "relocations in code (DT_TEXTREL)", expected: "none",
        "Compile all of it with -fPIC.")
    }
    if elf.hasExecutableStack {
      report(
        .executableStack, found: "a request for an executable stack", expected: "none",
        "Link with -z noexecstack.")
    }
    if elf.hasStaticTLS {
      report(
        .staticTLS, found: "static thread-local storage (DF_STATIC_TLS), for which there may be no room",
        expected: "none", "Build it without -ftls-model=initial-exec.")
    }
    for directory in elf.runPath { checkRunPath(directory) }
    for library in elf.needed where library.isEmpty || library.contains("/") && resolve(library) == nil {
      report(
        .runPath, found: "the library \"\(library)\", looked for in the current directory",
        expected: "names without slash, absolute paths, or $ORIGIN",
        "Give the library a name with -Wl,-soname, or link with -L and -l.")
    }
    if let needed = elf.libcVersion, let running = LibraryVersion.running, needed > running {
      report(
        .libraries, found: "symbols of GLIBC \(needed)",
        expected: "at most GLIBC \(running), which runs here",
        "Build the plugin on the oldest system that it is to run on, or update this one.")
    }
    if !elf.auditTags.isEmpty {
      report(
        .auditAndFilter, found: elf.auditTags.joined(separator: ", "), expected: "none of these",
        "Link without --audit, --depaudit, -f and -F.")
    }
  }

  private mutating func checkSymbols(_ elf: ELFFile) {
    let found: String? =
      switch elf.entry {
      case .function: nil
      case .missing: "no symbol \(TH_ENTRY_SYMBOL)"
      case .undefined: "\(TH_ENTRY_SYMBOL), used but not defined"
      case .unsuitable(let what): "\(TH_ENTRY_SYMBOL) as \(what)"
      }
    if let found {
      report(
        .entrySymbol, found: found, expected: "\(TH_ENTRY_SYMBOL) as a global function",
        "Define it with TH_EXPORT, and in C++ inside extern \"C\".")
    }
    if !elf.otherExports.isEmpty {
      report(
        .otherExports, found: Self.few(elf.otherExports), expected: "\(TH_ENTRY_SYMBOL) alone",
        "Compile with -fvisibility=hidden, or link with --version-script=plugin.map of the SDK.")
    }
  }

  private mutating func checkRunPath(_ directory: String) {
    let cure = "Link with absolute run paths or $ORIGIN only, or without any."
    let expected = "absolute directories or $ORIGIN"
    guard let resolved = resolve(directory) else {
      report(
        .runPath,
        found: directory.isEmpty ? "an empty run path, the current directory" : "the run path \(directory)",
        expected: expected, cure)
      return
    }
    var status = stat()
    if stat(resolved, &status) == 0, status.st_mode & S_IWOTH != 0 {
      report(
        .runPath, found: "the run path \(directory), where everybody may write", expected: expected, cure)
    }
  }

  /// The absolute path that the dynamic loader makes of one in the file, or nil when there is none.
  private func resolve(_ name: String) -> String? {
    for origin in ["$ORIGIN", "${ORIGIN}"] where name.hasPrefix(origin) {
      let rest = name.dropFirst(origin.count)
      if rest.isEmpty || rest.hasPrefix("/") { return parentDirectory(of: path) + rest }
    }
    return name.hasPrefix("/") ? name : nil
  }
}
