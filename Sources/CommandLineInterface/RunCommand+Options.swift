internal import Settings
internal import TaskHost

extension RunRequest {
  /// What commands that have to do with one kind have in common.
  init(
    _ resolved: Resolution, _ configuration: ConfigurationOptions, kind: String?, plugins: [String],
    settings: [String], words: [String], _ context: CommandContext
  ) throws(CommandFailure) {
    options = RunOptions(resolved)
    options.wordBytes = RawWords.bytes(of: words, in: context.rawArguments)
    self.kind = kind
    self.settings = try KindSetting.parse(settings)
    places.pluginFiles = plugins
    places.configuredDirectories = resolved.words(.pluginPath)
    places.usesCacheOfUser(context.terminal.environment)
    places.isLocked = resolved.isOn(.locked)
    try takeLock(try configuration.lock(context))
    try resolved.setLauncher(&options, context)
  }
}

extension RunRequest {
  /// A lock that does not count, as somebody else could have written it, is no lock.
  private mutating func takeLock(_ known: ConfigurationFiles.Lock?) throws(CommandFailure) {
    if let warning = known?.warning {
      if places.isLocked { throw CommandFailure(RunError(.configuration, "--locked: \(warning)")) }
      options.warnings.append(warning)
    }
    guard let known, let text = known.text else { return }
    do throws(RunError) {
      places.lock = try ProjectLock(path: known.path, text: text)
    } catch {
      throw CommandFailure(error)
    }
  }
}

/// From what was typed to what the run is to do.
extension RunCommand {
  func runRequest(_ resolved: Resolution, _ context: CommandContext) throws(CommandFailure) -> RunRequest {
    var request = try RunRequest(
      resolved, settingOptions.configuration, kind: kind, plugins: plugins, settings: settings, words: words,
      context)
    request.options.inThisProcess = inProcess
    request.options.input = try input()
    request.options.journal = try records.journal()
    request.options.jobLog = try records.jobLog()
    request.options.halt = try records.halt()
    if records.haltRule != nil, resolved[.maxFail].origin.isFlag {
      throw .usage("--halt and --max-fail say the same thing", hint: "give one of them")
    }
    // Never is a word, too.
    if records.haltRule != nil { request.options.mostFailures = 0 }
    if records.tag, messageFormat == .jsonl {
      throw .usage(
        "--tag is for text: events of --message-format jsonl have the number of the task",
        hint: "taskhost run --help")
    }
    request.options.tagsOutput = records.tag
    request.options.resources = try resourceOptions.parsedResources()
    return request
  }

  /// Of the kind that is meant; nil if there is no such kind.
  func manifest(_ context: CommandContext) throws(CommandFailure) -> PluginManifest? {
    let request = try RunRequest(
      try settingOptions.resolve(context, inProcess: inProcess), settingOptions.configuration, kind: kind,
      plugins: plugins, settings: [], words: [], context)
    return manifest(request, context)
  }

  private func input() throws(CommandFailure) -> WordInput? {
    guard from.count < 2 else {
      throw .usage(
        "--from is given \(from.count) times, for '\(from[0])' and '\(from[1])'; expected one file",
        hint: "cat '\(from[0])' '\(from[1])' | taskhost run --from -")
    }
    guard let from = from.first else {
      if null {
        throw .usage("--null is for the words of --from, which was not given", hint: "taskhost run --help")
      }
      if skipsEmpty {
        throw .usage(
          "--no-run-if-empty is for the words of --from, which was not given", hint: "taskhost run --help")
      }
      return nil
    }
    var input = try input(from, separator: null ? 0 : 10)
    input.skipsEmptyWords = skipsEmpty
    return input
  }

  private func input(_ from: String, separator: UInt8) throws(CommandFailure) -> WordInput {
    if from == "-" { return WordInput(descriptor: 0, name: "standard input", separator: separator) }
    if from.isEmpty { throw wrong("--from", from, expected: "a file, or - for standard input") }
    do throws(RunError) {
      return try WordInput(path: from, separator: separator)
    } catch {
      throw CommandFailure(error)
    }
  }

  /// A kind that declares its options has no others.
  func refuseUnknownSettings(_ request: RunRequest, _ context: CommandContext) throws(CommandFailure) {
    guard !request.settings.isEmpty, let manifest = manifest(request, context), !manifest.options.isEmpty
    else {
      return
    }
    let keys = manifest.options.map(\.key)
    for setting in request.settings where !keys.contains(setting.key) {
      let cure =
        NearestWord.to(setting.key, among: keys).map { "did you mean '\($0)'?" }
        ?? "it has \(keys.joined(separator: ", "))"
      throw .usage(
        "--set \(setting.key)=\(setting.value): the kind \(manifest.name) has no option '\(setting.key)'; \(cure)",
        hint: "taskhost plugin list --json")
    }
  }

  /// Nil when there is no such kind: the run says why.
  private func manifest(_ request: RunRequest, _ context: CommandContext) -> PluginManifest? {
    do throws(KindError) { return try context.catalog(request.places).find(request.kind)?.manifest } catch {
      return nil
    }
  }

  private func wrong(_ option: String, _ value: String, expected: String) -> CommandFailure {
    OptionValue.wrong(option, value, expected: expected)
  }
}
