import Foundation
import TestSupport

/// What the headers of the ABI declare, and how a compiler lays it out.
struct ABILayout {
  struct Struct: Equatable {
    var name: String
    /// Each declaration without comments and needless space, and the names that it declares.
    var declarations: [Declaration]

    var members: [String] { declarations.flatMap(\.names) }
    /// One that says its size may grow.
    var canGrow: Bool { members.first == "size" }
  }

  struct Declaration: Equatable {
    var text: String
    var names: [String]
  }

  var structs: [Struct] = []
  var constants: [String] = []

  /// Of the header files in a directory.
  init(directory: String) throws {
    for name in ["taskhost.h", "taskhost_ext.h"] {
      let text = try String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)
        .replacing(#/(?s)/\*.*?\*/|//[^\n]*/#, with: "")
      for match in text.matches(of: #/(?s)typedef struct (?:TH_SENDABLE )?(\w+) \{(.*?)\n?\s*\} (\w+);/#) {
        structs.append(Struct(name: String(match.3), declarations: Self.declarations(String(match.2))))
      }
      let notValues = ["TH_NOEXCEPT", "TH_SENDABLE", "TH_EXPORT"]
      for match in text.matches(of: #/(?m)^#define (TH_\w+)[ \t]+[^\s]/#)
      where !notValues.contains(String(match.1)) {
        constants.append(String(match.1))
      }
      for match in text.matches(of: #/(?m)^enum \{([^}]*)\}/#) {
        constants += match.1.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      }
    }
  }

  private static func declarations(_ body: String) -> [Declaration] {
    body.split(separator: ";").compactMap { part in
      let text = part.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      if text.isEmpty { return nil }
      if let hook = text.firstMatch(of: #/\(\*(\w+)\)/#) {
        return Declaration(text: text, names: [String(hook.1)])
      }
      let names = text.split(separator: ",").compactMap {
        $0.firstMatch(of: #/(\w+)(?:\[.*\])?\s*$/#).map { String($0.1) }
      }
      return Declaration(text: text, names: names)
    }
  }

  /// A program that prints sizes, offsets and values of all that is here.
  var program: String {
    var lines = [
      "#include <stdio.h>", "#include \"taskhost_ext.h\"",
      "static void text(const char *name, const char *value) { printf(\"%s = \\\"%s\\\"\\n\", name, value); }",
      "static void number(const char *name, long long value) { printf(\"%s = %lld\\n\", name, value); }",
      "#define SHOW(x) _Generic((x), char *: text, const char *: text, default: number)(#x, x)",
      "int main(void) {",
    ]
    for item in structs {
      lines.append("  number(\"sizeof \(item.name)\", sizeof(\(item.name)));")
      for member in item.members {
        lines.append("  number(\"\(item.name).\(member)\", offsetof(\(item.name), \(member)));")
        lines.append("  number(\"sizeof \(item.name).\(member)\", sizeof(((\(item.name) *)0)->\(member)));")
      }
    }
    for constant in constants { lines.append("  SHOW(\(constant));") }
    return (lines + ["  return 0;", "}", ""]).joined(separator: "\n")
  }

  /// What the program prints with the headers of `directory`; nil: it can not be compiled with them.
  func values(_ directory: String, _ workshop: Workshop) throws -> [String: String]? {
    let name = "layout-\(UUID().uuidString)"
    let source = workshop.path(name + ".c")
    try program.write(toFile: source, atomically: true, encoding: .utf8)
    let compiler = try Child(
      "/usr/bin/env", ["cc", "-std=c11", "-w", "-I", directory, source, "-o", workshop.path(name)],
      environment: Taskhost.environment)
    guard try compiler.finish(seconds: 300) == .exited(0) else { return nil }
    let child = try Child(workshop.path(name), [], environment: Taskhost.environment)
    guard try child.finish(seconds: 60) == .exited(0) else {
      throw Child.Failure(description: "the program of layouts failed")
    }
    var values: [String: String] = [:]
    for line in child.outputText.split(separator: "\n") {
      let parts = line.split(separator: " = ", maxSplits: 1, omittingEmptySubsequences: false).map(
        String.init)
      values[parts[0]] = parts[1]
    }
    return values
  }

  /// In which ways the headers in `newer` break what was released in `older`.
  static func breaks(from older: String, to newer: String, _ workshop: Workshop) throws -> [String] {
    let (then, now) = (try ABILayout(directory: older), try ABILayout(directory: newer))
    var problems: [String] = []
    for old in then.structs {
      guard let new = now.structs.first(where: { $0.name == old.name }) else {
        problems.append("\(old.name) is gone")
        continue
      }
      if !new.declarations.starts(with: old.declarations) {
        problems.append("\(old.name) differs before its end")
      }
      if !old.canGrow, new != old { problems.append("\(old.name) does not say its size, and has changed") }
    }
    guard let before = try then.values(older, workshop) else {
      throw Child.Failure(description: "\(older) can not be compiled")
    }
    guard let after = try then.values(newer, workshop) else {
      return problems + ["what was released is missing"]
    }
    for (name, value) in before.sorted(by: { $0.key < $1.key }) where after[name] != value {
      let new = after[name] ?? "missing"
      let type = name.hasPrefix("sizeof ") && !name.contains(".") ? String(name.dropFirst(7)) : nil
      let grows = type.map { type in then.structs.contains { $0.name == type && $0.canGrow } } ?? false
      if grows || name == "TH_ABI_MINOR", let a = Int(value), let b = Int(new), b > a { continue }
      problems.append("\(name) was \(value) and is \(new)")
    }
    return problems
  }
}
