/// What a check is about; also the order in which checks are shown.
package enum CheckGroup: String, CaseIterable, Sendable {
  /// Read from the file: none of its code runs.
  case `static`
  /// What loading the file and its entry function do.
  case load
  /// The hooks of the host.
  case host
  /// The hooks of a worker.
  case worker
  /// What a hook may not do to its surroundings.
  case isolation
  /// Equal requests have equal responses.
  case determinism
  /// Whole runs with worker processes.
  case endToEnd = "end-to-end"
}

/// Who sees to a rule.
package enum Enforcement: Hashable, Sendable {
  /// The loader refuses a file that breaks these load rules ("L08").
  case refused([String])
  /// The loader warns about it.
  case warned([String])
  /// Nobody but this check.
  case here

  package var text: String {
    switch self {
    case .refused(let rules): "refused at load (\(rules.joined(separator: ", ")))"
    case .warned(let rules): "warned about at load (\(rules.joined(separator: ", ")))"
    case .here: "by this check only"
    }
  }
}

/// One rule for plugins, and how to see whether one keeps it.
package struct Check: Sendable {
  package typealias Body = @Sendable (inout CheckContext) throws(CheckEnd) -> Verdict

  /// Kebab-case; never changes and is never used again for something else.
  package let id: String
  package let group: CheckGroup
  /// In one line.
  package let rule: String
  /// What comes of breaking it.
  package let consequence: String
  package let enforcement: Enforcement
  /// How long it may take before it counts as hung.
  package let seconds: Double
  /// How much of it is random; such a check can be repeated with its seed.
  package let isRandom: Bool
  let body: Body

  init(
    _ id: String, _ group: CheckGroup, _ rule: String, broken consequence: String,
    enforced enforcement: Enforcement = .here, seconds: Double = 10, isRandom: Bool = false,
    _ body: @escaping Body
  ) {
    self.id = id
    self.group = group
    self.rule = rule
    self.consequence = consequence
    self.enforcement = enforcement
    self.seconds = seconds
    self.isRandom = isRandom
    self.body = body
  }

  /// All of them, group by group.
  package static let all: [Check] =
    staticChecks + loadChecks + hostChecks + workerChecks + isolationChecks + determinismChecks
    + endToEndChecks

  package static func named(_ id: String) -> Check? { all.first { $0.id == id } }
}
