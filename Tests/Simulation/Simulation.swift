/// What a range of seeds has come to.
package struct Findings: Sendable {
  package var seeds = 0
  package var steps = 0
  package var digest: UInt64 = 0
  package var faultCounts = [Int](repeating: 0, count: Fault.allCases.count)
  /// The first seed that contradicts the rules, and how.
  package var failure: (seed: UInt64, text: String)?

  package init() {}

  package mutating func merge(_ other: Findings) {
    seeds += other.seeds
    steps += other.steps
    digest = digest &+ other.digest
    for fault in faultCounts.indices { faultCounts[fault] += other.faultCounts[fault] }
    if let theirs = other.failure, failure.map({ theirs.seed < $0.seed }) ?? true { failure = theirs }
  }
}

/// Runs seeds one after the other until one fails.
package func simulate(seeds: some Sequence<UInt64>, canary: Bool = false, tracing: Bool = false) -> Findings {
  var world = World()
  world.isCanary = canary
  world.tracing = tracing
  var findings = Findings()
  for seed in seeds {
    findings.seeds += 1
    if world.run(seed: seed) { continue }
    findings.failure = (seed, world.violation ?? "")
    break
  }
  findings.steps = world.steps
  findings.digest = world.digest
  findings.faultCounts = world.faultCounts
  return findings
}
