import Foundation
import TestSupport
import Testing

/// From the words of a run to commands.
@Suite struct WordsTests {
  @Test func aCommandForEachArgument() throws {
    let run = try Exec.run(["--", "echo", "<{}>", "{/.}", "{#}", ":::", "a b", "-n", "d/e.f", "*", ""])
    #expect(run.end == .exited(0))
    #expect(run.lines.sorted() == ["<*> * 4", "<-n> -n 2", "<>  5", "<a b> a b 1", "<d/e.f> e 3"].sorted())
  }

  @Test func aNewlineIsPartOfAnArgument() throws {
    let run = try Exec.run(["--", "printf", "%s|", ":::", "a\nb"])
    #expect(run.output == "a\nb|")
  }

  @Test func argumentsOfAnInput() throws {
    let workshop = try Workshop()
    let list = try workshop.write("one\ntwo three\n", as: "list")
    let zeros = try workshop.write("one\0two\nthree\0", as: "zeros")
    let afterTemplate = try Exec.run(["--from", list, "--", "echo", "[{}]"])
    #expect(afterTemplate.lines.sorted() == ["[one]", "[two three]"])
    let withOption = try Exec.run(["--from", list, "--set", "command=echo <{}>"])
    #expect(withOption.lines.sorted() == ["<one>", "<two three>"])
    let withNUL = try Exec.run(["-j1", "--from", zeros, "--null", "--", "echo"])
    #expect(withNUL.lines.sorted() == ["one", "three", "two"].sorted())
    let asFile = try Exec.run(["--", "echo", "{1}-{2}", "::::", list, ":::", "x"])
    #expect(asFile.lines.sorted() == ["one-x", "two three-x"])
    let both = try Exec.run(["--from", list, "--", "echo", ":::", "a"])
    #expect(both.end == .exited(104) && both.errors.contains("not from both"))
  }

  /// As those of GNU parallel and of `xargs -d '\n'`: a list keeps its length, whatever is in it.
  @Test func emptyLinesAreEmptyArguments() throws {
    let workshop = try Workshop()
    for (text, lines) in [
      ("a\n\nb\n\n", ["[a]", "[]", "[b]", "[]"]), ("\n", ["[]"]), ("\nb", ["[]", "[b]"]), ("a\n", ["[a]"]),
    ] {
      let list = try workshop.write(text, as: "list")
      let run = try Exec.run(["-k", "--from", list, "--", "echo", "[{}]"])
      #expect(run.end == .exited(0) && run.lines == lines, "\(text)")
      let zeros = try workshop.write(text.replacing("\n", with: "\0"), as: "zeros")
      #expect(try Exec.run(["-k", "--null", "--from", zeros, "--", "echo", "[{}]"]).lines == lines)
      #expect(try Exec.run(["-k", "--", "echo", "[{}]", "::::", list]).lines == lines, "\(text)")
      let skipping = try Exec.run(["-k", "-r", "--from", list, "--", "echo", "[{}]"])
      #expect(skipping.lines == lines.filter { $0 != "[]" }, "\(text)")
      #expect(skipping.end == .exited(skipping.lines.isEmpty ? 4 : 0))
    }
    let nothing = try Exec.run(["--from", try workshop.write("", as: "nothing"), "--", "echo"])
    #expect(nothing.end == .exited(4))
  }

  @Test func linesAreCommandsOfAShell() throws {
    let workshop = try Workshop()
    let list = try workshop.write("echo a | tr a b\necho $((1 + 1))\n", as: "list")
    let run = try Exec.run(["--set", "shell=yes", "--set", "command=", "--from", list])
    #expect(run.lines.sorted() == ["2", "b"])
    let words = try Exec.run(["--set", "shell=yes", "--", ":::", "echo x; echo y"])
    #expect(words.output == "x\ny\n")
  }

  @Test func aShellGetsQuotedArguments() throws {
    let run = try Exec.run(["--set", "shell=yes", "--", "echo {} | tr a-z A-Z", ":::", "it's $HOME"])
    #expect(run.output == "IT'S $HOME\n")
  }

  @Test func columnsOfLines() throws {
    let run = try Exec.run(["--set", "colsep=,", "--", "echo", "{2}-{1}", ":::", "a, b", "c,d"])
    #expect(run.lines.sorted() == ["b-a", "d-c"])
    let wrong = try Exec.run(["--set", "colsep=(", "--", "echo", ":::", "a"])
    #expect(wrong.end != .exited(0) && wrong.errors.contains("'(' is no regular expression"))
  }

