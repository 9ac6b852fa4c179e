internal import Glibc
internal import PluginLoading
internal import Settings
internal import TaskHost

extension RunOptions {
  /// What commands that have to do with one kind have in common.
  init(
    _ resolved: Resolution, kind: String?, plugins: [String], settings: [String], words: [String]
  ) throws(CommandFailure) {
    self.init()
    apply(resolved)
    self.kind = kind
    self.plugins = plugins
    self.settings = try KindSetting.parse(settings)
    self.words = words
  }
}

/// From what was typed to what the run is to do.
extension RunCommand {
  func runOptions(_ resolved: Resolution) throws(CommandFailure) -> RunOptions {
    var options = try RunOptions(resolved, kind: kind, plugins: plugins, settings: settings, words: words)
    options.localWorker = inProcess ? InProcessWorkers.factory : nil
    options.input = try input(limit: options.maxFrameBytes)
    options.resources = try resourceOptions.parsedResources()
    return options
  }

  private func input(limit: Int) throws(CommandFailure) -> WordInput? {
    guard let from else {
      if null {
        throw .usage("--null is for the words of --from, which was not given", hint: "taskhost run --help")
      }
      return nil
    }
    let separator: UInt8 = null ? 0 : 10
    if from == "-" {
      return WordInput(descriptor: 0, name: "standard input", separator: separator, limit: limit)
    }
    if from.isEmpty { throw wrong("--from", from, expected: "a file, or - for standard input") }
    // A FIFO that nobody has opened for writing yet must not hold up the start: it is waited for in the run.
    let descriptor = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw CommandFailure(
        RunError(.badInput, "\(from) could not be opened: \(String(cString: strerror(errno)))"))
    }
    let input = WordInput(descriptor: descriptor, name: from, separator: separator, limit: limit)
    if !input.isStream { _ = fcntl(descriptor, F_SETFL, O_RDONLY) }
    return input
  }

  /// A kind that declares its options has no others.
  func refuseUnknownSettings(_ options: RunOptions, _ context: CommandContext) throws(CommandFailure) {
    guard !options.settings.isEmpty, let manifest = manifest(options, context), !manifest.config.isEmpty
    else {
      return
    }
    let keys = manifest.config.map(\.key)
    for setting in options.settings where !keys.contains(setting.key) {
      let cure =
        NearestWord.to(setting.key, among: keys).map { "did you mean '\($0)'?" }
        ?? "it has \(keys.joined(separator: ", "))"
      throw .usage(
        "--set \(setting.key)=\(setting.value): the kind \(manifest.name) has no option '\(setting.key)'; \(cure)",
        hint: "taskhost plugin list --json")
    }
  }

  /// Nil when there is no such kind: the run says why.
  private func manifest(_ options: RunOptions, _ context: CommandContext) -> Manifest? {
    let catalog = context.catalog(options.plugins, options.pluginDirectories)
    guard let kind = options.kind else {
      let named = catalog.kinds.filter { $0.origin == .commandLine }
      return named.count == 1 ? named.first?.manifest : nil
    }
    do throws(LookupError) { return try catalog.find(kind).manifest } catch { return nil }
  }

  private func wrong(_ option: String, _ value: String, expected: String) -> CommandFailure {
    OptionValue.wrong(option, value, expected: expected)
  }
}
