/// One file that has been read.
package struct ConfigurationFile: Sendable {
  package enum Role: Equatable, Sendable {
    /// Of the directory tree in which a run is started, or named with `--config`.
    case project
    /// Of the user: how things look, and nothing else.
    case user

    var tables: [Setting.Table] { self == .user ? [.display] : Setting.Table.allCases }
  }

  package let path: String
  package let role: Role
  let entries: [TOMLEntry]
  private let tables: [(name: String, position: TextPosition)]

  /// Errors name file, line and column, what was found and what was expected.
  package init(path: String, role: Role, text: String) throws(SettingError) {
    self.path = path
    self.role = role
    do throws(TOMLError) {
      let reader = try TOMLReader(text)
      entries = reader.entries
      tables = reader.tables
    } catch {
      throw .configuration(
        "\(path):\(error.position.line):\(error.position.column): found \(error.found), expected \(error.expected)"
      )
    }
  }

  /// Its values, for a merge with others.
  func level() throws(SettingError) -> SettingLevel {
    let values = try self.values()
    func find(_ setting: Setting) -> (setting: Setting, value: SettingValue, position: TextPosition)? {
      values.first { $0.setting.name == setting.name }
    }
    return SettingLevel { setting in
      find(setting).map { setting.type.text($0.value) }
    } origin: { [path] setting in
      .file(path: path, find(setting)?.position ?? TextPosition(line: 1, column: 1))
    }
  }

  /// What it sets. A value that is not what is expected is an error with its place.
  func values() throws(SettingError) -> [(setting: Setting, value: SettingValue, position: TextPosition)] {
    var values: [(setting: Setting, value: SettingValue, position: TextPosition)] = []
    for entry in entries {
      guard let setting = setting(of: entry) else { continue }
      guard let value = setting.parse(entry.value) else {
        throw .wrong(
          setting, entry.value.found, from: .file(path: path, entry.position), expected: expected(setting))
      }
      values.append((setting, rooted(value, setting), entry.position))
    }
    return values
  }

  private func setting(of entry: TOMLEntry) -> Setting? {
    role.tables.first { $0.rawValue == entry.table }.flatMap { Setting.named(entry.key, in: $0) }
  }

  private func expected(_ setting: Setting) -> String {
    switch setting.type {
    case .duration, .size, .choice, .command: setting.expected + ", in quotes"
    case .choices, .directories: "a list of strings"
    default: setting.expected
    }
  }

  /// Directories of a project are named from its top.
  private func rooted(_ value: SettingValue, _ setting: Setting) -> SettingValue {
    guard setting.type == .directories, case .words(let words) = value else { return value }
    return .words(words.map { $0.hasPrefix("/") ? $0 : root + "/" + $0 })
  }

  /// The directory that holds `.config`, or the file itself where it is in no such place.
  private var root: String {
    let directory = PathText.parent(of: path)
    return PathText.last(of: directory) == ".config" ? PathText.parent(of: directory) : directory
  }

  /// Tables and keys that mean nothing here: each is told, with what may have been meant.
  package var warnings: [String] {
    let known = role.tables.map(\.rawValue)
    var texts: [String] = []
    for table in tables where !known.contains(table.name) {
      texts.append(
        place(table.position) + unknownTable(table.name, NearestWord.to(table.name, among: known)))
    }
    for entry in entries where setting(of: entry) == nil {
      if let table = Setting.Table(rawValue: entry.table) {
        guard role.tables.contains(table) else { continue }
        let keys = Setting.all.filter { $0.table == table }.map(\.name)
        texts.append(
          place(entry.keyPosition) + "there is no setting '\(entry.key)' in [\(entry.table)]"
            + Self.cure(entry.key, keys))
      } else if entry.table.isEmpty {
        let table = role.tables.first { Setting.named(entry.key, in: $0) != nil }
        texts.append(
          place(entry.keyPosition) + "'\(entry.key)' stands in no table"
            + (table.map { "; it belongs under [\($0.rawValue)]" } ?? ""))
      }
    }
    return texts
  }

  private func unknownTable(_ name: String, _ nearest: String?) -> String {
    if role == .user, Setting.Table(rawValue: name) != nil {
      return "[\(name)] does not count in the file of a user, which sets [display] only"
    }
    return "there is no table [\(name)]" + (nearest.map { "; did you mean [\($0)]?" } ?? "")
  }

  private static func cure(_ key: String, _ keys: [String]) -> String {
    NearestWord.to(key, among: keys).map { "; did you mean '\($0)'?" } ?? ""
  }

  private func place(_ position: TextPosition) -> String { "\(path):\(position.line):\(position.column): " }
}

/// Paths as text.
enum PathText {
  static func parent(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  static func last(of path: String) -> String {
    path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[path.utf8.index(after: $0)...]) } ?? path
  }
}