  @Test func manyArgumentsOfOneCommand() throws {
    let run = try Exec.run(["--set", "max-args=2", "--", "echo", "{#}:", ":::", "a", "b", "c"])
    #expect(run.lines.sorted() == ["1:", "2:"])
    let appended = try Exec.run(["--set", "max-args=2", "--", "echo", ":::", "a", "b", "c"])
    #expect(appended.lines.sorted() == ["a b", "c"])
    let places = try Exec.run(["--set", "max-args=2", "--", "echo", "{2}{1}", ":::", "a", "b", "c"])
    #expect(places.lines.sorted() == ["ba", "c"])
  }

  /// As many as fit, and none is lost.
  @Test func tenThousandArguments() throws {
    let names = (0..<10_000).map { "name-of-a-file-\($0)" }
    let run = try Exec.run(
      ["--set", "max-args=1000000", "--", "sh", "-c", "echo $#", "sh", ":::"] + names)
    #expect(run.end == .exited(0))
    let counts = run.lines.compactMap { Int($0) }
    #expect(counts.reduce(0, +) == 10_000 && counts.count > 1, "\(counts)")
  }

  @Test func aDirectoryForEachCommand() throws {
    let workshop = try Workshop()
    let first = try workshop.makeDirectory("first")
    let second = try workshop.makeDirectory("second one")
    let run = try Exec.run(
      ["--set", "directory={//}", "--", "pwd", ":::", first + "/x", second + "/y"].map { $0 })
    #expect(run.lines.count == 2)
    let plain = try Exec.run(["--set", "directory={//}", "--", "sh", "-c", "pwd", ":::", second + "/y"])
    #expect(plain.output == second + "\n")
  }

  /// No two commands at the same time have the same slot, and there are as many as workers.
  @Test func slotsAreNumbersOfWorkers() throws {
    let workshop = try Workshop()
    // A directory can be made by one of them only.
    let script = "mkdir \"$1/$2\" && rmdir \"$1/$2\" && echo $2"
    let run = try Exec.run(
      ["-j2", "--", "sh", "-c", script, "sh", workshop.directory, "{%}", ":::"] + (0..<50).map { "\($0)" })
    #expect(run.end == .exited(0))
    #expect(Set(run.lines) == ["1", "2"] && run.lines.count == 50)
  }

  @Test func whatCannotRunIsOneError() throws {
    let workshop = try Workshop()
    let plain = try workshop.write("text", as: "plain")
    let cases: [([String], String)] = [
      (["no-such-command", ":::", "a", "b"], "cannot run 'no-such-command': not in PATH"),
      ([plain, ":::", "a"], "cannot run '\(plain)': Permission denied"),
      ([workshop.path("none"), ":::", "a"], "No such file or directory"),
      (["echo hello {}", ":::", "a"], "a command line needs --set shell=yes"),
      (["echo", "::::", workshop.path("none")], "cannot read '\(workshop.path("none"))'"),
      (["echo", "::::", "-"], "--from -"),
    ]
    for (words, message) in cases {
      let run = try Exec.events(["--"] + words)
      #expect(run.end == .exited(104), "\(words)")
      #expect(run.errors.contains(message), "\(words): \(run.errors)")
      #expect(run.events.named("task.finished").isEmpty)
    }
    let shell = try Exec.run(["--set", "shell=/none", "--", "x", ":::", "a"])
    #expect(shell.errors.contains("cannot run '/none'"))
    let option = try Exec.run(["--set", "shell=maybe", "--", "x", ":::", "a"])
    #expect(option.end == .exited(2) && option.errors.contains("found 'maybe'"))
  }

  @Test func aNULInALineIsTold() throws {
    let workshop = try Workshop()
    let list = try workshop.write("a\0b\n", as: "list")
    let run = try Exec.run(["--from", list, "--", "echo"])
    #expect(run.end == .exited(104) && run.errors.contains("holds a NUL byte"))
  }

  @Test func namesAreCommandLines() throws {
    let run = try Exec.events(["-j1", "--", "true", ":::", "a b", String(repeating: "é", count: 500)])
    let names = run.events.named("task.finished").compactMap { $0.text("name") }
    try #require(names.count == 2)
    #expect(names[0] == "true 'a b'")
    #expect(names[1].hasPrefix("true 'éé") && names[1].hasSuffix("...") && names[1].utf8.count <= 256)
  }
}
