internal import ArgumentParser
package import TaskHost

/// A command that could not do what it was asked.
struct CommandFailure: Error {
  var error: RunError
  /// The help of the command says what would be right.
  private var isOfItsHelp = false

  init(_ error: RunError) { self.error = error }

  /// Without a hint, that is the help of the command that was given.
  static func usage(_ message: String, hint: String? = nil) -> CommandFailure {
    var failure = CommandFailure(RunError(.usage, message, hint: hint))
    failure.isOfItsHelp = hint == nil
    return failure
  }

  /// As the failure of this command.
  func of(_ command: any ParsableCommand.Type) -> CommandFailure {
    guard isOfItsHelp else { return self }
    var failure = self
    failure.error.hint = "\(TaskhostCommand.path(of: command).joined(separator: " ")) --help"
    return failure
  }
}

package enum ErrorText {
  /// `error: what`, then `  caused by: why` for each cause, then `(hint: command)`.
  package static func of(_ error: RunError, color: Bool) -> String {
    var buffer = ByteBuffer(capacity: 256)
    buffer.append(label: "error", .bad, error.message, color: color)
    buffer.append(0x0A)
    for cause in error.causes {
      buffer.append("  caused by: ")
      buffer.append(escaped: cause)
      buffer.append(0x0A)
    }
    if let hint = error.hint {
      buffer.append("(hint: ")
      buffer.append(escaped: hint)
      buffer.append(")\n")
    }
    return String(decoding: buffer.bytes, as: UTF8.self)
  }
}
