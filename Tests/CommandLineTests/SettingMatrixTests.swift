import CommandLineInterface
import Glibc
import Settings
import TaskHost
import TestSupport
import Testing

/// One setting: what three levels say of it, and what then is so in the run that is asked for.
struct SettingCase: CustomTestStringConvertible, Sendable {
  var setting: Setting
  /// For file, variable and option, with what each comes to.
  var samples: [(text: String, effect: String)]
  var standard: String
  var effect: @Sendable (CommandHarness) throws -> String
  /// Without these the setting means nothing.
  var context: [String: String] = [:]
  var testDescription: String { setting.key }

  init(
    _ setting: Setting, _ samples: [(String, String)], default standard: String,
    _ context: [String: String] = [:],
    of effect: @escaping @Sendable (CommandHarness) throws -> String
  ) {
    self.setting = setting
    self.samples = samples.map { (text: $0.0, effect: $0.1) }
    self.standard = standard
    self.effect = effect
    self.context = context
  }

  init(
    _ setting: Setting, _ samples: [(String, String)], default standard: String,
    _ context: [String: String] = [:],
    in effect: @escaping @Sendable (RunOptions) -> String
  ) {
    self.init(setting, samples, default: standard, context) { effect(try #require($0.options)) }
  }

  private static func count(
    _ setting: Setting, _ first: Int, default standard: Int = 0,
    _ effect: @escaping @Sendable (RunOptions) -> Int
  ) -> SettingCase {
    SettingCase(
      setting, (first..<first + 3).map { ("\($0)", "\($0)") }, default: "\(standard)", in: { "\(effect($0))" }
    )
  }

  private static func time(
    _ setting: Setting, default standard: String = "none",
    _ effect: @escaping @Sendable (RunOptions) -> Duration?
  ) -> SettingCase {
    SettingCase(
      setting, [("3s", "3.0 seconds"), ("250ms", "0.25 seconds"), ("2m", "120.0 seconds")], default: standard,
      in: { effect($0).map { "\($0)" } ?? "none" })
  }

  private static func size(
    _ setting: Setting, default standard: UInt64 = 0, _ effect: @escaping @Sendable (RunOptions) -> UInt64
  ) -> SettingCase {
    SettingCase(
      setting, [("64M", "67108864"), ("1000", "1000"), ("1G", "1073741824")], default: "\(standard)",
      in: { "\(effect($0))" })
  }

  private static func onOff(
    _ setting: Setting, default standard: Bool, _ effect: @escaping @Sendable (RunOptions) -> Bool
  ) -> SettingCase {
    SettingCase(
      setting, [!standard, standard, !standard].map { ("\($0)", "\($0)") }, default: "\(standard)",
      in: { "\(effect($0))" })
  }

  static let all: [SettingCase] = [
    count(.workers, 5, default: WorkerPool.usableProcessors) { $0.workers },
    count(.standby, 3, default: -1) { $0.standby ?? -1 },
    count(.window, 7, default: 256) { $0.window },
    onOff(.forkServer, default: true) { $0.worker.usesForkServer },
    size(.maxFrame, default: 100 << 20) { UInt64($0.worker.maxFrameBytes) },
    time(.startTimeout, default: "30.0 seconds") { $0.worker.startLimit },
    time(.handshakeTimeout) { $0.worker.handshakeLimit },
    time(.loadTimeout) { $0.worker.loadLimit },
    SettingCase(
      .launcher, [("/bin/true", "/bin/true"), ("/bin/cat -u", "/bin/cat -u"), ("/bin/false", "/bin/false")],
      default: "none", in: { $0.worker.launcher?.joined(separator: " ") ?? "none" }),
    SettingCase(
      .launcherIO, [("stdio", "standardStreams"), ("inherit", "descriptors"), ("stdio", "standardStreams")],
      default: "descriptors", ["TASKHOST_LAUNCHER": "/bin/true"],
      in: { "\($0.worker.launcherPasses)" }),
    SettingCase(
      .pluginPath, [("/a", "/a"), ("/b:/c", "/b /c")], default: "",
      of: { $0.request?.places.configuredDirectories.joined(separator: " ") ?? "no run" }),
    SettingCase(
      .locked, [("true", "true"), ("false", "false"), ("true", "true")], default: "false",
      of: { "\(try #require($0.request).places.isLocked)" }),
    time(.softTimeout) { $0.worker.limits.softTime },
    time(.timeout) { $0.worker.limits.hardTime },
    time(.grace, default: "2.0 seconds") { $0.worker.limits.grace },
    time(.runTimeout) { $0.timeLimit },
    size(.memoryLimit) { $0.worker.limits.memoryBytes },
    time(.cpuLimit) { $0.worker.limits.processorTime },
    size(.outputLimit) { $0.worker.limits.outputBytes },
    count(.openFiles, 70) { Int($0.worker.limits.openFiles) },
    count(.processes, 70) { Int($0.worker.limits.processes) },
    size(.fileSize) { $0.worker.limits.fileSizeBytes },
    onOff(.coreDumps, default: false) { $0.worker.limits.keepsCores },
    SettingCase(
      .cgroup, [("off", "off"), ("require", "require"), ("auto", "auto")], default: "auto",
      in: { $0.worker.limits.controlGroups.rawValue }),
    count(.recycleTasks, 7) { Int($0.worker.limits.tasksOfOneWorker) },
    time(.recycleAfter) { $0.worker.limits.ageOfOneWorker },
    size(.recycleMemory) { $0.worker.limits.memoryOfOneWorkerBytes },
    SettingCase(
      .retries, [("4", "5"), ("0", "1"), ("6", "7")], default: "3", in: { "\($0.retry.tries)" }),
    SettingCase(
      .retryOn, [("limit", "limit"), ("crash,limit", "crash limit"), ("timeout", "timeout")],
      default: "crash error timeout", ["TASKHOST_RETRIES": "5"],
      in: { $0.retry.causes.map(\.rawValue).sorted().joined(separator: " ") }),
    SettingCase(
      .retryDelay, [("3s", "3.0 seconds"), ("250ms", "0.25 seconds"), ("2m", "120.0 seconds")],
      default: "none", ["TASKHOST_RETRIES": "5"], in: { $0.retry.delay.map { "\($0)" } ?? "none" }),
    SettingCase(
      .maxFail, [("3", "3 false"), ("4:now", "4 true"), ("5", "5 false")], default: "0 false",
      in: { "\($0.mostFailures) \($0.failuresEndTasks)" }),
    onOff(.speculate, default: false) { $0.speculation > 0 },
    SettingCase(
      .speculateFactor, [("3", "3.0"), ("1.5", "1.5"), ("1000", "1000.0")], default: "2.0",
      ["TASKHOST_SPECULATE": "true"], in: { "\($0.speculation)" }),
    onOff(.keepOrder, default: false) { $0.keepsOrder },
    SettingCase(
      .color, [("always", "true"), ("never", "false"), ("always", "true")], default: "false",
      of: { "\(try $0.text.text().contains("\u{1B}["))" }),
    SettingCase(
      .progress, [("only", "false"), ("none", "true"), ("only", "false")], default: "true",
      of: { "\(try $0.text.text().contains("a warning"))" }),
  ]

  /// As it stands in a file.
  func line(_ text: String) -> String {
    let words = text.split { $0 == "," || $0 == ":" }.map { "'\($0)'" }.joined(separator: ", ")
    let value =
      switch setting.type {
      case .onOff: text
      case .choices, .directories: "[\(words)]"
      default: "'\(text)'"
      }
    return "# above\n[\(setting.table.rawValue)]\n\(setting.name) = \(value)\n"
  }

  func option(_ text: String) -> String {
    setting.type == .onOff
      ? (text == "true" ? setting.flag : "--no-\(setting.name)") : "\(setting.flag)=\(text)"
  }
}

struct SettingMatrixTests {
  @Test func everySettingHasItsCase() {
    #expect(SettingCase.all.map(\.setting.name) == Setting.all.map(\.name))
    #expect(Set(Setting.all.map(\.variable)).count == Setting.all.count)
    for one in SettingCase.all { #expect(one.samples.count == (one.setting.hasFlag ? 3 : 2)) }
  }

  /// Each level alone, each pair, all three: the highest that says something counts, and the run gets it.
  @Test(arguments: SettingCase.all)
  func optionThenVariableThenFileThenDefault(one: SettingCase) throws {
    for levels in 0..<(1 << one.samples.count) {
      let harness = try CommandHarness()
      harness.events = [.started(Script.start), .warning("a warning")]
      let project = try Workshop()
      harness.workingDirectory = project.directory
      harness.variables = one.context
      var arguments = ["run"]
      var expected = one.standard
      var origin = SettingOrigin.standard.text
      for level in one.samples.indices where levels >> level & 1 == 1 {
        let sample = one.samples[level]
        expected = sample.effect
        switch level {
        case 0:
          _ = try project.makeDirectory(".config")
          origin = try project.write(one.line(sample.text), as: ".config/taskhost.toml") + ":3"
        case 1:
          harness.variables[one.setting.variable] = sample.text
          origin = one.setting.variable
        default:
          arguments.append(one.option(sample.text))
          origin = one.setting.flag
        }
      }
      #expect(CommandLineInterface.execute(arguments, harness.context()) == .exit(.ok))
      #expect(try one.effect(harness) == expected, "levels \(levels)")
      // And `config show` knows why.
      let shown = try CommandHarness()
      shown.workingDirectory = harness.workingDirectory
      shown.variables = harness.variables
      arguments.replaceSubrange(0..<1, with: ["config", "show"])
      #expect(CommandLineInterface.execute(arguments, shown.context()) == .exit(.ok))
      let row = try #require(try shown.data.lines().first { $0.hasPrefix(one.setting.key + " ") })
      #expect(row.hasSuffix(" " + origin), "levels \(levels): \(row)")
    }
  }

  /// Whoever says it is named, also where another level overrides it.
  @Test(arguments: Setting.all)
  func aWrongValueNamesWhoSaidIt(setting: Setting) throws {
    guard setting.type != .directories else { return }
    let wrong = setting.type == .command ? "" : "wrong"
    let harness = try CommandHarness()
    harness.variables[setting.variable] = wrong
    #expect(harness.execute("run", "--grace", "1s") == .exit(.configuration))
    #expect(
      try harness.text.text() == "error: \(setting.variable) is '\(wrong)'; expected \(setting.expected)\n")
    #expect(harness.options == nil)
    let project = try Workshop()
    let file = try project.write("[\(setting.table.rawValue)]\n\(setting.name) = '\(wrong)'", as: "x.toml")
    let second = try CommandHarness()
    #expect(second.execute("run", "--grace", "1s", "--config", file) == .exit(.configuration))
    let place = "error: \(file):2:\(setting.name.count + 4): \(setting.key) is '\(wrong)'; expected "
    #expect(try second.text.text().hasPrefix(place))
    #expect(second.options == nil)
  }

  @Test func limitsCanBeTakenBack() throws {
    let harness = try CommandHarness()
    harness.variables = ["TASKHOST_TIMEOUT": "3s", "TASKHOST_MEMORY_LIMIT": "1G", "TASKHOST_RETRIES": "2"]
    let end = harness.execute("run", "--timeout", "none", "--memory-limit=none", "--retries", "none")
    #expect(end == .exit(.ok))
    let options = try #require(harness.options)
    #expect(options.worker.limits.hardTime == nil && options.worker.limits.memoryBytes == 0)
    #expect(options.retry.causes == [])
  }

  @Test func whatCanNotBeKeptInThisProcessIsLeftOutAndTold() throws {
    let harness = try CommandHarness()
    harness.variables = ["TASKHOST_TIMEOUT": "3s", "TASKHOST_LAUNCHER": "/bin/true", "TASKHOST_GRACE": "1s"]
    #expect(harness.execute("run", "--in-process") == .exit(.ok))
    let options = try #require(harness.options)
    #expect(
      options.worker.limits.hardTime == nil && options.worker.launcher == nil
        && options.worker.limits.grace == .seconds(1))
    #expect(
      options.warnings == [
        "TASKHOST_LAUNCHER does not count: with --in-process there is no worker to launch",
        "TASKHOST_TIMEOUT does not count: with --in-process there is no worker to end",
      ])
  }

  @Test func whatIsForOtherOptionsNeedsThemOnTheCommandLineOnly() throws {
    let harness = try CommandHarness()
    harness.variables = ["TASKHOST_RETRY_DELAY": "3s", "TASKHOST_LAUNCHER_IO": "stdio"]
    #expect(harness.execute("run") == .exit(.ok))
    #expect(harness.options?.retry.delay == nil && harness.options?.worker.launcher == nil)
    #expect(try CommandHarness().execute("run", "--retry-delay", "3s") == .exit(.usage))
    #expect(try CommandHarness().execute("run", "--launcher-io", "stdio") == .exit(.usage))
  }

  @Test func twoFlagsForFilesAreTooMany() throws {
    let harness = try CommandHarness()
    #expect(harness.execute("run", "--config", "x", "--no-config") == .exit(.usage))
    #expect(try harness.text.text().hasPrefix("error: --config and --no-config: one of them only\n"))
  }

  @Test func aVariableThatIsNoneIsTold() throws {
    let harness = try CommandHarness()
    harness.variables = [
      "TASKHOST_WROKERS": "3", "TASKHOST_PLUGIN_PATH_ONLY": "1", "TASKHOST_OTHER_THING": "x",
    ]
    #expect(harness.execute("run") == .exit(.ok))
    #expect(
      harness.options?.warnings == ["there is no setting TASKHOST_WROKERS; did you mean TASKHOST_WORKERS?"])
  }
}

