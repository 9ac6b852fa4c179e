/// Who says what a setting is; a later case goes before an earlier one.
package enum SettingOrigin: Equatable, Sendable {
  case standard
  case file(path: String, TextPosition)
  /// What the program that embeds the host has given, by this name.
  case program(String)
  /// The name of the variable.
  case environment(String)
  /// The option.
  case flag(String)

  /// For people: `default`, `FILE:LINE`, the name of the variable, the option.
  package var text: String {
    switch self {
    case .standard: "default"
    case .file(let path, let position): "\(path):\(position.line)"
    case .environment(let name), .flag(let name), .program(let name): name
    }
  }

  package var isFlag: Bool {
    if case .flag = self { true } else { false }
  }
}

/// A setting that could not be resolved.
package struct SettingError: Error, Equatable {
  /// What was typed is wrong, and no file or variable.
  package var isUsage: Bool
  package var message: String

  package init(isUsage: Bool, _ message: String) {
    self.isUsage = isUsage
    self.message = message
  }

  static func configuration(_ message: String) -> SettingError { SettingError(isUsage: false, message) }

  /// A value of `setting` that is not what is expected, with who said it.
  package static func wrong(
    _ setting: Setting, _ found: String, from origin: SettingOrigin, expected: String? = nil
  ) -> SettingError {
    SettingError(
      isUsage: origin.isFlag,
      "\(name(setting, origin)) is \(found); expected \(expected ?? setting.expected)")
  }

  /// How the user calls it there: the option, the variable, or its place in a file.
  package static func name(_ setting: Setting, _ origin: SettingOrigin) -> String {
    switch origin {
    case .file(let path, let position): "\(path):\(position.line):\(position.column): \(setting.key)"
    case .environment(let name), .flag(let name): name
    case .program(let name): "\(setting.name), said by \(name),"
    case .standard: setting.name
    }
  }
}
