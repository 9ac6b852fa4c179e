internal import Glibc
internal import PluginLoading
internal import TaskHost
internal import WorkerPool

/// From what was typed to what the run is to do.
extension RunCommand {
  func runOptions() throws(CommandFailure) -> RunOptions {
    var options = RunOptions()
    options.kind = kind
    options.plugins = plugins
    options.workers = try workerCount()
    options.settings = try parsedSettings()
    options.words = words
    options.localWorker = inProcess ? InProcessWorkers.factory : nil
    options.forkServer = !noForkServer
    options.standby = try standbyCount()
    options.maxFrameBytes = try frameSize()
    options.input = try input(limit: options.maxFrameBytes)
    options.startLimitNanoseconds = try startLimit()
    options.limits = try limits.runLimits()
    try scheduling.apply(to: &options)
    if inProcess { try limits.refuseInProcess() }
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

  private func workerCount() throws(CommandFailure) -> Int {
    if workers == "auto" { return UsableCPUs.count() }
    guard let count = Int(workers), 1...Pool.Options.mostWorkers ~= count, !workers.hasPrefix("+") else {
      throw wrong("--workers", workers, expected: "a number from 1 to \(Pool.Options.mostWorkers), or auto")
    }
    return count
  }

  private func standbyCount() throws(CommandFailure) -> Int? {
    if standby == "auto" { return nil }
    guard let count = Int(standby), 0...Pool.Options.mostWorkers ~= count, !standby.hasPrefix("+") else {
      throw wrong("--standby", standby, expected: "a number from 0 to \(Pool.Options.mostWorkers), or auto")
    }
    return count
  }

  private func parsedSettings() throws(CommandFailure) -> [(key: String, value: String)] {
    var result: [(key: String, value: String)] = []
    for setting in settings {
      let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else { throw wrong("--set", setting, expected: "key=value") }
      result.append((String(parts[0]), String(parts[1])))
    }
    return result
  }

  private func frameSize() throws(CommandFailure) -> Int {
    // The length of a frame is a 32-bit number on the pipe.
    guard let size = ByteSize.parse(maxFrame), size >= 1, size <= Int(Int32.max) else {
      throw wrong("--max-frame", maxFrame, expected: "a size from 1 to 2147483647 bytes, such as 64M")
    }
    return size
  }

  private func startLimit() throws(CommandFailure) -> UInt64 {
    try OptionValue.duration("--start-timeout", startTimeout)
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
    let catalog = context.catalog(options.plugins)
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