/// Which files count.
struct ConfigurationFileTests {
  let harness: CommandHarness
  let place: Workshop

  init() throws {
    harness = try CommandHarness()
    place = try Workshop()
    for name in ["a", "a/.config", "a/b", "a/b/c", "user", "user/taskhost"] {
      _ = try place.makeDirectory(name)
    }
    harness.workingDirectory = place.path("a/b/c")
    harness.variables["XDG_CONFIG_HOME"] = place.path("user")
  }

  private func run(_ arguments: String...) -> CommandEnd {
    CommandLineInterface.execute(["run"] + arguments, harness.context())
  }

  @Test func theFileOfTheProjectIsAbove() throws {
    try place.write("[run]\nwindow = 3\nplugin-path = ['kinds', '/k']", as: "a/.config/taskhost.toml")
    #expect(run() == .exit(.ok))
    #expect(harness.options?.window == 3)
    #expect(harness.request?.places.configuredDirectories == [place.path("a/kinds"), "/k"])
  }

  @Test func theSearchEndsAtTheTopOfTheRepository() throws {
    try place.write("[run]\nwindow = 3", as: "a/.config/taskhost.toml")
    try place.write("gitdir: elsewhere", as: "a/b/.git")
    #expect(run() == .exit(.ok))
    #expect(harness.options?.window == 256)
  }

