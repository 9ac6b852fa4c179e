import Commands
import TestSupport
import Testing

/// GNU parallel as a second opinion (Debian's package `parallel`).
@Suite struct ParallelTests {
  /// What a shell makes of each line of `parallel --dry-run`.
  private func judged(by parallel: [String]) throws -> [[String]] {
    let workshop = try Workshop()
    let environment = Taskhost.environment.merging(["HOME": workshop.directory, "LC_ALL": "C.UTF-8"]) { $1 }
    // The programs may be anywhere in PATH.
    let child = try Child(
      "/usr/bin/env", ["parallel", "--dry-run", "-k", "-j1"] + parallel, environment: environment)
    guard try child.finish() == .exited(0) else { throw Child.Failure(description: child.errorText) }
    return try read(child.outputText.split(separator: "\n").map(String.init))
  }

  private func read(_ lines: [String]) throws -> [[String]] {
    let script = lines.map { "set -- \($0)\nprintf '%s\\0' \"$@\"\necho\n" }.joined()
    let shell = try Child(
      "/bin/sh", ["-c", "set -f; HOME=/home\n" + script], environment: Taskhost.environment)
    guard try shell.finish() == .exited(0) else { throw Child.Failure(description: shell.errorText) }
    return shell.output.split(separator: 10).map { line in
      line.split(separator: 0, omittingEmptySubsequences: false).dropLast().map { Array($0).text }
    }
  }

  private struct Case {
    var template: [String]
    var sources: [String] = []

    init(_ dice: inout Dice, literals: [String]) {
      let strings = ["", ".", "/", "//", "/."].flatMap { form in
        ["", "1", "2", "-1", "3"].map { "{\($0)\(form)}" }
      }
      template = ["cmd"]
      for _ in 0..<2 + dice.roll(8) {
        var word = ""
        for _ in 0...dice.roll(3) {
          word += dice.roll(2) == 0 ? dice.pick(literals) : dice.pick(strings + ["{#}", "{%}", "{}", "{..}"])
        }
        template.append(word)
      }
      let letters = [
        "a", "b", ".", "/", " ", "'", "\"", "$", "*", "é", "-", "=", "\\", "~", "#", "&", ";", "<", "!",
      ]
      for source in 0...dice.roll(3) {
        sources.append(source > 0 && dice.roll(3) == 0 ? ":::+" : ":::")
        for _ in 0...dice.roll(3) {
          sources.append("v" + (0..<dice.roll(7)).map { _ in dice.pick(letters) }.joined())
        }
        if dice.roll(4) == 0 { sources.append("") }
      }
    }
  }

  @Test(arguments: UInt64(1)...20)
  func wordsBecomeTheSameCommands(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    let example = Case(&dice, literals: ["x", "-o", "=", ".", "x y", "it's", "$HOME", "*"])
    let theirs = try judged(by: ["-q"] + example.template + example.sources)
    #expect(try commands(example.template + example.sources) == theirs, "\(example)")
  }

  @Test(arguments: UInt64(101)...120)
  func shellLinesBecomeTheSameCommands(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    let example = Case(&dice, literals: ["x", "-o", "=", ".", ",", "'x y'"])
    let theirs = try judged(by: example.template + example.sources)
    let ours = try commands(example.template + example.sources, shell: true).map { $0[0] }
    #expect(try read(ours) == theirs, "\(example)")
  }
}
