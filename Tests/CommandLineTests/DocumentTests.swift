import CommandLineInterface
import Settings
import TaskHost
import Testing

/// Pages that repeat what the code says.
struct DocumentTests {
  let harness: CommandHarness

  init() throws { harness = try CommandHarness() }

  @Test func `the page of exit codes holds the table`() throws {
    let page = try Repository.text("docs/exit-codes.md")
    #expect(harness.execute("exit-codes", "--markdown") == .exit(.ok))
    let table = try harness.data.text()
    #expect(page.contains(table))
    for code in ExitCode.allCases { #expect(table.contains("| \(code.rawValue) | \(code.meaning) |")) }
  }

  @Test func `help shows the table of exit codes`() throws {
    #expect(harness.execute("help", "exit-codes") == .exit(.ok))
    let help = try harness.data.text()
    for code in ExitCode.allCases { #expect(help.contains("\(code.rawValue)  \(code.meaning)")) }
  }

  @Test func `each code has its place in the precedence`() {
    #expect(Set(ExitCode.precedence) == Set(ExitCode.allCases))
    #expect(ExitCode.precedence.count == ExitCode.allCases.count)
  }

  @Test func `the manual page has every option of every command`() throws {
    #expect(harness.execute("man") == .exit(.ok))
    let page = try harness.data.text().replacing("\\-", with: "-")
    var checked = 0
    let group = try CommandHarness()
    #expect(CommandLineInterface.execute(["plugin", "--help"], group.context()) == .exit(.ok))
    let plugin = try group.data.text().matches(of: #/(?m)^  ([a-z][a-z-]*) {2,}/#).map { String($0.1) }
    #expect(plugin.contains("check") && plugin.contains("update-header"))
    for command in [
      ["run"], ["kinds"], ["config", "show"], ["exit-codes"], ["completions"], [],
    ] + plugin.map({ ["plugin", $0] }) {
      let help = try CommandHarness()
      #expect(CommandLineInterface.execute(command + ["--help"], help.context()) == .exit(.ok))
      #expect(page.contains((["taskhost"] + command).joined(separator: " ")))
      for match in try help.data.text().matches(of: #/(?m)^  ((?:-\w, )?--[a-z-]+)/#) {
        for option in match.1.split(separator: ", ") {
          #expect(page.contains("\\fB\(option)\\fR"), "\(option)")
          checked += 1
        }
      }
    }
    #expect(checked > 25)
  }

  @Test func `the manual page has the files that the code knows`() throws {
    #expect(harness.execute("man") == .exit(.ok))
    let page = try harness.data.text().replacing("\\-", with: "-")
    let start = try #require(page.firstRange(of: ".SH FILES\n"))
    let end = try #require(page.firstRange(of: ".SH \"EXIT STATUS\"\n"))
    let files = page[start.upperBound..<end.lowerBound]
    var options = Host.Options()
    options.usesCacheOfUser { $0 == "XDG_CACHE_HOME" ? "/there" : nil }
    let cache = try #require(options.cacheDirectory).replacing("/there", with: "$XDG_CACHE_HOME")
    let system = try PluginInstallation(forSystem: true).directory
    let lock = ".config/\(ProjectLock.fileName)"
    for file in [cache, system, lock, ConfigurationFiles.projectName, "$XDG_DATA_HOME/taskhost/plugins"] {
      #expect(files.contains(file), "\(file)")
    }
    let author = try Repository.text("docs/man/taskhost-plugin.7").replacing("\\-", with: "-")
    for file in [cache, system, lock, "$XDG_DATA_HOME/taskhost/plugins"] {
      #expect(author.contains(file), "\(file)")
    }
  }

  @Test func `the manual for authors names each command of plugin`() throws {
    let page = try Repository.text("docs/man/taskhost-plugin.7").replacing("\\-", with: "-")
    let named = page.matches(of: #/\n\.B taskhost plugin ([a-z-]+)\n/#).map { String($0.1) }
    #expect(CommandLineInterface.execute(["plugin", "--help"], harness.context()) == .exit(.ok))
    let commands = try harness.data.text().matches(of: #/(?m)^  ([a-z][a-z-]*) {2,}/#).map { String($0.1) }
    #expect(Set(named) == Set(commands) && named.count == commands.count)
  }

  @Test func `the manual page in the repository is the one of this version`() throws {
    #expect(harness.execute("man") == .exit(.ok))
    #expect(try Repository.text("docs/man/taskhost.1") == harness.data.text(), "run make man")
  }

  @Test func `the users' guide names every option of run`() throws {
    let guide = try Repository.text("docs/users-guide.md")
    #expect(harness.execute("run", "--help") == .exit(.ok))
    for match in try harness.data.text().matches(of: #/(?m)^  (?:-\w, )?(--[a-z-]+)/#) {
      #expect(guide.contains("`\(match.1)"), "\(match.1)")
    }
  }
}
