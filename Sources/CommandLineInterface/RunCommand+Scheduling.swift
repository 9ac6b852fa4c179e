internal import ArgumentParser
internal import Scheduling
internal import TaskHost

/// Which trials are followed by another one, when a run gives up, and what tasks share.
struct SchedulingOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How many more trials a task gets that went wrong in a way of --retry-on.",
      discussion:
        "Without it, only what the kind asks to be tried again is: up to 3 trials, and 3 deaths of workers.",
      valueName: "N"))
  var retries: String?

  @Option(
    name: .customLong("retry-on"), parsing: .unconditional,
    help: ArgumentHelp(
      "What --retries is for: crash, error, timeout, limit, separated by commas.", valueName: "list"))
  var retryOn: String?

  @Option(
    name: .customLong("retry-delay"), parsing: .unconditional,
    help: ArgumentHelp(
      "How long the first retry waits; each further one waits twice as long, a minute at most.",
      valueName: "duration"))
  var retryDelay: String?

  @Option(
    name: .customLong("max-fail"), parsing: .unconditional,
    help: ArgumentHelp(
      "After so many tasks that ended badly no further one is started.",
      discussion: "With :now those under way are cancelled, too.", valueName: "N[:now]"))
  var maxFail: String?

  @Flag(
    help: ArgumentHelp(
      "At the end of a run, give a task that takes much longer than others to a second worker as well.",
      discussion:
        "The first response counts. Only for kinds whose requests may be performed twice."))
  var speculate = false

  @Option(
    name: .customLong("speculate-factor"), parsing: .unconditional,
    help: ArgumentHelp(
      "How much longer: so many times what 95 of 100 trials took. 2 if not given.", valueName: "number"))
  var speculateFactor: String?

  @Option(
    name: .customLong("resource"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "How much there is of something that tasks of the kind demand. May be repeated.",
      discussion: "What is not named here is there once.", valueName: "name=N"))
  var resources: [String] = []

  func apply(to options: inout RunOptions) throws(CommandFailure) {
    options.retry = try retryPolicy()
    (options.maxFailures, options.failFastKills) = try failFast()
    options.copies.factor = try copyFactor()
    options.resources = try parsedResources()
  }

  private func retryPolicy() throws(CommandFailure) -> RetryPolicy {
    var policy = RetryPolicy()
    guard let retries else {
      if let (option, _) = [("--retry-on", retryOn), ("--retry-delay", retryDelay)].first(where: {
        $0.1 != nil
      }) {
        throw .usage("\(option) is for --retries, which was not given", hint: "taskhost run --help")
      }
      return policy
    }
    guard let count = Int(retries), 0...1_000_000 ~= count, !retries.hasPrefix("+") else {
      throw OptionValue.wrong("--retries", retries, expected: "a number from 0 to 1000000")
    }
    policy.tries = count + 1
    policy.crashes = count + 1
    policy.causes = count == 0 ? [] : try causes()
    policy.delayBase = try OptionValue.duration("--retry-delay", retryDelay)
    policy.prefersOtherWorker = true
    return policy
  }

  private func causes() throws(CommandFailure) -> RetryCauses {
    let text = retryOn ?? "crash,error,timeout"
    var causes: RetryCauses = []
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
      switch word {
      case "crash": causes.insert(.workerDied)
      case "error": causes.insert(.failed)
      case "timeout": causes.insert(.timeout)
      case "limit": causes.insert(.limit)
      default:
        throw OptionValue.wrong(
          "--retry-on", text, expected: "crash, error, timeout, limit, separated by commas")
      }
    }
    return causes
  }

  private func copyFactor() throws(CommandFailure) -> Double {
    guard let speculateFactor else { return speculate ? 2 : 0 }
    if !speculate {
      throw .usage(
        "--speculate-factor is for --speculate, which was not given", hint: "taskhost run --help")
    }
    let isPlain = speculateFactor.utf8.allSatisfy { 48...57 ~= $0 || $0 == 46 }
    guard isPlain, let factor = Double(speculateFactor), 1...1000 ~= factor else {
      throw OptionValue.wrong(
        "--speculate-factor", speculateFactor, expected: "a number from 1 to 1000, such as 1.5")
    }
    return factor
  }

  private func failFast() throws(CommandFailure) -> (Int, Bool) {
    guard let maxFail else { return (0, false) }
    let kills = maxFail.hasSuffix(":now")
    let digits = kills ? maxFail.dropLast(4) : maxFail[...]
    guard let count = Int(digits), count >= 1, !digits.hasPrefix("+") else {
      throw OptionValue.wrong(
        "--max-fail", maxFail, expected: "a number of 1 or more, or such a number and :now")
    }
    return (count, kills)
  }

  private func parsedResources() throws(CommandFailure) -> [(name: String, count: Int)] {
    var result: [(name: String, count: Int)] = []
    for resource in resources {
      let pair = resource.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2, !pair[0].isEmpty, let count = Int(pair[1]), count >= 0, !pair[1].hasPrefix("+"),
        !pair[0].contains(",")
      else { throw OptionValue.wrong("--resource", resource, expected: "name=N, such as gpu=2") }
      guard pair[0] != "exclusive" else {
        throw .usage(
          "--resource is '\(resource)'; exclusive is what a task says that must be alone, and no resource",
          hint: "use another name, such as --resource lock=\(pair[1])")
      }
      guard !result.contains(where: { $0.name == pair[0] }) else {
        throw .usage("--resource \(pair[0]) is given twice", hint: "taskhost run --help")
      }
      result.append((String(pair[0]), count))
    }
    return result
  }
}
