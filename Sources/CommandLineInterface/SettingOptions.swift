internal import ArgumentParser
internal import Settings
internal import TaskHost

/// The options of settings: texts are read by the declarations of `Setting`.
struct SettingOptions: ParsableArguments {
  @OptionGroup var worker: WorkerOptions
  @OptionGroup var display: DisplayOptions
  @OptionGroup(title: "Limits") var limits: LimitOptions
  @OptionGroup(title: "Retries") var retries: RetryOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Configuration") var configuration: ConfigurationOptions

  /// What was typed.
  var given: [(setting: Setting, text: String)] {
    (worker.given + display.given + limits.given + retries.given + output.given)
      .compactMap { setting, text in
        text.map { (setting, $0) }
      }
  }

  /// The values of a run, and where they come from. Options that make no sense without others, and those that can not be kept
  /// here, are errors; what files and variables say of such is left out.
  func resolve(_ context: CommandContext, inProcess: Bool = false) throws(CommandFailure) -> Resolution {
    var settings = try configuration.resolve(context, flags: given)
    try refuseLonely(settings)
    if inProcess { try leaveOut(&settings) }
    return settings
  }

  private func refuseLonely(_ settings: Resolution) throws(CommandFailure) {
    if launcherIsMissing(settings) {
      throw .usage("--launcher-io without --launcher", hint: "taskhost run --help")
    }
    if settings[.speculateFactor].origin.isFlag, !settings.isOn(.speculate) {
      throw .usage(
        "--speculate-factor is for --speculate, which was not given", hint: "taskhost run --help")
    }
    guard settings.number(.retries) == nil else { return }
    for setting in [Setting.retryOn, .retryDelay] where settings[setting].origin.isFlag {
      throw .usage(
        "\(setting.flag) is for --retries, which was not given", hint: "taskhost run --help")
    }
  }

  private func launcherIsMissing(_ settings: Resolution) -> Bool {
    settings[.launcherIO].origin.isFlag && settings.word(.launcher) == nil
  }

  /// Without workers there is nothing that could be ended, replaced or launched.
  private func leaveOut(_ settings: inout Resolution) throws(CommandFailure) {
    if settings[.launcher].origin.isFlag, settings.word(.launcher) != nil {
      throw .usage("--launcher and --in-process: there is no worker to launch", hint: "taskhost run --help")
    }
    settings.drop(.launcher, because: "with --in-process there is no worker to launch")
    for setting in Self.ofWorkers {
      if settings[setting].origin.isFlag, settings[setting].value != .none {
        throw .usage(
          "\(setting.flag) can not be kept with --in-process: there is no worker to end",
          hint: "taskhost run --help")
      }
      settings.drop(setting, because: "with --in-process there is no worker to end")
    }
  }

  private static let ofWorkers: [Setting] = [
    .softTimeout, .timeout, .memoryLimit, .cpuLimit, .outputLimit, .openFiles, .processes, .fileSize,
    .cgroup, .recycleTasks, .recycleAfter, .recycleMemory,
  ]
}

extension ArgumentHelp {
  /// Of the option of a setting, with its default and its variable.
  static func setting(_ setting: Setting) -> ArgumentHelp {
    let standard =
      setting.standard == .none || setting.type == .onOff ? "" : "default: \(setting.standardText); "
    return ArgumentHelp(
      "\(setting.help) (\(standard)env: \(setting.variable))", discussion: setting.details,
      valueName: setting.valueName)
  }
}

/// How many workers, and how they start.
struct WorkerOptions: ParsableArguments {
  @Option(
    name: [.customShort("j", allowingJoined: true), .customLong("workers")], parsing: .unconditional,
    help: .setting(.workers))
  var workers: String?

  @Option(parsing: .unconditional, help: .setting(.standby))
  var standby: String?

  @Option(parsing: .unconditional, help: .setting(.window))
  var window: String?

  @Flag(name: .customLong("fork-server"), inversion: .prefixedNo, help: .setting(.forkServer))
  var forkServer: Bool?

  @Option(name: .customLong("max-frame"), parsing: .unconditional, help: .setting(.maxFrame))
  var maxFrame: String?

  @Option(name: .customLong("start-timeout"), parsing: .unconditional, help: .setting(.startTimeout))
  var startTimeout: String?

  @Option(
    name: .customLong("handshake-timeout"), parsing: .unconditional, help: .setting(.handshakeTimeout))
  var handshakeTimeout: String?

  @Option(name: .customLong("load-timeout"), parsing: .unconditional, help: .setting(.loadTimeout))
  var loadTimeout: String?

  @Option(help: .setting(.launcher))
  var launcher: String?

  @Option(name: .customLong("launcher-io"), help: .setting(.launcherIO))
  var launcherIO: LauncherIO?

  @Flag(inversion: .prefixedNo, help: .setting(.locked))
  var locked: Bool?

  var given: [(Setting, String?)] {
    [
      (.locked, locked.map { "\($0)" }), (.workers, workers), (.standby, standby), (.window, window),
      (.forkServer, forkServer.map { "\($0)" }),
      (.maxFrame, maxFrame), (.startTimeout, startTimeout),
      (.handshakeTimeout, handshakeTimeout), (.loadTimeout, loadTimeout),
      (.launcher, launcher), (.launcherIO, launcherIO?.rawValue),
    ]
  }
}

/// How a run looks.
struct DisplayOptions: ParsableArguments {
  @Option(help: .setting(.color))
  var color: ColorChoice?

  @Option(help: .setting(.progress))
  var progress: ProgressChoice?

  var given: [(Setting, String?)] { [(.color, color?.rawValue), (.progress, progress?.rawValue)] }
}

/// How what tasks print comes out.
struct OutputOptions: ParsableArguments {
  @Flag(
    name: [.customShort("k"), .customLong("keep-order")], inversion: .prefixedNo, help: .setting(.keepOrder))
  var keepOrder: Bool?

  var given: [(Setting, String?)] { [(.keepOrder, keepOrder.map { "\($0)" })] }
}

enum LauncherIO: String, CaseIterable, ExpressibleByArgument {
  case inherit, stdio
}

extension ColorChoice: ExpressibleByArgument {}
extension ProgressChoice: ExpressibleByArgument {}

extension Resolution {
  func usesColor(_ terminal: TerminalFacts) -> Bool {
    terminal.usesColor(settled: word(.color).flatMap(ColorChoice.init) ?? .auto)
  }
}
