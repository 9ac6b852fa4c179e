import Foundation
import TestSupport
import Testing

/// Large requests and responses in memory that host and worker share. The kind makes and checks every byte of both, and counts how many
/// lay there.
@Suite struct LaneTests {
  private struct Count: Equatable {
    var answered: Int
    var requests: Int
    var responses: Int
    /// Tasks whose worker had such memory at all.
    var saw: Int
  }

  private static func count(_ text: String) throws -> Count {
    let pattern = /(\d+) answered, (\d+) requests in lanes, (\d+) responses in lanes, (\d+) saw lanes/
    let found = try #require(text.firstMatch(of: pattern), "\(text)")
    return Count(
      answered: Int(found.1)!, requests: Int(found.2)!, responses: Int(found.3)!, saw: Int(found.4)!)
  }

  private static func run(
    _ words: [String], _ options: [String] = ["-j", "1"], _ defines: [String] = []
  ) throws -> (end: Child.End, count: Count, errors: String) {
    let plugin = try TestKind.path("bulk.c", defines)
    let run = try Taskhost.plain(["run", "--plugin", plugin] + options + ["--"] + words)
    return (run.end, try count(run.output + run.errors), run.errors)
  }

  private static let large = "300000,400000"

  private static func mixed() -> [String] {
    (0..<80).map { index in
      let sizes = [0, 100, 65_000, 66_000, 200_000, 1 << 20, 3_000_000]
      return "\(sizes[index * 3 % sizes.count]),\(sizes[index * 5 % sizes.count])"
    }
  }

  /// Workers that are executed or forked, one request at a time or many.
  @Test(
    arguments: [["-j", "1"], ["-j", "2"], ["-j", "2", "--no-fork-server"]], [[], ["FORKED"], ["PIPELINED"]])
  func theyCarryWhatIsLarge(options: [String], defines: [String]) throws {
    let (end, count, errors) = try Self.run(Self.mixed(), options, defines)
    #expect(end == .exited(0), "\(errors)")
    #expect(count.answered == 80 && count.requests > 20 && count.responses > 20, "\(count)")
  }

  @Test func whatIsSmallGoesThroughThePipe() throws {
    let (end, count, _) = try Self.run(Array(repeating: "60000,60000", count: 30))
    #expect(end == .exited(0) && count == Count(answered: 30, requests: 0, responses: 0, saw: 0))
  }

  /// Large in one direction only.
  @Test func eachDirectionBySizeOfItsOwn() throws {
    let requests = try Self.run(Array(repeating: "500000,10", count: 10)).count
    #expect(requests.requests > 5 && requests.responses == 0)
    let responses = try Self.run(Array(repeating: "10,500000", count: 10)).count
    #expect(responses.requests == 0 && responses.responses > 5)
  }

  /// Setting it up for one task would cost more than it gives.
  @Test func aWorkerForOneTaskHasNone() throws {
    let words = Array(repeating: Self.large, count: 8)
    let fresh = try Self.run(words, ["-j", "2"], ["FRESH"])
    #expect(fresh.end == .exited(0))
    #expect(fresh.count == Count(answered: 8, requests: 0, responses: 0, saw: 0))
    #expect(!fresh.errors.contains("lanes at the end"))
    #expect(try Self.run(words).errors.contains("lanes at the end"))
  }

  /// Where host and worker may not see the same machine, or are one process; and where the kernel refuses: files of the host are limited
  /// to 51,200 bytes here.
  @Test(arguments: [
    ["--launcher", "nice -n 1"], ["--launcher", "nice -n 1", "--launcher-io", "stdio"], ["--in-process"],
  ])
  func whereTheyCanNotBePipesCarryAll(options: [String]) throws {
    let (end, count, errors) = try Self.run(Self.mixed(), ["-j", "1"] + options)
    #expect(end == .exited(0), "\(errors)")
    #expect(count == Count(answered: 80, requests: 0, responses: 0, saw: 0))
  }

  @Test func withoutMemoryInTheHostPipesCarryAll() throws {
    let child = try Child(
      "/bin/sh",
      [
        "-c", "ulimit -f 100; exec \"$@\"", "sh", Taskhost.executable, "run", "--plugin",
        try TestKind.path("bulk.c"), "-j", "2", "--",
      ] + Self.mixed(), environment: Taskhost.environment)
    #expect(try child.finish() == .exited(0), "\(child.errorText)")
    let count = try Self.count(child.outputText + child.errorText)
    #expect(count == Count(answered: 80, requests: 0, responses: 0, saw: 0))
  }

