internal import ArgumentParser
internal import Glibc
internal import Settings
internal import TaskHost

struct PluginInspectCommand: ExecutableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Shows what plugin files are, and what each load rule says of them.",
    discussion: """
      None of their code is run. A file in a directory of the search path is judged as one that is found there, any other as one \
      that is named with --plugin. Of a directory all files `*.so` are shown.

      Exits with 101 if one of the files may not be loaded, and with 104 if one could not be read.
      """)

  @Flag(help: "As one JSON object.")
  var json = false

  @OptionGroup var configuration: ConfigurationOptions

  @Argument(
    help: ArgumentHelp("Files, directories, or kinds by their names.", valueName: "file"),
    completion: .file(extensions: ["so"]))
  var files: [String]

  func execute(_ context: CommandContext) throws(CommandFailure) -> CommandEnd {
    let places = try PluginPlaces.of(configuration, context)
    var paths: [String] = []
    for file in files { paths += try Self.expand(file, places, context) }
    var end = ExitCode.ok
    var count = 0
    var lines = VerdictLines()
    if json { context.data.appendLine { $0.append("{\"v\":1,\"plugins\":[") } }
    PluginReport.inspect(paths, places) { report in
      context.data.appendLine {
        if count > 0 { $0.append(json ? 0x2C : 0x0A) }
        if json { $0.append(json: report, &lines) } else { $0.append(text: report, &lines) }
      }
      count += 1
      if report.isRefused { end = end.worse(report.isReadable ? .pluginRefused : .badInput) }
    }
    if json { context.data.appendLine { $0.append("]}\n") } }
    return .exit(end)
  }

  private static func expand(
    _ word: String, _ places: Host.Options, _ context: CommandContext
  ) throws(CommandFailure) -> [String] {
    var status = stat()
    guard stat(word, &status) == 0 else {
      // What is no file may be a kind; what is neither is told as a file.
      guard errno == ENOENT, !word.contains("/") else { return [word] }
      do throws(KindError) {
        return [try context.catalog(places).find(word)?.path ?? word]
      } catch {
        return [word]
      }
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { return [word] }
    let files = try plugins(in: word)
    if files.isEmpty {
      throw CommandFailure(RunError(.badInput, "\(word) holds no files *.so", hint: "taskhost plugin list"))
    }
    return files
  }

  /// In the order of their bytes.
  private static func plugins(in directory: String) throws(CommandFailure) -> [String] {
    guard let stream = opendir(directory) else {
      throw CommandFailure(
        RunError(.badInput, "\(directory) can not be read: \(String(cString: strerror(errno)))"))
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let item = readdir(stream) {
      let name = withUnsafeBytes(of: &item.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(".so"), !name.hasPrefix(".") { names.append(name) }
    }
    let prefix = directory.hasSuffix("/") ? directory : directory + "/"
    return names.sorted(by: precedes).map { prefix + $0 }
  }

  private static func precedes(_ one: String, _ other: String) -> Bool {
    one.utf8.span.withUnsafeBufferPointer { one in
      other.utf8.span.withUnsafeBufferPointer { other in
        let order = memcmp(one.baseAddress!, other.baseAddress!, min(one.count, other.count))
        return order < 0 || order == 0 && one.count < other.count
      }
    }
  }
}

/// Where plugins are looked for by commands that run none.
enum PluginPlaces {
  static func of(
    _ configuration: ConfigurationOptions, _ context: CommandContext
  ) throws(CommandFailure) -> Host.Options {
    var places = Host.Options()
    places.configuredDirectories = try configuration.resolve(context).words(.pluginPath)
    places.usesCacheOfUser(context.terminal.environment)
    return places
  }
}
