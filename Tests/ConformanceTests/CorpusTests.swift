import Conformance
import TestSupport
import Testing

/// Each check can fail, and fails for its own reason.
@Suite struct CorpusTests {
  @Test(arguments: Corpus.all)
  func eachDefectIsSeenByItsCheck(defect: Defect) throws {
    let shop = try Workshop()
    let examined = try Examined([try Corpus.build(defect, in: shop)])
    var expected = defect.alsoSeenBy
    expected[defect.check] = defect.verdict
    #expect(examined.seen.filter { !defect.maySee.contains($0.key) } == expected, "\(examined.text)")
    #expect(examined.lines.count == Check.all.count)
    #expect(examined.end == .exited(expected.values.contains { $0 != "warn" } ? 100 : 0))
  }

  @Test func theSoundKindHasNone() throws {
    let shop = try Workshop()
    let examined = try Examined([try Corpus.build("\(TestKind.sources)/defective/worker.c", [], in: shop)])
    #expect(examined.seen == [:], "\(examined.text)")
    #expect(examined.end == .exited(0))
  }
}
