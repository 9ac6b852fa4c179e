/// What the load rules say about a file, found without running any of it.
package struct Inspection: Sendable {
  package enum Severity: Hashable, Sendable { case error, warning }

  /// Absolute and without symbolic links, where the file could be opened.
  package let path: String
  package let origin: SearchPath.Origin
  package let stamp: FileStamp?
  package internal(set) var elf: ELFFile?
  package internal(set) var manifest: Manifest?
  /// Where it was asked for.
  package internal(set) var digest: PluginDigest?
  /// Libraries that the dynamic loader would not find; nil: nobody has looked.
  package internal(set) var missingLibraries: [String]?
  /// Symbols that no library defines; nil: nobody has looked, or not all libraries could be read.
  package internal(set) var missingSymbols: [String]?
  /// Each of them keeps the plugin from being loaded.
  package internal(set) var errors: [Refusal] = []
  package internal(set) var warnings: [Refusal] = []

  /// Inspects the file at `path`.
  package init(_ path: String, origin: SearchPath.Origin, policy: LoadPolicy = LoadPolicy()) {
    do throws(Refusal) {
      let file = try PluginFile.open(path)
      self.init(file, origin: origin, policy: policy)
    } catch {
      self.init(error, origin: origin)
    }
  }

  /// A file that could not even be looked at.
  init(_ refusal: Refusal, origin: SearchPath.Origin) {
    self.init(path: refusal.file, origin: origin, stamp: nil)
    errors = [refusal]
  }

  private init(path: String, origin: SearchPath.Origin, stamp: FileStamp?) {
    self.path = path
    self.origin = origin
    self.stamp = stamp
  }

  init(_ file: borrowing PluginFile, origin: SearchPath.Origin, policy: LoadPolicy) {
    var directories = DirectoryFindings()
    self.init(file.status, FileContents(file), origin: origin, policy: policy, &directories)
  }

  /// Judges a file whose contents are known. Who may write it is looked up now, but for directories that are in `directories`.
  init(
    _ file: FileStatus, _ contents: FileContents, origin: SearchPath.Origin, policy: LoadPolicy,
    _ directories: inout DirectoryFindings
  ) {
    self.init(path: file.path, origin: origin, stamp: file.stamp)
    digest = contents.digest
    checkTrust(file, policy, &directories)
    switch contents.elf {
    case .success(let elf):
      self.elf = elf
      checkManifest(contents, elf, policy)
      check(elf)
    case .failure(let error):
      let cure =
        switch error.rule {
        case .sharedObject: "Build the plugin for this machine with -shared -fPIC."
        case .manifest: "Build the plugin again; its notes are damaged."
        default: "The file is damaged or truncated: build or copy it again."
        }
      report(error.rule, found: "\(error.found) at byte \(error.offset)", expected: error.expected, cure)
    }
  }

  mutating func report(_ rule: LoadRule, found: String, expected: String, _ cure: String) {
    let refusal = Refusal(file: path, rule: rule, found: found, expected: expected, cure: cure)
    switch rule.severity(origin) {
    case .error: errors.append(refusal)
    case .warning: warnings.append(refusal)
    }
  }
}

extension LoadRule {
  /// Who names a file on the command line, or runs an executable from somewhere, has chosen to trust the
  /// place; a file that was only found there has to prove it.
  package func severity(_ origin: SearchPath.Origin) -> Inspection.Severity {
    switch self {
    case .owner, .writableByOthers, .directories, .runPath: origin.isTrusted ? .warning : .error
    case .otherExports, .staticTLS: .warning
    default: .error
    }
  }
}
