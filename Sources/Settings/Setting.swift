/// One thing that can be set for a run, declared once: what it is called everywhere, what it may be, and what it is when
/// nobody says anything.
package struct Setting: Sendable {
  /// Where it stands in a file.
  package enum Table: String, CaseIterable, Sendable {
    /// What changes what a run does.
    case run
    /// What only changes how it looks: the file of a user may have these.
    case display
  }

  /// The long option without its dashes, and the key in its table.
  package let name: String
  package let table: Table
  package let type: SettingType
  /// Nil: it is not limited or not used. Then the word `none` says so at each level.
  package let standard: SettingValue
  /// One line.
  package let help: String
  /// What else there is to say; may be empty.
  package let details: String
  /// As the value is called in help.
  package let valueName: String
  /// Without one it is for variables and files only.
  package let hasFlag: Bool
  /// Workers are told it, and say what they have.
  package let travels: Bool
  /// `run.max-frame`.
  package let key: String
  package let flag: String
  /// `TASKHOST_MAX_FRAME`.
  package let variable: String

  init(
    _ name: String, _ type: SettingType, default standard: SettingValue, in table: Table = .run,
    value: String, _ help: String, details: String = "", hasFlag: Bool = true, travels: Bool = false
  ) {
    self.name = name
    self.table = table
    self.type = type
    self.standard = standard
    self.help = help
    self.details = details
    valueName = value
    key = "\(table.rawValue).\(name)"
    flag = "--" + name
    let letters = name.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 & ~0x20 }
    variable = "TASKHOST_" + String(decoding: letters, as: UTF8.self)
    self.hasFlag = hasFlag
    self.travels = travels
  }

  /// The default, as it would be written.
  package var standardText: String { type.text(standard) }

  /// What must stand there, for messages.
  package var expected: String {
    standard == .none ? "\(type.expected), or none" : type.expected
  }

  /// From the words of an option or a variable; nil if it is not what is expected.
  package func parse(_ text: String) -> SettingValue? {
    if standard == .none, text == "none" { return SettingValue.none }
    return type.parse(text)
  }

  /// From a value in a file; nil if it is not what is expected.
  func parse(_ value: TOMLValue) -> SettingValue? {
    switch value {
    case .string(let text): type.isSwitch ? nil : parse(text)
    case .integer(let number): type.takesIntegers && number >= 0 ? parse("\(number)") : nil
    case .boolean(let value): type.isSwitch ? .truth(value) : nil
    case .strings(let words): type.parse(words)
    }
  }
}

/// What a setting is set to. Sizes are in bytes, times in nanoseconds.
package enum SettingValue: Equatable, Sendable {
  /// No limit, or not used.
  case none
  case automatic
  case number(UInt64)
  case decimal(Double)
  case truth(Bool)
  case word(String)
  case words([String])
  /// So many; and whether what is under way is cancelled, too.
  case failures(UInt64, now: Bool)
}
