internal import CPosix
internal import CTaskHost
internal import Glibc

extension Plugin {
  private typealias Entry =
    @convention(c) (UnsafePointer<th_host>?, UnsafeMutablePointer<th_call>?) -> UnsafePointer<th_kind>?

  /// Maps the checked file and asks it for its table.
  static func load(
    _ file: borrowing PluginFile, host: UnsafePointer<th_host>
  ) throws(Refusal) -> (table: KindTable, warnings: [Refusal]) {
    let symbol = try entrySymbol(of: file)
    switch cposix_plugin_is_mapped_from(symbol, file.descriptor) {
    case 1: break
    case 0:
      throw Refusal(
        file: file.path, rule: .mappedFile, found: "another file, loaded under the same path",
        expected: "the file that was checked (\(file.stamp))",
        cure: "The file was replaced meanwhile: start again.")
    default:
      throw Refusal(
        file: file.path, rule: .mappedFile, found: "no way to tell (\(errnoText()))",
        expected: "a readable /proc/self/maps", cure: "Mount /proc.")
    }
    let entry = unsafeBitCast(symbol, to: Entry.self)
    let answer = EntryCall().run { call in entry(host, call) }
    guard let table = answer.result else {
      let message = answer.message.map { ": \($0)" } ?? " and no message"
      throw Refusal(
        file: file.path, rule: .entryResult, found: "NULL with status \(answer.code)\(message)",
        expected: "a table of hooks", cure: "See the message; it is the plugin's own.")
    }
    return try KindTable.read(table, file: file.path)
  }

  private static func entrySymbol(of file: borrowing PluginFile) throws(Refusal) -> UnsafeMutableRawPointer {
    // Never closed: runtimes keep pointers into what they have seen loaded.
    guard let library = dlopen(file.path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) else {
      throw DynamicLoaderMessage(dlerrorText(), file: file.path).refusal
    }
    guard let symbol = dlsym(library, TH_ENTRY_SYMBOL) else {
      throw Refusal(
        file: file.path, rule: .entrySymbol, found: "no \(TH_ENTRY_SYMBOL) (\(dlerrorText()))",
        expected: "that function, exported", cure: "Define it with TH_EXPORT.")
    }
    return symbol
  }

  private static func dlerrorText() -> String {
    dlerror().map { String(cString: $0) } ?? "no message from the dynamic loader"
  }
}
