import Foundation

/// As much of JSON Schema as `docs/events.schema.json` uses; anything else in a schema is an error, so that no
/// rule is passed over.
struct SchemaChecker {
  struct Unsupported: Error { var keyword: String }

  private let root: [String: Any]

  init(contentsOf url: URL) throws {
    guard let root = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any] else {
      throw Unsupported(keyword: "a schema that is no object")
    }
    self.root = root
  }

  /// What is wrong with `value`; empty when it is valid.
  func problems(of value: Any) throws -> [String] { try problems(of: value, root, "$") }

  private func problems(of value: Any, _ schema: [String: Any], _ path: String) throws -> [String] {
    var found: [String] = []
    for (keyword, rule) in schema {
      switch keyword {
      case "$schema", "$id", "$defs", "title", "description": break
      case "$ref":
        let name = (rule as? String ?? "").replacingOccurrences(of: "#/$defs/", with: "")
        guard let target = (root["$defs"] as? [String: Any])?[name] as? [String: Any] else {
          throw Unsupported(keyword: "$ref \(rule)")
        }
        found += try problems(of: value, target, path)
      case "type":
        if !SchemaChecker.matches(value, rule as? String ?? "") { found.append("\(path) is no \(rule)") }
      case "const":
        if !SchemaChecker.equal(value, rule) { found.append("\(path) is \(value), not \(rule)") }
      case "enum":
        guard let words = rule as? [String] else { throw Unsupported(keyword: keyword) }
        if !words.contains(value as? String ?? "") {
          found.append("\(path) is \(value), not one of \(words)")
        }
      case "minimum":
        if let number = value as? NSNumber, let least = rule as? NSNumber,
          number.doubleValue < least.doubleValue
        {
          found.append("\(path) is \(number), less than \(least)")
        }
      case "pattern":
        let pattern = try Regex(rule as? String ?? "")
        if let text = value as? String, try pattern.firstMatch(in: text) == nil {
          found.append("\(path) is \(text), which does not match \(rule)")
        }
      case "required":
        for name in rule as? [String] ?? [] where (value as? [String: Any])?[name] == nil {
          found.append("\(path) has no \(name)")
        }
      case "properties":
        for (name, part) in rule as? [String: [String: Any]] ?? [:] {
          if let member = (value as? [String: Any])?[name] {
            found += try problems(of: member, part, "\(path).\(name)")
          }
        }
      case "additionalProperties":
        guard let part = rule as? [String: Any] else {
          throw Unsupported(keyword: keyword)
        }
        let named = schema["properties"] as? [String: Any] ?? [:]
        for (name, member) in value as? [String: Any] ?? [:] where named[name] == nil {
          found += try problems(of: member, part, "\(path).\(name)")
        }
      case "items":
        guard let part = rule as? [String: Any] else { throw Unsupported(keyword: keyword) }
        for (index, item) in (value as? [Any] ?? []).enumerated() {
          found += try problems(of: item, part, "\(path)[\(index)]")
        }
      case "allOf":
        for part in rule as? [[String: Any]] ?? [] { found += try problems(of: value, part, path) }
      case "oneOf":
        let results = try (rule as? [[String: Any]] ?? []).map { try problems(of: value, $0, path) }
        if results.filter(\.isEmpty).count != 1 {
          found.append(
            "\(path) fits \(results.filter(\.isEmpty).count) of \(results.count) forms: \(results)")
        }
      default: throw Unsupported(keyword: keyword)
      }
    }
    return found
  }

  private static func equal(_ value: Any, _ constant: Any) -> Bool {
    if let text = constant as? String { return value as? String == text }
    if let number = constant as? Int { return value as? Int == number }
    return false
  }

  private static func matches(_ value: Any, _ type: String) -> Bool {
    let number = value as? NSNumber
    let isBoolean = number.map { String(cString: $0.objCType) == "c" } ?? false
    return switch type {
    case "object": value is [String: Any]
    case "array": value is [Any]
    case "string": value is String
    case "boolean": isBoolean
    case "number": number != nil && !isBoolean
    case "integer": number.map { !isBoolean && $0.doubleValue == $0.doubleValue.rounded() } ?? false
    default: false
    }
  }
}

enum Repository {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }
}
