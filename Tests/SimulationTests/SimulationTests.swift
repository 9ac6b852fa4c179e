import Simulation
import Testing

@Suite struct SimulationTests {
  /// Two ranges, so that two cores have something to do.
  @Test(arguments: [UInt64(1), 1_000_001])
  func noSeedContradictsTheRules(first: UInt64) {
    let findings = simulate(seeds: first..<first + 400_000)
    if let failure = findings.failure {
      Issue.record("\(failure.text)\nreplay: swift run -c release simulate --seed \(failure.seed) --trace")
    }
    #expect(findings.seeds == 400_000)
    for fault in Fault.allCases {
      #expect(findings.faultCounts[fault.rawValue] >= 1000, "\(fault) hardly ever happens")
    }
  }

  /// A run that finds nothing proves nothing, unless it is known to find what is there.
  @Test func theCanaryIsFound() throws {
    let findings = simulate(seeds: UInt64(1)...10_000, canary: true)
    let failure = try #require(findings.failure)
    #expect(failure.text.contains("task was finished"))
    #expect(simulate(seeds: CollectionOfOne(failure.seed), canary: true).failure?.text == failure.text)
    #expect(simulate(seeds: CollectionOfOne(failure.seed)).failure == nil)
  }

  /// A task that a worker had refused while it was pinned there got another priority, and was not offered to it again.
  @Test(arguments: [UInt64(5_660_315)])
  func whatWasFoundOnceStaysAway(seed: UInt64) {
    #expect(simulate(seeds: CollectionOfOne(seed)).failure == nil)
  }

  @Test func aSeedIsReplayedExactly() {
    for seed in UInt64(1)...200 {
      let one = simulate(seeds: CollectionOfOne(seed))
      let two = simulate(seeds: CollectionOfOne(seed))
      #expect(one.digest == two.digest && one.steps == two.steps)
    }
    let all = simulate(seeds: UInt64(1)...200)
    #expect(all.digest == simulate(seeds: UInt64(1)...200).digest)
    #expect(all.digest != simulate(seeds: UInt64(2)...201).digest)
  }
}
