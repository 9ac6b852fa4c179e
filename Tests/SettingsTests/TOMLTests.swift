import Settings
import Testing

struct TOMLTests {
  private func read(_ text: String) throws -> ConfigurationFile {
    try ConfigurationFile(path: "p/.config/taskhost.toml", role: .project, text: text)
  }

  private func resolve(_ text: String) throws -> Resolution {
    var files = ConfigurationFiles()
    files.files = [try read(text)]
    return try Resolution([], files: files)
  }

  @Test func everyFormOfAValueIsRead() throws {
    let settings = try resolve(
      """
      \u{FEFF}# a comment
      [run]
      workers = 1_0 # behind a value
      max-frame = "64M"
      memory-limit = 1073741824
      grace = '1.5s'
      fork-server = false
      retries = 2
      retry-on = [ # a list
        "limit",
        'crash', # and its end
      ]
      launcher = "nice -n \\"5\\" \\u00e9"
      timeout = "none"
      [display]\r
      color = "never"\r

      """)
    #expect(settings.number(.workers) == 10 && settings.number(.maxFrame) == 64 << 20)
    #expect(settings.number(.memoryLimit) == 1 << 30 && settings.number(.grace) == 1_500_000_000)
    #expect(!settings.isOn(.forkServer) && settings.words(.retryOn) == ["crash", "limit"])
    #expect(settings.word(.launcher) == "nice -n \"5\" \u{e9}" && settings[.timeout].value == .none)
    #expect(settings.word(.color) == "never")
    #expect(settings[.grace].origin == .file(path: "p/.config/taskhost.toml", .init(line: 6, column: 9)))
    #expect(settings[.color].origin.text == "p/.config/taskhost.toml:16")
  }

  @Test(arguments: [
    ("[run", 1, 5, "the end of the file", "] after the name of the table"),
    ("[[run]]", 1, 2, "'['", "a table: arrays of tables are not read"),
    ("[run]\n[run]", 2, 2, "the table run again", "each table once: it begins in line 1"),
    ("[run]\ngrace", 2, 6, "the end of the file", "= after the key grace"),
    ("[run]\ngrace = ", 2, 9, "the end of the file", "a string, a number, true, false or a list of strings"),
    ("[run]\na.b = 1", 2, 2, "'.'", "= after the key a"),
    ("[run]\n\"a\" = 1", 2, 1, "'\"'", "a key or a table, of letters, digits, - and _"),
    (
      "[run]\ngrace = 2s", 2, 9, "'2s'",
      "a whole decimal number; what has a unit or a fraction is a string in quotes"
    ),
    (
      "[run]\ngrace = 012", 2, 9, "'012'",
      "a whole decimal number; what has a unit or a fraction is a string in quotes"
    ),
    (
      "[run]\ngrace = 1.5", 2, 9, "'1.5'",
      "a whole decimal number; what has a unit or a fraction is a string in quotes"
    ),
    ("[run]\ngrace = 99999999999999999999", 2, 9, "'99999999999999999999'", "a whole decimal number"),
    ("[run]\ngrace = '2s", 2, 9, "a string without its end", "' on the same line"),
    ("[run]\ngrace = \"2s\n\"", 2, 9, "a string without its end", "\" on the same line"),
    ("[run]\ngrace = \"\"\"2s\"\"\"", 2, 9, "a string of several lines", "one on one line"),
    ("[run]\ngrace = \"\\q\"", 2, 10, "\\q", "one of \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX"),
    ("[run]\ngrace = \"\\ud800\"", 2, 10, "\\ud800", "a character of Unicode in 4 or 8 digits"),
    ("[run]\ngrace = \"2s\" x", 2, 14, "'x'", "the end of the line"),
    ("[run]\nfork-server = tru", 2, 15, "'tru'", "true or false; a string in quotes"),
    ("[run]\nretry-on = [1]", 2, 13, "'1'", "a string or ]"),
    ("[run]\nretry-on = ['crash' 'limit']", 2, 21, "'''", ", or ] after the string"),
    ("[run]\ngrace = '2s'\ngrace = '3s'", 3, 1, "grace again", "each key once: it is set in line 2"),
    ("[run]\rgrace = '2s'", 1, 6, "U+000d", "the end of the line"),
    ("[run]\n\n # \u{1}", 3, 4, "U+0001", "text in a comment"),
    ("[run]\n # \u{7F}", 2, 4, "U+007f", "text in a comment"),
    ("[run]\ngrace = '2\u{7F}s'", 2, 11, "U+007f", "text in a string"),
    ("[run]\ngrace = \"\u{1}\"", 2, 10, "U+0001", "text in a string"),
  ])
  func whatIsNoTOMLIsNamedWithItsPlace(
    text: String, line: Int, column: Int, found: String, expected: String
  ) throws {
    let error = try #require(throws: SettingError.self) { try read(text) }
    let place = "p/.config/taskhost.toml:\(line):\(column): "
    #expect(error.message.hasPrefix("\(place)found ") && !error.isUsage, "\(error.message)")
    #expect(error.message.contains("found \(found), "), "\(error.message)")
    #expect(error.message.contains("expected \(expected)"), "\(error.message)")
  }

  @Test(arguments: [
    (
      "[run]\ngrace = 2",
      "2:9: run.grace is 2; expected a duration with its unit, such as 500ms, 30s or 2m, in quotes"
    ),
    ("[run]\nworkers = 0", "2:11: run.workers is 0; expected a number from 1 to 4096, or auto"),
    ("[run]\nworkers = true", "2:11: run.workers is true; expected a number from 1 to 4096, or auto"),
    ("[run]\nworkers = -1", "2:11: run.workers is -1; expected a number from 1 to 4096, or auto"),
    ("[run]\nfork-server = 'true'", "2:15: run.fork-server is 'true'; expected true or false"),
    ("[run]\nretry-on = ['crash', 'x']", "2:12: run.retry-on is ['crash', 'x']; expected a list of strings"),
    ("[run]\nmax-frame = '3G'", "2:13: run.max-frame is '3G'; expected a size from 1 to 2147483647 bytes"),
    ("[display]\ncolor = 'red'", "2:9: display.color is 'red'; expected auto, always or never, in quotes"),
    (
      "[run]\ntimeout = '1s'\nsoft-timeout = '2s'",
      "2:11: run.timeout is '1s'; expected more than p/.config/taskhost.toml:3:16: run.soft-timeout, which is '2s'"
    ),
  ])
  func aWrongValueIsNamedWithItsPlace(text: String, message: String) throws {
    let error = try #require(throws: SettingError.self) { try resolve(text) }
    #expect(error.message.hasPrefix("p/.config/taskhost.toml:\(message)"), "\(error.message)")
    #expect(!error.isUsage)
  }
}
