internal import CPosix
internal import Glibc

/// What a check is doing, on a page that outlives its process.
package final class Notebook {
  private let page: OpaquePointer

  private init(_ page: OpaquePointer) { self.page = page }

  /// A file for the page; nil with errno.
  static func file() -> Int32? {
    let file = cpx_notebook_file()
    return file >= 0 ? file : nil
  }

  /// Nil with errno.
  convenience init?(file: Int32) {
    guard let page = cpx_notebook_map(file) else { return nil }
    self.init(page)
  }

  /// From here on a crash of this process is noted.
  func watch() { _ = cpx_notebook_watch(page) }

  /// Names the hook while `body` calls it.
  @inline(__always)
  package func during<Result>(_ hook: StaticString, _ body: () -> Result) -> Result {
    hook.withUTF8Buffer { name in
      name.withMemoryRebound(to: CChar.self) { cpx_notebook_set_hook(page, $0.baseAddress!) }
    }
    defer { cpx_notebook_set_hook(page, "") }
    return body()
  }

  /// The same for a name that was made up.
  func during<Result>(named hook: String, _ body: () -> Result) -> Result {
    cpx_notebook_set_hook(page, hook)
    defer { cpx_notebook_set_hook(page, "") }
    return body()
  }

  /// No hook is named.
  @inline(__always)
  var isBetweenHooks: Bool { cpx_notebook_hook(page).pointee == 0 }

  func name(hook: UnsafePointer<CChar>) { cpx_notebook_set_hook(page, hook) }

  /// Says what the check does next, in words that end a sentence such as "perform crashed ...".
  package func step(_ text: String) { cpx_notebook_set_step(page, text) }

  /// Memory that nobody may touch; `name` is for messages.
  func guarding(_ memory: UnsafeRawBufferPointer, _ name: String) -> UInt32 {
    guard let start = memory.baseAddress else { return .max }
    return cpx_notebook_guard(page, start, memory.count, name)
  }

  func forget(_ number: UInt32) { cpx_notebook_forget(page, number) }

  var hook: String { String(cString: cpx_notebook_hook(page)) }
  var step: String { String(cString: cpx_notebook_step(page)) }

  /// Where the process died, in words; nil if it has noted no crash.
  var crash: String? {
    let signal = cpx_notebook_signal(page)
    guard signal != 0 else { return nil }
    let address = cpx_notebook_address(page)
    if let name = cpx_notebook_guarded(page) {
      return "it touched \(String(cString: name)) (at 0x\(String(address, radix: 16)))"
    }
    guard signal == SIGSEGV || signal == SIGBUS else { return nil }
    return address < 0x10000
      ? "it followed a NULL pointer (to \(address))" : "at address 0x\(String(address, radix: 16))"
  }
}
