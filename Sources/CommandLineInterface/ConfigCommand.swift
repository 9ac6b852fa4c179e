internal import ArgumentParser
internal import Settings
internal import TaskHost

struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Shows settings.", subcommands: [ConfigShowCommand.self])
}

struct ConfigShowCommand: ExecutableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Shows each setting of a run, and where its value comes from.",
    discussion: """
      Takes the options of `taskhost run`. With a kind it also starts one worker, as a run would, and shows what the worker \
      says that it has; no task is performed. Words are planned, if the workers of the kind need that.
      """)

  @OptionGroup var settingOptions: SettingOptions

  @Option(help: ArgumentHelp("The kind of the worker: its short name or its id.", valueName: "name"))
  var kind: String?

  @Option(
    name: .customLong("plugin"),
    help: ArgumentHelp("A plugin to load, ahead of all that are installed.", valueName: "file"),
    completion: .file(extensions: ["so"]))
  var plugins: [String] = []

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("An option of the kind.", valueName: "key=value"))
  var settings: [String] = []

  @Flag(help: "As one JSON object.")
  var json = false

  @Argument(help: ArgumentHelp("What to work on, in the words of the kind.", valueName: "word"))
  var words: [String] = []

  func execute(_ context: CommandContext) throws(CommandFailure) -> CommandEnd {
    let resolved = try settingOptions.resolve(context)
    let request = try RunRequest(
      resolved, settingOptions.configuration, kind: kind, plugins: plugins, settings: settings, words: words,
      context)
    var worker: WorkerSettings?
    if kind != nil || !plugins.isEmpty {
      switch try inspect(request, context) {
      case .ready(let found): worker = found
      case .interrupted(let signal): return .signal(signal)
      }
    }
    let report = SettingReport(settings: resolved, worker: worker)
    context.data.appendLine {
      if json { $0.append(json: report) } else { $0.append(table: report) }
    }
    if !json { tell(report, resolved.usesColor(context.terminal), context) }
    return .exit(report.differences.isEmpty ? .ok : .infrastructure)
  }

  private func inspect(
    _ request: RunRequest, _ context: CommandContext
  ) throws(CommandFailure) -> InspectionEnd {
    do throws(RunError) {
      return try context.inspect(request)
    } catch {
      throw CommandFailure(error)
    }
  }

  /// What stands beside the table.
  private func tell(_ report: SettingReport, _ color: Bool, _ context: CommandContext) {
    context.text.appendLine {
      for warning in report.settings.warnings {
        $0.append(label: "warning", .warning, warning, color: color)
        $0.append(0x0A)
      }
      guard let worker = report.worker else {
        $0.append("No kind was named, so no worker was asked: this is what the host has.\n")
        return
      }
      let differences = report.differences
      let judgement =
        differences.isEmpty
        ? "has what the host has" : "differs in \(differences.map(\.key).joined(separator: ", "))"
      $0.append(
        escaped:
          "Worker \(worker.pid) of kind \(worker.kind), \(worker.start): it \(judgement).")
      $0.append(0x0A)
      if let groups = worker.controlGroups {
        $0.append(escaped: "Control groups: \(groups).")
        $0.append(0x0A)
      }
    }
  }
}

/// What `config show` shows.
struct SettingReport {
  var settings: Resolution
  var worker: WorkerSettings?

  var differences: [Setting] { worker?.differences(from: settings) ?? [] }

  /// What `auto` comes to, where that is known.
  func meaning(of setting: Setting) -> String? {
    guard settings[setting].value == .automatic else { return nil }
    return setting.name == Setting.workers.name ? "\(WorkerPool.usableProcessors)" : nil
  }
}

extension ByteBuffer {
  mutating func append(table report: SettingReport) {
    var rows = [["SETTING", "VALUE", "FROM"] + (report.worker == nil ? [] : ["WORKER"])]
    for setting in Setting.all {
      let value = report.settings.text(setting) + (report.meaning(of: setting).map { " (\($0))" } ?? "")
      var row = [setting.key, value.isEmpty ? "-" : value, report.settings[setting].origin.text]
      if let worker = report.worker {
        row.append(worker.value(of: setting).map { setting.type.text($0) } ?? "")
      }
      rows.append(row)
    }
    append(rows: rows)
  }

  /// `{"v":1,"files":[...],"settings":[...],"worker":{...},"warnings":[...]}` and a line end.
  mutating func append(json report: SettingReport) {
    append("{\"v\":1")
    list("files", report.settings.files) { $0.append(json: $1) }
    list("settings", Setting.all) { $0.append(json: $1, report) }
    if let worker = report.worker {
      append(",\"worker\":{\"kind\":")
      append(json: worker.kind)
      member("pid", worker.pid)
      member("start", worker.start)
      member("agrees", report.differences.isEmpty)
      if let groups = worker.controlGroups { member("control_groups", groups) }
      append(0x7D)
    }
    list("warnings", report.settings.warnings) { $0.append(json: $1) }
    append("}\n")
  }

  private mutating func append(json setting: Setting, _ report: SettingReport) {
    let resolved = report.settings[setting]
    append("{\"key\":")
    append(json: setting.key)
    name("value")
    append(json: resolved.value)
    member("text", setting.type.text(resolved.value))
    if let unit = setting.type.unit { member("unit", unit) }
    name("from")
    append(json: resolved.origin)
    if let value = report.worker?.value(of: setting) {
      name("worker")
      append(json: value)
    }
    append(0x7D)
  }

  private mutating func append(json value: SettingValue) {
    switch value {
    case .none: append("null")
    case .automatic: append("\"auto\"")
    case .number(let number): append("\(number)")
    case .decimal(let number): append("\(number)")
    case .truth(let isOn): append(isOn ? "true" : "false")
    case .word(let word): append(json: word)
    case .words(let words):
      append(0x5B)
      for (index, word) in words.enumerated() {
        if index > 0 { append(0x2C) }
        append(json: word)
      }
      append(0x5D)
    case .failures(let count, let now): append(json: now ? "\(count):now" : "\(count)")
    }
  }

  private mutating func append(json origin: SettingOrigin) {
    switch origin {
    case .standard: append("{\"level\":\"default\"}")
    case .file(let path, let position):
      append("{\"level\":\"file\"")
      member("file", path)
      member("line", position.line)
      member("column", position.column)
      append(0x7D)
    case .environment(let name):
      append("{\"level\":\"environment\"")
      member("variable", name)
      append(0x7D)
    case .flag(let name), .program(let name):
      append("{\"level\":\"flag\"")
      member("flag", name)
      append(0x7D)
    }
  }
}
