internal import Glibc
internal import TaskHostSDK

/// How workers know where to report crashes. Not by what they share: that is the same from run to run, so that a journal knows
/// the calls again.
enum Inbox {
  private static let variable = "FFI_INBOX"

  /// As the kernel names it: a NUL, and letters and digits. Empty for nowhere.
  static var ofThisWorker: [UInt8] {
    guard let text = getenv(variable) else { return [] }
    return [0] + String(cString: text).utf8
  }

  /// Nil: it has no such name.
  static func entry(_ name: [UInt8]) -> String? {
    let isLetterOrDigit = { (byte: UInt8) in byte < 0x80 && isalnum(Int32(byte)) != 0 }
    guard name.first == 0, name.count > 1, name.dropFirst().allSatisfy(isLetterOrDigit) else { return nil }
    return "\(variable)=\(String(decoding: name.dropFirst(), as: UTF8.self))"
  }
}

extension FFIQueue {
  func environment(call: Call, items: ListOutput) throws {
    guard let entry = Inbox.entry(inboxName) else { return }
    try items.item.write(entry)
    try items.endItem()
  }
}
