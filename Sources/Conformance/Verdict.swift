internal import PluginLoading

/// A rule that is broken: what there was, what there should have been, and what to do.
package struct Finding: Hashable, Sendable {
  package var found: String
  package var expected: String
  package var cure: String

  package init(_ found: String, expected: String, cure: String) {
    self.found = found
    self.expected = expected
    self.cure = cure
  }
}

extension Finding {
  /// What the loader says.
  init(_ refusal: Refusal) {
    self.init("\(refusal.found) (\(refusal.rule.id))", expected: refusal.expected, cure: refusal.cure)
  }
}

/// What a check has come to.
package enum Verdict: Hashable, Sendable {
  /// `figure` is a measurement, where there is one.
  case pass(figure: String? = nil)
  case warn(Finding)
  case fail(Finding)
  /// It could not be looked at, for this reason.
  case skip(String)
  /// The process of the check died.
  case crash(Finding)

  package static let pass = Verdict.pass()

  /// "pass": as in JSON.
  package var word: String {
    switch self {
    case .pass: "pass"
    case .warn: "warn"
    case .fail: "fail"
    case .skip: "skip"
    case .crash: "crash"
    }
  }

  package var finding: Finding? {
    switch self {
    case .warn(let finding), .fail(let finding), .crash(let finding): finding
    case .pass, .skip: nil
    }
  }
}

/// The end of a check before the end of its body.
package enum CheckEnd: Error, Hashable, Sendable {
  case broken(Finding)
  case skipped(String)
  /// The rule is about something that the kind does not have or say.
  case needless(String)

  package static func broken(_ found: String, expected: String, cure: String) -> CheckEnd {
    .broken(Finding(found, expected: expected, cure: cure))
  }

  var verdict: Verdict {
    switch self {
    case .broken(let finding): .fail(finding)
    case .skipped(let reason): .skip(reason)
    case .needless(let figure): .pass(figure: figure)
    }
  }
}

extension Verdict {
  /// How a child process tells it.
  var json: JSONValue {
    var members = [JSONValue.Member("verdict", .string(word))]
    switch self {
    case .pass(let figure):
      if let figure { members.append(.init("figure", .string(figure))) }
    case .skip(let reason): members.append(.init("reason", .string(reason)))
    case .warn(let finding), .fail(let finding), .crash(let finding):
      members.append(.init("found", .string(finding.found)))
      members.append(.init("expected", .string(finding.expected)))
      members.append(.init("cure", .string(finding.cure)))
    }
    return .object(members)
  }

  init?(_ json: JSONValue) {
    func text(_ name: String) -> String? {
      guard case .string(let text)? = json[name] else { return nil }
      return text
    }
    let finding = text("found").map { found in
      Finding(found, expected: text("expected") ?? "", cure: text("cure") ?? "")
    }
    switch (text("verdict"), finding) {
    case ("pass", _): self = .pass(figure: text("figure"))
    case ("skip", _): self = .skip(text("reason") ?? "")
    case ("warn", let finding?): self = .warn(finding)
    case ("fail", let finding?): self = .fail(finding)
    default: return nil
    }
  }
}
