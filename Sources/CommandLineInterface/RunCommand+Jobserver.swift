internal import ArgumentParser
internal import Settings
internal import TaskHost

/// With whom the run shares its jobs.
extension RunCommand {
  func shareJobs(_ options: inout RunOptions, _ settings: Resolution, _ context: CommandContext)
    throws(CommandFailure)
  {
    if jobserverStyle != nil, !jobserver {
      throw .usage("--jobserver-style without --jobserver", hint: "taskhost run --help")
    }
    // A number that was said holds, whoever is above.
    if settings[.workers].value == .automatic {
      options.makeFlags = context.terminal.environment("MAKEFLAGS")
    }
    if jobserver { options.serves = jobserverStyle == .fifo ? .fifo : .pipe }
  }
}

enum JobserverStyle: String, CaseIterable, ExpressibleByArgument {
  case pipe, fifo
}
