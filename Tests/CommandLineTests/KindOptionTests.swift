import CommandLineInterface
import Foundation
import TaskHost
import TestSupport
import Testing

/// Options that a kind declares, among those of `run`.
struct KindOptionTests {
  let workshop: Workshop
  let harness: CommandHarness
  let plugin: String

  init() throws {
    workshop = try Workshop()
    harness = try CommandHarness()
    let manifest = #"""
      {"schema":1,"id":"org.example.good","name":"good","version":"1.0","abi":{"major":1,"needs_minor":0},"wire":"good/1",
      "config":[{"key":"depth","type":"int","default":3,"help":"how deep to look"},
      {"key":"max_width","type":"int","help":"how wide"},{"key":"fast","type":"bool","default":false,"help":"in haste"},
      {"key":"timeout","type":"string","help":"has the name of an option of the host"}]}
      """#.replacing("\n", with: "")
    let literal = String(decoding: try JSONEncoder().encode(manifest), as: UTF8.self)
      .replacing("\\/", with: "/")
    let source = try workshop.write(
      """
      #include "taskhost.h"
      TH_MANIFEST(\(literal));
      TH_EXPORT const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) { (void)host; (void)call; return NULL; }
      """, as: "good.c")
    plugin = workshop.path("good.so")
    try TestKind.compile(source, to: plugin)
  }

  private func settings(_ arguments: [String]) throws -> [String] {
    let end = CommandLineInterface.execute(["run", "--plugin", plugin] + arguments, harness.context())
    let text = try harness.text.text()
    #expect(end == .exit(.ok), "\(text)")
    return try #require(harness.request).settings.map { "\($0.key)=\($0.value)" }
  }

  @Test func theyAreTheSettingsOfTheKind() throws {
    let words = [
      "-j", "2", "--depth", "5", "a", "--depth=6", "--set", "depth=7", "--fast", "b", "--max-width=1",
    ]
    #expect(try settings(words) == ["depth=5", "depth=6", "depth=7", "fast=yes", "max_width=1"])
    let options = try #require(harness.options)
    #expect(options.words == ["a", "b"] && options.workers == 2)
    #expect(
      try settings(["--max_width", "2", "--fast=no", "--depth", "-"]) == [
        "max_width=2", "fast=no", "depth=-",
      ])
  }

  /// A number below zero is a value, and no option of the host that nobody has named.
  @Test func numbersMayHaveASign() throws {
    #expect(try settings(["--depth", "-1", "a"]) == ["depth=-1"])
    #expect(try settings(["--max-width", "-12", "--fast"]) == ["max_width=-12", "fast=yes"])
    #expect(harness.options?.words == [])
  }

  /// What the host knows is the host's; `--set` reaches the key of the kind all the same.
  @Test func theOptionsOfTheHostComeFirst() throws {
    #expect(try settings(["--timeout", "5s", "--fast"]) == ["fast=yes"])
    #expect(try settings(["--set", "timeout=x", "--fast"]) == ["timeout=x", "fast=yes"])
  }

  /// Behind `--` and among the values of other options nothing is an option.
  @Test func wordsStayWords() throws {
    #expect(try settings(["--fast", "--", "--depth", "3"]) == ["fast=yes"])
    #expect(harness.options?.words == ["--depth", "3"])
    #expect(try settings(["--set", "depth=--fast", "--depth", "1"]) == ["depth=--fast", "depth=1"])
    let many = (0..<500).map { "w\($0)" }
    #expect(try settings(["--depth", "1", "--fast"] + many) == ["depth=1", "fast=yes"])
    #expect(harness.options?.words == many)
  }

  @Test(arguments: [
    (
      ["--depht", "4"],
      "neither taskhost run nor the kind good has an option '--depht'; did you mean '--depth'?"
    ),
    (["--fast", "--xyzzyx"], "neither taskhost run nor the kind good has an option '--xyzzyx'\n"),
    (["--fast", "--wrkers", "3"], "has an option '--wrkers'; did you mean '--workers'?"),
    (["--depth", "-0"], "--depth needs a value"), (["--depth", "-x"], "--depth needs a value"),
    (["--depth"], "--depth needs a value"), (["--depth", "--fast"], "--depth needs a value"),
  ])
  func whatIsMistypedIsTold(arguments: [String], message: String) throws {
    let end = CommandLineInterface.execute(["run", "--plugin", plugin] + arguments, harness.context())
    let text = try harness.text.text()
    #expect(end == .exit(.usage) && text.contains(message), "\(text)")
    #expect(text.hasSuffix("(hint: taskhost run --kind good --help)\n") && harness.options == nil)
  }

  @Test func helpNamesThem() throws {
    let end = CommandLineInterface.execute(["run", "--plugin", plugin, "--help"], harness.context())
    let text = try harness.data.text()
    #expect(end == .exit(.ok))
    let section = try #require(text.components(separatedBy: "OPTIONS OF THE KIND good:\n").last)
    #expect(
      section == """
          --depth <int>           how deep to look (default: 3)
          --max-width <int>       how wide
          --fast                  in haste
          --set timeout=<string>  has the name of an option of the host

        """)
    let plain = try CommandHarness()
    #expect(plain.execute("run", "--help") == .exit(.ok))
    #expect(try !plain.data.text().contains("OPTIONS OF THE KIND"))
  }
}
