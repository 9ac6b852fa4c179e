/// What each setting is, and who said so: option, then variable, then file, then default.
package struct Resolution: Sendable {
  package struct Resolved: Equatable, Sendable {
    package var value: SettingValue
    package var origin: SettingOrigin
  }

  private var resolved: [String: Resolved] = [:]
  /// The files that were read, in the order in which they count.
  package private(set) var files: [String]
  /// What is strange and does no harm.
  package var warnings: [String]

  /// The first of `levels` that says something of a setting counts; below them are the files. Every value is read strictly, also
  /// one that another one overrides.
  package init(_ levels: [SettingLevel], files: ConfigurationFiles = ConfigurationFiles())
    throws(SettingError)
  {
    self.files = files.files.map(\.path)
    warnings = files.warnings
    var below: [SettingLevel] = []
    for file in files.files { below.append(try file.level()) }
    for setting in Setting.all {
      resolved[setting.name] = Resolved(value: setting.standard, origin: .standard)
      for level in (levels + below).reversed() {
        guard let text = try level.text(setting) else { continue }
        let origin = level.origin(setting)
        guard let value = setting.parse(text) else { throw .wrong(setting, "'\(text)'", from: origin) }
        resolved[setting.name] = Resolved(value: value, origin: origin)
      }
    }
    try checkTimes()
  }

  private func checkTimes() throws(SettingError) {
    let (soft, hard) = (self[.softTimeout], self[.timeout])
    guard case (.number(let first), .number(let second)) = (soft.value, hard.value), second <= first else {
      return
    }
    let softName = SettingError.name(.softTimeout, soft.origin)
    throw SettingError(
      isUsage: soft.origin.isFlag || hard.origin.isFlag,
      "\(SettingError.name(.timeout, hard.origin)) is '\(Setting.timeout.type.text(hard.value))'; expected more than "
        + "\(softName), which is '\(Setting.softTimeout.type.text(soft.value))'")
  }

  package subscript(setting: Setting) -> Resolved {
    resolved[setting.name] ?? Resolved(value: setting.standard, origin: .standard)
  }

  /// A number; nil for none and auto.
  package func number(_ setting: Setting) -> UInt64? {
    if case .number(let number) = self[setting].value { number } else { nil }
  }

  package func isOn(_ setting: Setting) -> Bool { self[setting].value == .truth(true) }

  /// A word; nil for none.
  package func word(_ setting: Setting) -> String? {
    if case .word(let word) = self[setting].value { word } else { nil }
  }

  package func words(_ setting: Setting) -> [String] {
    if case .words(let words) = self[setting].value { words } else { [] }
  }

  /// As it could be written.
  package func text(_ setting: Setting) -> String { setting.type.text(self[setting].value) }

  /// Takes back what files and variables say of `setting`, which can not be kept here; tells so.
  package mutating func drop(_ setting: Setting, because reason: String) {
    let before = self[setting]
    guard before.origin != .standard else { return }
    resolved[setting.name] = Resolved(value: setting.standard, origin: .standard)
    warnings.append("\(SettingError.name(setting, before.origin)) does not count: \(reason)")
  }
}
