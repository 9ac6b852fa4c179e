internal import Glibc
internal import Settings
internal import TaskHost

/// From a launcher in words to a command that can be started.
extension Resolution {
  func setLauncher(_ options: inout RunOptions, _ context: CommandContext) throws(CommandFailure) {
    guard let launcher = word(.launcher) else { return }
    var words: [String]
    do throws(ShellWords.Failure) {
      words = try ShellWords.split(launcher)
    } catch {
      let what =
        switch error {
        case .unbalanced(let quote): "a quotation mark \(quote) that is not closed"
        case .endsWithBackslash: "a backslash at its end"
        }
      throw wrong("'\(launcher)', with \(what)")
    }
    guard let name = words.first, !name.isEmpty else {
      throw wrong("'\(launcher)'; expected a command")
    }
    guard let path = Self.executable(name, context.terminal.environment("PATH") ?? "/usr/bin:/bin") else {
      throw wrong(
        "'\(launcher)': there is no program '\(name)'"
          + (name.contains("/") ? "" : " in the directories of PATH"))
    }
    words[0] = path
    options.worker.launcher = words
    options.worker.launcherPasses =
      word(.launcherIO) == LauncherIO.stdio.rawValue ? .standardStreams : .descriptors
  }

  private func wrong(_ what: String) -> CommandFailure {
    let origin = self[.launcher].origin
    return CommandFailure(
      SettingError(isUsage: origin.isFlag, "\(SettingError.name(.launcher, origin)) is \(what)"))
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
