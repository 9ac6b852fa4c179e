internal import Conformance
internal import TaskHost

/// How many checks have come to what.
struct CheckTally {
  var passed = 0
  var warnings = 0
  var failed = 0
  var crashed = 0
  var skipped = 0
  /// Checks that were skipped for the same reason, in the order in which they came.
  private(set) var skips: [(reason: String, checks: [String])] = []

  var failures: Int { failed + crashed }
  var all: Int { passed + warnings + failed + crashed + skipped }

  mutating func add(_ result: CheckResult) {
    switch result.verdict {
    case .pass: passed += 1
    case .warn: warnings += 1
    case .fail: failed += 1
    case .crash: crashed += 1
    case .skip(let reason):
      skipped += 1
      if let index = skips.firstIndex(where: { $0.reason == reason }) {
        skips[index].checks.append(result.check.id)
      } else {
        skips.append((reason, [result.check.id]))
      }
    }
  }

  /// "52 checks: 50 passed, 1 warning, 1 skipped".
  var text: String {
    var parts = ["\(passed) passed"]
    if warnings > 0 { parts.append(warnings == 1 ? "1 warning" : "\(warnings) warnings") }
    if failed > 0 { parts.append("\(failed) failed") }
    if crashed > 0 { parts.append("\(crashed) crashed") }
    if skipped > 0 { parts.append("\(skipped) skipped") }
    return "\(all == 1 ? "1 check" : "\(all) checks"): \(parts.joined(separator: ", "))"
  }
}

/// Checks as text for people.
extension ByteBuffer {
  /// Nothing for one that has passed; those that were skipped are shown at the end.
  mutating func append(_ result: CheckResult, _ options: ExaminationOptions, color: Bool) {
    let paint: (word: String, Paint)
    switch result.verdict {
    case .pass, .skip:
      // Somebody wants to see what it does.
      guard result.calls != nil else { return }
      if case .skip = result.verdict { paint = ("SKIP", .plain) } else { paint = ("PASS", .good) }
    case .warn: paint = ("WARN", .warning)
    case .fail: paint = ("FAIL", .bad)
    case .crash: paint = ("CRASH", .bad)
    }
    append(status: paint.word, paint.1, color: color)
    append(seconds: result.nanoseconds)
    append(result.check.id)
    append(": ")
    if case .skip(let reason) = result.verdict {
      append(escaped: reason)
    } else {
      append(result.check.rule)
    }
    append(0x0A)
    if let calls = result.calls { append(calls, indent: 18) }
    guard let finding = result.verdict.finding else { return }
    append(name: "found", finding.found)
    append(name: "expected", finding.expected)
    append(name: "cure", finding.cure)
    if result.check.isRandom { append(name: "again", Self.command(result.check, options)) }
    for line in String(decoding: result.output, as: UTF8.self).split(separator: "\n").suffix(20) {
      append(name: "output", String(line))
    }
  }

  private mutating func append(name: String, _ text: String) {
    append(repeating: 0x20, count: 22 - name.utf8.count)
    append("\(name): ")
    append(escaped: text)
    append(0x0A)
  }

  /// "[   0.312s] ".
  private mutating func append(seconds nanoseconds: UInt64) {
    var digits = ByteBuffer(capacity: 64)
    digits.append(seconds: nanoseconds, digits: 3)
    append("[")
    append(repeating: 0x20, count: max(0, 8 - digits.count))
    append(digits.bytes)
    append("s] ")
  }

  mutating func append(_ tally: CheckTally, _ nanoseconds: UInt64, color: Bool) {
    for (reason, checks) in tally.skips {
      append(status: "SKIP", .plain, color: color)
      append(checks.count > 3 ? "\(checks.count) checks" : checks.joined(separator: ", "))
      append(": ")
      append(escaped: reason)
      append(0x0A)
    }
    append(status: "Summary", tally.failures > 0 ? .bad : tally.warnings > 0 ? .warning : .good, color: color)
    append(seconds: nanoseconds)
    append("\(tally.text)\n")
  }

  /// What repeats a check.
  private static func command(_ check: Check, _ options: ExaminationOptions) -> String {
    var words = [
      "taskhost", "plugin", "check", options.file, "--only", check.id, "--seed", "\(options.seed)",
    ]
    if options.executions != ExaminationOptions(file: "").executions {
      words += ["--fuzz", "\(options.executions)"]
    }
    for setting in options.settings { words += ["--set", "\(setting.key)=\(setting.value)"] }
    if !options.words.isEmpty { words += ["--"] + options.words }
    return words.map(ShellWords.quoted).joined(separator: " ")
  }

  mutating func append(listing check: Check) {
    append("\(check.id)")
    append(repeating: 0x20, count: max(1, 28 - check.id.utf8.count))
    append("\(check.group.rawValue)")
    append(repeating: 0x20, count: max(1, 13 - check.group.rawValue.utf8.count))
    append("\(check.rule)\n")
  }

  mutating func append(explaining check: Check) {
    append("\(check.id) (\(check.group.rawValue))\n")
    append("  rule:      \(check.rule)\n")
    append("  if broken: \(check.consequence)\n")
    append("  enforced:  \(check.enforcement.text)\n")
  }
}

/// Checks as JSON, one object on a line.
extension ByteBuffer {
  mutating func append(json result: CheckResult, _ options: ExaminationOptions) {
    append("{\"event\":\"check\"")
    member("id", plain: result.check.id)
    member("group", plain: result.check.group.rawValue)
    member("verdict", plain: result.verdict.word)
    member("elapsed_ns", result.nanoseconds)
    switch result.verdict {
    case .pass(let figure?): member("figure", figure)
    case .skip(let reason): member("reason", reason)
    default: break
    }
    if let finding = result.verdict.finding {
      member("rule", result.check.rule)
      member("found", finding.found)
      member("expected", finding.expected)
      member("cure", finding.cure)
      if !result.output.isEmpty { member("output", String(decoding: result.output, as: UTF8.self)) }
    }
    if let calls = result.calls { member(calls: calls) }
    if result.check.isRandom { member("seed", plain: "\(options.seed)") }
    append("}\n")
  }

  mutating func append(json tally: CheckTally, _ nanoseconds: UInt64) {
    append("{\"event\":\"summary\"")
    member("checks", tally.all)
    member("passed", tally.passed)
    member("warnings", tally.warnings)
    member("failed", tally.failed)
    member("crashed", tally.crashed)
    member("skipped", tally.skipped)
    member("elapsed_ns", nanoseconds)
    append("}\n")
  }
}
