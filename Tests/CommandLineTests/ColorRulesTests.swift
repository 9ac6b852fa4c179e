import CommandLineInterface
import Testing

struct ColorRulesTests {
  private func facts(_ isTerminal: Bool, _ variables: [String: String]) -> TerminalFacts {
    TerminalFacts(isTerminal: isTerminal, environment: { variables[$0] })
  }

  @Test(arguments: [
    // The option goes before everything.
    (ColorChoice.always, false, ["TASKHOST_COLOR": "never", "NO_COLOR": "1", "TERM": "dumb"], true),
    (.never, true, ["TASKHOST_COLOR": "always", "CLICOLOR_FORCE": "1"], false),
    // Then our variable.
    (.auto, false, ["TASKHOST_COLOR": "always", "NO_COLOR": "1"], true),
    (.auto, true, ["TASKHOST_COLOR": "never", "CLICOLOR_FORCE": "1"], false),
    (.auto, true, ["TASKHOST_COLOR": "auto", "NO_COLOR": "1"], false),
    // Then NO_COLOR, if not empty.
    (.auto, true, ["NO_COLOR": "1", "CLICOLOR_FORCE": "1"], false),
    (.auto, true, ["NO_COLOR": ""], true),
    // Then those that force.
    (.auto, false, ["CLICOLOR_FORCE": "1"], true),
    (.auto, false, ["FORCE_COLOR": "3"], true),
    (.auto, false, ["CLICOLOR_FORCE": "0"], false),
    (.auto, true, ["CLICOLOR_FORCE": "1", "TERM": "dumb"], true),
    // Then the terminal.
    (.auto, true, [:], true),
    (.auto, true, ["TERM": "dumb"], false),
    (.auto, false, [:], false),
    (.auto, true, ["CI": "true"], true),
  ])
  func `colour`(choice: ColorChoice, isTerminal: Bool, variables: [String: String], expected: Bool) {
    #expect(facts(isTerminal, variables).usesColor(choice) == expected)
  }

  @Test(
    arguments: [
      (["run"], .auto), (["run", "--color", "never"], .never),
      (["run", "--color=always", "--bogus"], .always),
      (["--color", "never", "--color", "always"], .always), (["--color"], .auto),
      (["--color", "blue"], .auto),
      (["--", "--color", "never"], .auto),
    ] as [([String], ColorChoice)])
  func `errors obey the option, also when the rest is wrong`(arguments: [String], expected: ColorChoice) {
    #expect(ColorChoice.asked(by: arguments) == expected)
  }

  @Test(arguments: [
    (true, [:], true), (false, [:], false), (true, ["TERM": "dumb"], false), (true, ["CI": "true"], false),
    (true, ["CI": ""], true),
  ])
  func `a bar`(isTerminal: Bool, variables: [String: String], expected: Bool) {
    #expect(facts(isTerminal, variables).allowsBar == expected)
  }

  @Test(arguments: [
    (["LANG": "en_US.UTF-8"], true), (["LANG": "C.utf8"], true), (["LANG": "C"], false), ([:], false),
    (["LANG": "en_US.UTF-8", "LC_ALL": "C"], false), (["LC_ALL": "", "LC_CTYPE": "de_DE.UTF-8"], true),
  ])
  func `characters beyond ASCII`(variables: [String: String], expected: Bool) {
    #expect(facts(true, variables).isUTF8 == expected)
  }
}
