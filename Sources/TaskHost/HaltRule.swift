internal import Scheduling

/// When a ``Run`` starts nothing more although there are tasks.
public struct HaltRule: Hashable, Sendable {
  /// What is counted.
  public enum Condition: Sendable {
    /// Tasks that ended badly.
    case failure
    /// Those that passed. When there are enough of them the run is as good as one without failures.
    case success
    /// All that ended.
    case end

    var forPool: HaltCondition {
      switch self {
      case .failure: .failure
      case .success: .success
      case .end: .end
      }
    }
  }

  /// How many of them are enough.
  public enum Amount: Hashable, Sendable {
    /// So many, at least 1.
    case count(Int)
    /// So many of 100 tasks of the run, 1 to 100, rounded up. Only where all words are known when it begins.
    case percent(Int)
  }

  /// What is counted.
  public var condition: Condition
  /// How many of them are enough.
  public var amount: Amount
  /// What is under way then is cancelled, too.
  public var cancelsRunning: Bool

  /// A rule of these parts.
  public init(_ condition: Condition, _ amount: Amount, cancelsRunning: Bool = false) {
    self.condition = condition
    self.amount = amount
    self.cancelsRunning = cancelsRunning
  }

  /// As GNU parallel has it: `never` (nil), or `now` or `soon`, a comma, `fail`, `success` or `done`, `=`, and a number or a percentage. Throws
  /// ``RunError`` of ``ExitCode/usage``.
  public static func parse(_ text: String) throws(RunError) -> HaltRule? {
    let short = [
      "0": "never", "1": "soon,fail=1", "2": "now,fail=1", "-1": "soon,success=1", "-2": "now,success=1",
    ]
    let text = short[text] ?? (text.hasSuffix("%") && !text.contains("=") ? "soon,fail=\(text)" : text)
    if text == "never" { return nil }
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let rule = parts.count == 2 ? parts[1].split(separator: "=", omittingEmptySubsequences: false) : []
    guard rule.count == 2, parts[0] == "now" || parts[0] == "soon" else { throw wrong(text) }
    let condition: Condition
    switch rule[0] {
    case "fail": condition = .failure
    case "success": condition = .success
    case "done": condition = .end
    default: throw wrong(text)
    }
    let isPercent = rule[1].hasSuffix("%")
    let digits = isPercent ? rule[1].dropLast() : rule[1]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = Int(digits),
      number > 0,
      !isPercent || number <= 100
    else { throw wrong(text) }
    return HaltRule(
      condition, isPercent ? .percent(number) : .count(number), cancelsRunning: parts[0] == "now")
  }

  private static func wrong(_ text: String) -> RunError {
    RunError(
      .usage,
      "--halt is '\(text)'; expected never, or now or soon with what is counted, such as soon,fail=1, now,success=3 or soon,done=30%",
      hint: "taskhost run --help")
  }

  func number(of tasks: Int) -> Int {
    switch amount {
    case .count(let count): count
    case .percent(let percent): max(1, (tasks * percent + 99) / 100)
    }
  }
}
