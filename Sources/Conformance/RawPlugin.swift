internal import CTaskHost
internal import Glibc
internal import PluginLoading

/// The entry function of a plugin, without what the loader makes of its table.
struct RawPlugin {
  typealias Entry =
    @convention(c) (UnsafePointer<th_host>?, UnsafeMutablePointer<th_call>?) -> UnsafePointer<th_kind>?

  let entry: Entry
  private let notebook: Notebook

  /// Skips a file that the loader would not load.
  init(_ context: CheckContext) throws(CheckEnd) {
    notebook = context.notebook
    if let refusal = context.inspection().errors.first {
      throw .skipped("the loader refuses the file: rule \(refusal.rule.id), found \(refusal.found)")
    }
    let file = context.file
    let symbol = context.notebook.during("a constructor") { () -> UnsafeMutableRawPointer? in
      dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE).flatMap { dlsym($0, TH_ENTRY_SYMBOL) }
    }
    guard let symbol else {
      throw .skipped("the dynamic loader refuses the file: \(dlerror().map { String(cString: $0) } ?? "")")
    }
    entry = unsafeBitCast(symbol, to: Entry.self)
  }

  /// Asks it for its table. Nil: it has refused.
  func table(_ host: CheckHost, _ call: CheckCall) -> KindCopy? {
    let table = notebook.during("taskhost_plugin_v1") { entry(host.raw, call.raw) }
    call.end()
    return table.flatMap { KindCopy($0) }
  }
}

/// What a table says, so that two can be compared.
struct KindCopy: Equatable {
  private var words: [UInt64]
  private var texts: [String]

  /// Nil where the table can not be read at all; `table-well-formed` is about that.
  init?(_ table: UnsafePointer<th_kind>) {
    guard UInt(bitPattern: table) % 8 == 0 else { return nil }
    let size = Int(UnsafeRawPointer(table).load(as: UInt32.self))
    guard size >= 64, size <= 1 << 16 else { return nil }
    let count = min(size, MemoryLayout<th_kind>.size) / 8
    words = (0..<count).map { UnsafeRawPointer(table).load(fromByteOffset: 8 * $0, as: UInt64.self) }
    texts = []
    for place in [\th_kind.id, \.name, \.version, \.wire] {
      guard let text = table.pointee[keyPath: place], let offset = MemoryLayout<th_kind>.offset(of: place)
      else {
        return nil
      }
      texts.append(String(cString: text))
      words[offset / 8] = 0
    }
  }
}
