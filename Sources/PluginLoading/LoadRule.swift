/// What a file must fulfil to be loaded as a plugin. `docs/abi/load-rules.md` says for each rule what happens
/// when it is broken.
package enum LoadRule: UInt8, CaseIterable, Sendable {
  case regularFile = 1
  case owner
  case writableByOthers
  case directories
  case sharedObject
  case programHeaders
  case manifest
  case abiVersion
  case entrySymbol
  case otherExports
  case undefinedSymbols
  case textRelocations
  case executableStack
  case staticTLS
  case runPath
  case libraries
  case auditAndFilter
  case kindID
  case digest
  case privilegedProcess
  case dynamicLoader
  case mappedFile
  case entryResult
  case kindTable
  case tableMatchesManifest
  case sameAsHost
  case oneFilePerKind

  /// "L03": how messages and the documentation name the rule.
  package var id: String { Self.ids[Int(rawValue)] }

  private static let ids = (0...LoadRule.oneFilePerKind.rawValue).map { $0 < 10 ? "L0\($0)" : "L\($0)" }

  /// The rule in a few words.
  package var title: String {
    switch self {
    case .regularFile: "a plugin is a readable regular file of at most 512 MiB"
    case .owner: "the file belongs to root, to you, or to the owner of the executable"
    case .writableByOthers: "only its owner may write the file"
    case .directories: "nobody else may replace the file through its directories"
    case .sharedObject: "the file is a shared object for this machine"
    case .programHeaders: "program headers are sane and inside the file"
    case .manifest: "the file carries one valid manifest"
    case .abiVersion: "the plugin's ABI is one that this host has"
    case .entrySymbol: "the entry function is exported"
    case .otherExports: "nothing but the entry function is exported"
    case .undefinedSymbols: "the libraries of the plugin define all symbols it uses"
    case .textRelocations: "code is not relocated"
    case .executableStack: "the stack is not executable"
    case .staticTLS: "thread-local storage is not static"
    case .runPath: "libraries are searched only in fixed directories that others cannot write"
    case .libraries: "the libraries that the plugin needs are there"
    case .auditAndFilter: "no audit or filter library is asked for"
    case .kindID: "the kind is the one asked for, and allowed"
    case .digest: "the file has the pinned digest"
    case .privilegedProcess: "a privileged process loads plugins of the system only"
    case .dynamicLoader: "the dynamic loader accepts the file"
    case .mappedFile: "the file that was loaded is the file that was checked"
    case .entryResult: "the entry function returns a table"
    case .kindTable: "the table of hooks is well formed"
    case .tableMatchesManifest: "the table says what the manifest says"
    case .sameAsHost: "the worker loads what its host has loaded"
    case .oneFilePerKind: "a directory holds one file for each kind"
    }
  }
}
