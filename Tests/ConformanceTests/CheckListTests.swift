import Conformance
import Testing

@Suite struct CheckListTests {
  @Test func idsAreUniqueAndKebabCase() {
    var seen: Set<String> = []
    for check in Check.all {
      #expect(seen.insert(check.id).inserted, "\(check.id) comes twice")
      #expect(check.id.wholeMatch(of: /[a-z0-9]+(-[a-z0-9]+)*/) != nil, "\(check.id)")
      #expect(check.rule.hasSuffix(".") && check.consequence.hasSuffix("."), "\(check.id)")
    }
  }
}
