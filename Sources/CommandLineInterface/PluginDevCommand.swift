internal import ArgumentParser
internal import CPosix
internal import Glibc
internal import TaskHost

struct PluginDevCommand: ExecutableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dev", abstract: "Builds, checks and runs a plugin each time one of its files is saved.",
    discussion: """
      In the directory it runs `make`, checks the plugin that came of it, and then runs it on the files of `examples/`, if there are \
      any. It then waits for the next save, until it is ended by Ctrl-C. What builds make (`*.o`, `*.so`, `build/`, `target/`, hidden \
      files) does not count.

      A signal that ends it is passed on to what it runs, which is waited for; what that has left in the process group gets SIGTERM. What \
      has not ended after ten seconds, of the rest after two, or at a second signal, is killed.
      """)

  @Option(
    help: ArgumentHelp("What builds the plugin, by a shell.", valueName: "command"))
  var build = "make"

  @Option(
    help: ArgumentHelp(
      "The plugin that is built.", discussion: "Default: the newest *.so in the directory.", valueName: "file"
    ),
    completion: .file(extensions: ["so"]))
  var plugin: String?

  @Argument(help: ArgumentHelp("Where the plugin is made.", valueName: "directory"), completion: .directory)
  var directory = "."

  func execute(_ context: CommandContext) throws(CommandFailure) -> CommandEnd {
    guard let resolved = realpath(directory, nil) else {
      throw CommandFailure(
        RunError(
          .badInput, "\(directory) is no directory that can be read: \(String(cString: strerror(errno)))"))
    }
    defer { free(resolved) }
    guard let place = String(validatingCString: resolved) else {
      throw CommandFailure(
        RunError(.badInput, "the path of \(directory) is not UTF-8: \(String(cString: resolved))"))
    }
    var status = stat()
    guard stat(place, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw CommandFailure(RunError(.badInput, "\(place) is no directory"))
    }
    let watch = try SourceWatch(place)
    let programs = try WatchedPrograms()
    var tree = SourceTree(place)
    var reason: [String] = []
    // What a build has changed itself in two rounds in a row is made by it.
    var suspects: [String] = []
    while true {
      say(context, "--- \(reason.isEmpty ? "building" : "changed: \(Self.few(reason, in: place))")")
      round(place, programs, context)
      let after = SourceTree(place)
      let own = after.changes(since: tree)
      if !own.isEmpty, own == suspects {
        say(
          context,
          "the build changes \(Self.few(own, in: place)) itself: that is not waited for")
        tree = after
        suspects = []
      } else if !own.isEmpty {
        // Saved meanwhile, most likely.
        (tree, reason, suspects) = (after, own, own)
        continue
      }
      say(context, "--- waiting for a save in \(place), Ctrl-C ends")
      (tree, reason) = try watch.next(after: tree, programs)
      suspects = []
    }
  }

  /// Build, check, run; the first that fails is the last.
  private func round(
    _ place: String, _ programs: borrowing WatchedPrograms, _ context: CommandContext
  ) {
    guard run(["/bin/sh", "-c", build], in: place, "the build", programs, context) else { return }
    guard
      let file = plugin.map({ $0.hasPrefix("/") ? $0 : place + "/" + $0 })
        ?? SourceTree(place).libraries.first?.path
    else {
      return say(context, "the build has made no *.so in \(place): name it with --plugin")
    }
    let check =
      PluginCommand.configuration.subcommands.contains { $0._commandName == "check" } ? "check" : "inspect"
    guard
      run(["/proc/self/exe", "plugin", check, file], in: place, "plugin \(check)", programs, context)
    else { return }
    let examples = Self.examples(place + "/examples")
    if examples.isEmpty { return }
    _ = run(
      ["/proc/self/exe", "run", "--plugin", file, "--"], examples, in: place, "the run", programs, context)
  }

  /// Whether the program has ended with 0.
  private func run(
    _ words: [String], _ files: [[CChar]] = [], in place: String, _ name: String,
    _ programs: borrowing WatchedPrograms, _ context: CommandContext
  ) -> Bool {
    let arguments = words.map { strdup($0) } + files.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    guard let end = programs.run(arguments, in: place) else {
      say(context, "\(name) could not be started: \(String(cString: strerror(errno)))")
      return false
    }
    // Ctrl-C was for all of us.
    if end.signal == SIGINT || end.signal == SIGTERM { ProcessEnd.take(.signal(end.signal)) }
    if end.signal >= 0 {
      say(context, "\(name) was ended by signal \(end.signal)")
    } else if end.code != 0 {
      say(context, "\(name) has failed: exit code \(end.code)")
    }
    return end.signal < 0 && end.code == 0
  }

  private func say(_ context: CommandContext, _ line: String) {
    context.text.appendLine {
      $0.append(escaped: line)
      $0.append(0x0A)
    }
    // A signal that comes meanwhile is heeded at the next wait: what programs have left is ended first.
    context.text.drain()
  }

  private static func few(_ files: [String], in place: String) -> String {
    let names = files.map { $0.hasPrefix(place + "/") ? String($0.dropFirst(place.utf8.count + 1)) : $0 }
    return names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
  }

  /// What is expected of them lies beside them and is none. A name may be any bytes.
  private static func examples(_ directory: String) -> [[CChar]] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [[UInt8]] = []
    while let item = readdir(stream) {
      let name = withUnsafeBytes(of: &item.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if !name.starts(with: ".".utf8), !name.starts(with: "expected.".utf8) { names.append(name) }
    }
    return names.sorted { $0.lexicographicallyPrecedes($1) }.map { name in
      (Array("examples/".utf8) + name + [0]).map { CChar(bitPattern: $0) }
    }
  }
}