  @Test func withoutDescriptorsInTheWorkerPipesCarryAll() throws {
    let words = ["100,100,hoard"] + Array(repeating: Self.large, count: 10)
    let (end, count, errors) = try Self.run(words, ["-j", "1", "--open-files", "64"])
    #expect(end == .exited(0), "\(errors)")
    #expect(count == Count(answered: 11, requests: 0, responses: 0, saw: 0))
  }

  /// It goes through the pipe, which has lanes beside it by then; and then the next one uses these.
  @Test func whatIsLargerThanALaneComesToo() throws {
    let words = [Self.large, Self.large, Self.large, "40000000,50000000", Self.large]
    let (end, count, errors) = try Self.run(words)
    #expect(end == .exited(0), "\(errors)")
    #expect(count.answered == 5 && count.requests == 2 && count.responses == 3, "\(count)")
  }

  struct Deed: CustomTestStringConvertible, Sendable {
    var name: String
    var outcome: String
    var reason: String
    var isWithoutLanes = false
    var testDescription: String { isWithoutLanes ? "\(name), without lanes" : name }
  }

  private static let deeds =
    ["beyond", "over", "wrapping", "huge", "odd", "short", "reply"].map {
      Deed(name: "forge-\($0)", outcome: "error", reason: "protocol")
    } + [
      Deed(name: "forge-beyond", outcome: "error", reason: "protocol", isWithoutLanes: true),
      Deed(name: "forge-reply", outcome: "error", reason: "protocol", isWithoutLanes: true),
      Deed(name: "die-half", outcome: "crashed", reason: "crashed"),
      Deed(name: "write-request", outcome: "crashed", reason: "crashed"),
    ]

  /// Places that do not exist, words at the wrong time, a request that is written to, a death in the middle of a large response: it costs
  /// its own task and its own worker.
  @Test(arguments: deeds)
  func aDeedCostsItsOwnTaskOnly(deed: Deed) throws {
    let before = deed.isWithoutLanes ? [] : Array(repeating: Self.large, count: 4)
    let words = before + ["\(Self.large),\(deed.name)"] + Array(repeating: Self.large, count: 4)
    let run = try Taskhost.run(["--plugin", try TestKind.path("bulk.c"), "-j", "1", "--"] + words)
    #expect(run.outcomes() == ["passed": words.count - 1, deed.outcome: 1], "\(run.errors)")
    let ends = run.events.named("worker.ended").filter { $0.text("reason") != "retired" }
    #expect(ends.compactMap { $0.text("reason") } == [deed.reason])
  }

  /// The worker goes on writing; what the hook of the host looks at stays what it is.
  @Test func theHostLooksAtACopy() throws {
    let workshop = try Workshop()
    let scribble = "\(Self.large),scribble:\(workshop.path("times"))"
    let words = Array(repeating: Self.large, count: 4) + [scribble]
    let (end, count, errors) = try Self.run(words)
    #expect(end == .exited(0) && count.answered == 5 && count.responses == 4, "\(errors)")
  }

  /// Nor is the memory of a request that failed lost for others.
  @Test(arguments: ["attack", "fail"])
  func theMemoryStaysAsItIs(deed: String) throws {
    let words =
      Array(repeating: Self.large, count: 4) + ["\(Self.large),\(deed)"]
      + Array(repeating: Self.large, count: 4)
    let run = try Taskhost.run(["--plugin", try TestKind.path("bulk.c"), "-j", "1", "--"] + words)
    let expected = deed == "fail" ? ["passed": 8, "error": 1] : ["passed": 9]
    #expect(run.outcomes() == expected, "\(run.events.named("task.finished").map(\.normalised))")
  }

  /// A worker that has had nothing large for a while gives the memory back, and has it again when it is needed.
  @Test func idleOnesAreGivenBack() throws {
    let child = try Taskhost.start(
      [
        "run", "--message-format", "jsonl", "--plugin", try TestKind.path("bulk.c"), "-j", "1", "--from", "-",
      ], input: true)
    let words = Array(repeating: Self.large, count: 6).map { $0 + "\n" }.joined()
    try child.write(words)
    try child.wait(for: "six answers") { try Taskhost.events($0).named("task.finished").count == 6 }
    let pid = try #require(try Taskhost.events(child).named("worker.spawned").first?.number("pid"))
    try child.wait(for: "a worker without lanes") { _ in
      try !String(contentsOfFile: "/proc/\(pid)/maps", encoding: .utf8).contains("taskhost-requests")
    }
    try child.write(words)
    try child.wait(for: "six more") { try Taskhost.events($0).named("task.finished").count == 12 }
    child.closeInput()
    #expect(try child.finish() == .exited(0))
    // More than six tasks can have seen only if there were lanes before and after.
    let count = try Self.count(try #require(try Taskhost.finished(child).summary?.text("summary")))
    #expect(count.answered == 12 && count.saw > 6, "\(count)")
  }
}
