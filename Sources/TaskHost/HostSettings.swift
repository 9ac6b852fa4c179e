internal import Glibc
package import Settings

/// The settings of a host and where each comes from: what the program says, then the environment, then files, then the defaults;
/// the same ones that `taskhost` has, read in the same strict way.
public struct HostSettings: Sendable {
  /// Who has said what a setting is.
  public enum Level: String, Sendable, CaseIterable {
    /// Nobody.
    case standard = "default"
    /// A file of the project or of the user.
    case file
    /// A variable.
    case environment
    /// The program itself.
    case program
  }

  /// One setting.
  public struct Value: Sendable, Equatable {
    /// As the option without its dashes and the key in a file: `max-frame`.
    public let name: String
    /// As it could be written: `100M`, `30s`, `auto`, `none`.
    public let text: String
    /// Of a number: sizes in bytes, times in nanoseconds.
    public let number: UInt64?
    /// `bytes` or `nanoseconds`; nil for what has no unit.
    public let unit: String?
    /// Who says so.
    public let level: Level
    /// In words: the variable, `FILE:LINE`, the name of the source, `default`.
    public let origin: String
  }

  /// A value, a name or a file that is not what was expected, with its place.
  public struct Invalid: Error, Sendable, CustomStringConvertible {
    /// What was found where, and what was expected.
    public let description: String
  }

  /// Which files are read.
  public enum Files: Sendable, Equatable {
    /// None at all.
    case none
    /// As `taskhost` does it in this directory: the file of the project, then that of the user.
    case search(from: String)
    /// This one, and that of the user.
    case file(String)
  }

  package let resolution: Resolution

  /// What is strange and does no harm: keys that mean nothing, files that do not count.
  public var warnings: [String] { resolution.warnings }

  /// Where a program has settings of its own: a reader of its configuration, an object of a user interface.
  public struct Source {
    /// As `Value.origin` shows it.
    public var name: String
    /// A text for the name of a setting, or nil.
    public var text: (String) -> String?

    /// `name` is for people.
    public init(name: String, text: @escaping (String) -> String?) {
      self.name = name
      self.text = text
    }
  }

  /// `program` has names of settings and texts; it goes before `sources`, of which an earlier one goes before a later one.
  /// `environment` is that of the process if none is given.
  public init(
    _ program: [String: String] = [:], sources: [Source] = [], environment: [String: String]? = nil,
    files: Files = .none
  ) throws(Invalid) {
    for name in program.keys.sorted() where !Setting.all.contains(where: { $0.name == name }) {
      let cure = NearestWord.to(name, among: Setting.all.map(\.name)).map { "; did you mean '\($0)'?" }
      throw Invalid(description: "there is no setting '\(name)'\(cure ?? "")")
    }
    let variable: (String) -> String? = { name in
      environment.map { $0[name] } ?? getenv(name).map { String(cString: $0) }
    }
    let levels =
      ([Source(name: "the program") { program[$0] }] + sources).map(SettingLevel.init)
      + [.environment(variable)]
    do throws(SettingError) {
      let found =
        switch files {
        case .none: ConfigurationFiles()
        case .search(let directory):
          try ConfigurationFiles(.standard, directory: directory, variable: variable)
        case .file(let path): try ConfigurationFiles(.file(path), directory: nil, variable: variable)
        }
      resolution = try Resolution(levels, files: found)
    } catch {
      throw Invalid(description: error.message)
    }
  }

  /// In the order of the documentation.
  public var values: [Value] { Setting.all.map(value) }

  /// Nil: there is no such setting.
  public subscript(name: String) -> Value? { Setting.all.first { $0.name == name }.map(value) }

  private func value(_ setting: Setting) -> Value {
    let origin = resolution[setting].origin
    let level: Level =
      switch origin {
      case .standard: .standard
      case .file: .file
      case .environment: .environment
      case .program, .flag: .program
      }
    return Value(
      name: setting.name, text: resolution.text(setting), number: resolution.number(setting),
      unit: setting.type.unit, level: level, origin: origin.text)
  }
}

extension SettingLevel {
  fileprivate init(_ source: HostSettings.Source) {
    self.init {
      source.text($0.name)
    } origin: { _ in
      .program(source.name)
    }
  }
}
