package import Configuration

/// Where settings come from, as a provider of swift-configuration, and how that is called. Values are asked for as strings, under
/// the keys of `Setting.configKey`.
package struct SettingLevel: Sendable {
  private let provider: any ConfigProvider
  let origin: @Sendable (Setting) -> SettingOrigin

  package init(_ provider: any ConfigProvider, origin: @escaping @Sendable (Setting) -> SettingOrigin) {
    self.provider = provider
    self.origin = origin
  }

  /// What was typed.
  package static func flags(_ given: [(setting: Setting, text: String)]) -> SettingLevel {
    var values: [AbsoluteConfigKey: ConfigValue] = [:]
    for (setting, text) in given { values[setting.configKey] = ConfigValue(.string(text), isSecret: false) }
    return SettingLevel(InMemoryProvider(name: "options", values: values)) { .flag($0.flag) }
  }

  /// The variables of the settings, looked up with `variable`.
  package static func environment(_ variable: (String) -> String?) -> SettingLevel {
    var variables: [String: String] = [:]
    for setting in Setting.all { variables[setting.variable] = variable(setting.variable) }
    return SettingLevel(EnvironmentVariablesProvider(environmentVariables: variables)) {
      .environment($0.variable)
    }
  }

  /// What an embedding program sets, or a provider of its own.
  package static func program(_ provider: any ConfigProvider) -> SettingLevel {
    let name = provider.providerName
    return SettingLevel(provider) { _ in .program(name) }
  }

  func text(of setting: Setting) throws(SettingError) -> String? {
    let found: LookupResult
    do {
      found = try provider.value(forKey: setting.configKey, type: .string)
    } catch {
      throw .configuration("\(SettingError.name(setting, origin(setting))) could not be read: \(error)")
    }
    guard case .string(let text)? = found.value?.content else { return nil }
    return text
  }
}

extension Setting {
  /// `taskhost.max-frame`: providers that read variables call it by the name of `variable`.
  package var configKey: AbsoluteConfigKey { AbsoluteConfigKey(["taskhost", name]) }
}
