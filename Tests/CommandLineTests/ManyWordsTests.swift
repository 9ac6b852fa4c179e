import CommandLineInterface
import TaskHost
import Testing

/// Many words reach a run as few do: in order, with the options around them.
@Suite struct ManyWordsTests {
  static let many = (0..<3000).map { "word\($0)" }

  @Test(arguments: [
    ([], [], []), (["-j", "3"], [], []), (["-j3"], [], []), (["first", "-j", "3", "second"], [], []),
    (["--set", "a=b"], ["-j", "3"], ["last"]), (["--set", "a=b"], ["-j", "3", "--"], ["-dashed", "last"]),
    (["--from", "-"], [], []), (["--"], [], []), (["--"], [], ["-dashed"]), ([], ["--verbose"], []),
  ])
  func arriveInOrder(before: [String], between: [String], after: [String]) throws {
    func words(_ count: Int) throws -> ([String], String?, Int) {
      let harness = try CommandHarness()
      let block = Array(Self.many.prefix(count))
      let end = CommandLineInterface.execute(
        ["run", "--kind", "k"] + before + block + between + block + after, harness.context())
      let options = try #require(harness.options, "\(end)")
      #expect(harness.request?.kind == "k")
      return (options.words, harness.request?.settings.first?.value, options.workers)
    }
    let given = (before + between).contains("first") ? ["first", "second"] : []
    let tail = after
    for count in [1, 3000] {
      let block = Array(Self.many.prefix(count))
      let (found, setting, workers) = try words(count)
      #expect(found == given + block + block + tail)
      #expect(setting == (before.contains("--set") ? "b" : nil))
      if (before + between).contains("-j") || before.contains("-j3") { #expect(workers == 3) }
    }
  }

  @Test func aMistakeIsStillNamed() throws {
    let harness = try CommandHarness()
    #expect(harness.execute("run", "--kind", "k", "--nonsense") == .exit(.usage))
    let end = CommandLineInterface.execute(
      ["run", "--kind", "k", "--nonsense"] + Self.many, harness.context())
    #expect(end == .exit(.usage))
    #expect(try harness.text.text().split(separator: "Unknown option '--nonsense'").count == 3)
  }
}
