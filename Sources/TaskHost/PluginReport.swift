internal import CTaskHost
internal import Glibc
internal import PluginLoading

/// What can be told about a plugin file without running it.
package struct PluginReport: Sendable {
  /// What has come of one load rule.
  package struct Verdict: Sendable {
    package enum Result: String, Sendable { case passed, warning, broken, unchecked }

    /// "L03".
    package var rule: String
    package var title: String
    package var result: Result
    /// Where it is broken or bent.
    package var findings: [KindRefusal]
    /// Why it is unchecked.
    package var remark: String
  }

  /// Of all rules, in their order. Files of which the same is to be said share one.
  package final class Verdicts: Sendable {
    package let list: [Verdict]
    package let isRefused: Bool

    init(_ list: [Verdict]) {
      self.list = list
      isRefused = list.contains { $0.result == .broken }
    }
  }

  /// What the tables of the file say.
  package struct Contents: Sendable {
    package var libraries: [String]
    package var missingLibraries: [String]
    package var runPath: [String]
    package var exports: [String]
    package var undefined: Int
    package var weakUndefined: Int
    /// Nil: it could not be told.
    package var missingSymbols: [String]?
    package var initializers: Int
    package var threadLocalBytes: UInt64
    package var isThreadLocalStatic: Bool
    package var stackBytes: UInt64
    package var isStackExecutable: Bool
    /// The oldest C library that will do; nil: it does not say.
    package var libc: String?
    /// In hexadecimal; empty: there is none.
    package var buildID: String
  }

  /// Absolute, without symbolic links, where it could be opened.
  package var path: String
  /// As what it was judged: as one that was found there, or named.
  package var found: String
  /// It could be opened and read.
  package var isReadable: Bool
  package var size: UInt64?
  /// SHA-256, in hexadecimal.
  package var digest: String?
  package var manifest: PluginManifest?
  /// The ABI versions of hosts that can run it, in words.
  package var abiRange: String?
  package var contents: Contents?
  package var verdicts: Verdicts

  package var isRefused: Bool { verdicts.isRefused }
}

extension PluginReport {
  /// Looks at each of `files` and calls `body`, in their order; a file in a directory of the search path is judged as found there, any other as one that is named.
  package static func inspect(
    _ files: [String], _ options: Host.Options, _ body: (PluginReport) -> Void
  ) {
    var origins: [PathKey: SearchPath.Origin] = [:]
    for entry in SearchPath(options).entries where entry.origin != .commandLine {
      guard let resolved = realpath(entry.path, nil) else { continue }
      defer { free(resolved) }
      if let directory = String(validatingCString: resolved), origins[PathKey(directory)] == nil {
        origins[PathKey(directory)] = entry.origin
      }
    }
    PluginSurvey.remembering(options, digests: true) { survey in
      var libraries = LibrarySearch()
      var known: [PathKey: SearchPath.Origin] = [:]
      var flawless: Verdicts?
      for file in files {
        let directory = parent(of: file)
        let origin = known[PathKey(directory)] ?? origin(ofFilesIn: directory, origins)
        known[PathKey(directory)] = origin
        var inspection = survey.inspect(file, origin: origin)
        inspection.checkLibraries(&libraries)
        body(PluginReport(inspection, &flawless))
      }
    }
  }

  private static func origin(
    ofFilesIn directory: String, _ origins: [PathKey: SearchPath.Origin]
  ) -> SearchPath.Origin {
    guard let resolved = realpath(directory, nil) else { return .commandLine }
    defer { free(resolved) }
    return String(validatingCString: resolved).flatMap { origins[PathKey($0)] } ?? .commandLine
  }

  /// `flawless`: what is said of each file that breaks no rule and could be read as a whole; nil until there was one.
  init(_ inspection: Inspection, _ flawless: inout Verdicts?) {
    path = inspection.path
    found = inspection.origin.description
    // A file that could not be opened has broken L01 and was not looked at any further.
    isReadable = inspection.stamp != nil || access(inspection.path, R_OK) == 0
    size = inspection.stamp?.size
    digest = inspection.digest?.description
    manifest = inspection.manifest.map(PluginManifest.init)
    abiRange = inspection.manifest.map {
      "\($0.abiMajor).\($0.needsMinor) and newer, below \(UInt64($0.abiMajor) + 1).0"
    }
    contents = inspection.elf.map { elf in
      Contents(
        libraries: elf.needed, missingLibraries: inspection.missingLibraries ?? [], runPath: elf.runPath,
        exports: (elf.entry == .function ? [TH_ENTRY_SYMBOL] : []) + elf.otherExports,
        undefined: elf.undefined.count, weakUndefined: elf.weakUndefined.count,
        missingSymbols: inspection.missingSymbols, initializers: elf.initializerCount,
        threadLocalBytes: elf.threadLocalSize, isThreadLocalStatic: elf.hasStaticTLS,
        stackBytes: elf.stackSize,
        isStackExecutable: elf.hasExecutableStack, libc: elf.libcVersion?.description,
        buildID: hexadecimal(elf.buildID))
    }
    guard inspection.errors.isEmpty, inspection.warnings.isEmpty, inspection.elf != nil,
      inspection.manifest != nil, inspection.missingSymbols != nil
    else {
      verdicts = Verdicts(Self.verdicts(inspection))
      return
    }
    verdicts = flawless ?? Verdicts(Self.verdicts(inspection))
    flawless = verdicts
  }

  private static func verdicts(_ inspection: Inspection) -> [Verdict] {
    LoadRule.allCases.filter { $0.rawValue <= LoadRule.privilegedProcess.rawValue }.map { rule in
      let errors = inspection.errors.filter { $0.rule == rule }
      let findings = errors + inspection.warnings.filter { $0.rule == rule }
      let remark = findings.isEmpty ? unchecked(rule, inspection) : ""
      return Verdict(
        rule: rule.id, title: rule.title,
        result: !errors.isEmpty
          ? .broken : !findings.isEmpty ? .warning : remark.isEmpty ? .passed : .unchecked,
        findings: findings.map(KindRefusal.init), remark: remark)
    }
  }

  /// Why nothing can be said of a rule that is not broken; empty: it holds.
  private static func unchecked(_ rule: LoadRule, _ inspection: Inspection) -> String {
    if inspection.stamp == nil { return "the file was not opened" }
    let failed = inspection.errors.first { $0.rule == .sharedObject || $0.rule == .programHeaders }
    switch rule {
    case .regularFile, .owner, .writableByOthers, .directories, .privilegedProcess: return ""
    case .kindID: return "nothing was asked for"
    case .digest: return "a lock says which file is meant"
    case .sharedObject where inspection.elf != nil || failed?.rule == .programHeaders: return ""
    case .programHeaders where inspection.elf != nil: return ""
    default: break
    }
    if inspection.elf == nil { return "the file could not be read so far" }
    switch rule {
    case .abiVersion: return inspection.manifest == nil ? "there is no valid manifest" : ""
    case .undefinedSymbols:
      return inspection.missingSymbols == nil ? "not all of its libraries could be read" : ""
    default: return ""
    }
  }
}
