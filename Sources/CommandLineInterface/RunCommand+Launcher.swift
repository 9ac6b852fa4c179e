internal import ArgumentParser
internal import Glibc
internal import TaskHost
internal import Wire
internal import WorkerPool

/// From `--launcher` to a command that can be started.
extension RunCommand {
  func parsedLauncher(_ context: CommandContext) throws(CommandFailure) -> Launcher? {
    guard let launcher else {
      if launcherIO != nil { throw .usage("--launcher-io without --launcher", hint: "taskhost run --help") }
      return nil
    }
    if inProcess {
      throw .usage("--launcher and --in-process: there is no worker to launch", hint: "taskhost run --help")
    }
    var words: [String]
    do throws(ShellWords.Failure) {
      words = try ShellWords.split(launcher)
    } catch {
      let what =
        switch error {
        case .unbalanced(let quote): "a quotation mark \(quote) that is not closed"
        case .endsWithBackslash: "a backslash at its end"
        }
      throw .usage("--launcher is '\(launcher)', with \(what)", hint: "taskhost run --help")
    }
    guard let name = words.first, !name.isEmpty else {
      throw .usage("--launcher is '\(launcher)'; expected a command", hint: "taskhost run --help")
    }
    guard let path = Self.executable(name, context.terminal.environment("PATH") ?? "/usr/bin:/bin") else {
      throw .usage(
        "--launcher is '\(launcher)': there is no program '\(name)'"
          + (name.contains("/") ? "" : " in the directories of PATH"), hint: "taskhost run --help")
    }
    words[0] = path
    return Launcher(words: words, passes: launcherIO == .stdio ? .standardStreams : .descriptors)
  }

  /// As `execvp` would find it.
  private static func executable(_ name: String, _ path: String) -> String? {
    let candidates =
      name.contains("/")
      ? [name]
      : path.split(separator: ":", omittingEmptySubsequences: false).map {
        $0.isEmpty ? name : "\($0)/\(name)"
      }
    return candidates.first { candidate in
      var found = stat()
      return stat(candidate, &found) == 0 && found.st_mode & S_IFMT == S_IFREG && access(candidate, X_OK) == 0
    }
  }
}

enum LauncherIO: String, CaseIterable, ExpressibleByArgument {
  case inherit, stdio
}