  @Test func theFileOfTheUserSetsHowThingsLookAndNothingElse() throws {
    try place.write(
      "[display]\nprogress = 'none'\ncolor = 'always'\n[run]\nwindow = 3", as: "user/taskhost/config.toml")
    try place.write("[display]\ncolor = 'never'", as: "a/.config/taskhost.toml")
    #expect(harness.execute("config", "show") == .exit(.ok))
    let rows = try harness.data.lines()
    func row(_ key: String) -> String? { rows.first { $0.hasPrefix(key + " ") } }
    #expect(row("display.progress")?.hasSuffix("user/taskhost/config.toml:2") == true)
    #expect(row("display.color")?.hasSuffix("a/.config/taskhost.toml:2") == true)
    #expect(row("run.window")?.hasSuffix(" default") == true)
    #expect(
      try harness.text.text().contains(
        "config.toml:4:2: [run] does not count in the file of a user, which sets [display] only"))
  }

  @Test func namedAndNone() throws {
    try place.write("[run]\nwindow = 3", as: "a/.config/taskhost.toml")
    let other = try place.write("[run]\nwindow = 4", as: "other.toml")
    #expect(run("--config", other) == .exit(.ok))
    #expect(harness.options?.window == 4)
    #expect(run("--no-config") == .exit(.ok))
    #expect(harness.options?.window == 256)
  }

  @Test(arguments: [
    ("[run]\nwrokers = 3", ":2:1: there is no setting 'wrokers' in [run]; did you mean 'workers'?"),
    ("[run]\nxyzzy = 3", ":2:1: there is no setting 'xyzzy' in [run]"),
    ("[dsplay]", ":1:2: there is no table [dsplay]; did you mean [display]?"),
    ("[other]\nx = 1", ":1:2: there is no table [other]"),
    ("workers = 3", ":1:1: 'workers' stands in no table; it belongs under [run]"),
    ("[display]\nworkers = 3", ":2:1: there is no setting 'workers' in [display]"),
  ])
  func whatMeansNothingIsTold(text: String, warning: String) throws {
    let file = try place.write(text, as: "a/.config/taskhost.toml")
    #expect(run() == .exit(.ok))
    #expect(harness.options?.warnings == [file + warning])
  }

  @Test func aFileThatOthersMayWriteDoesNotCountUnlessNamed() throws {
    let file = try place.write("[run]\nwindow = 3", as: "a/.config/taskhost.toml")
    try #require(chmod(file, 0o666) == 0)
    #expect(run() == .exit(.ok))
    #expect(harness.options?.window == 256)
    #expect(
      harness.options?.warnings == [
        "\(file) does not count: others may write to it (mode 0666); name it with --config if you trust it"
      ])
    #expect(run("--config", file) == .exit(.ok))
    #expect(harness.options?.window == 3)
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
  func aFileOfSomebodyElseDoesNotCount() throws {
    let file = try place.write("[run]\nwindow = 3", as: "a/.config/taskhost.toml")
    try #require(chown(file, 65534, 65534) == 0)
    #expect(run() == .exit(.ok))
    #expect(harness.options?.window == 256)
    #expect(
      harness.options?.warnings == [
        "\(file) does not count: it belongs to another user (65534); name it with --config if you trust it"
      ])
  }

  @Test func aFileThatIsNoneIsAnErrorOfConfiguration() throws {
    #expect(run("--config", place.path("nowhere")) == .exit(.configuration))
    #expect(
      try harness.text.text()
        == "error: \(place.path("nowhere")) could not be read: No such file or directory\n")
    #expect(run("--config", place.directory) == .exit(.configuration))
    #expect(try harness.text.text().contains("\(place.directory) could not be read: Is a directory"))
    let file = try place.write([0x23, 0x0A, 0xFF], as: "bytes.toml")
    #expect(run("--config", file) == .exit(.configuration))
    #expect(try harness.text.text().contains("\(file):2:1: found bytes that are no UTF-8, expected text"))
    try #require(mkfifo(place.path("a/.config/taskhost.toml"), 0o600) == 0)
    #expect(run() == .exit(.configuration))
    #expect(try harness.text.text().contains("taskhost.toml could not be read: it is no regular file"))
    #expect(harness.options == nil)
  }
}
