/// Where settings come from: a text for each that is said there, and how that place is called.
package struct SettingLevel {
  let text: (Setting) throws(SettingError) -> String?
  let origin: (Setting) -> SettingOrigin

  package init(
    text: @escaping (Setting) throws(SettingError) -> String?, origin: @escaping (Setting) -> SettingOrigin
  ) {
    self.text = text
    self.origin = origin
  }

  /// What was typed; the last of two counts.
  package static func flags(_ given: [(setting: Setting, text: String)]) -> SettingLevel {
    SettingLevel { setting in
      given.last { $0.setting.name == setting.name }?.text
    } origin: {
      .flag($0.flag)
    }
  }

  /// The variables of the settings, looked up with `variable`.
  package static func environment(_ variable: @escaping (String) -> String?) -> SettingLevel {
    SettingLevel {
      variable($0.variable)
    } origin: {
      .environment($0.variable)
    }
  }
}
