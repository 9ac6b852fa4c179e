/// Errors of options that are no settings.
enum OptionValue {
  static func wrong(_ option: String, _ value: String, expected: String) -> CommandFailure {
    .usage("\(option) is '\(value)'; expected \(expected)")
  }
}
