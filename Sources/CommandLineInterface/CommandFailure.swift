package import TaskHost

/// A command that could not do what it was asked.
struct CommandFailure: Error {
  var error: RunError

  init(_ error: RunError) { self.error = error }

  static func usage(_ message: String, hint: String = "taskhost help") -> CommandFailure {
    CommandFailure(RunError(.usage, message, hint: hint))
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
