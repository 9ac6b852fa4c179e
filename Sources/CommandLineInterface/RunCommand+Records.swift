internal import ArgumentParser
internal import Settings
internal import TaskHost

/// Files in which a run leaves what it has done.
struct RecordOptions: ParsableArguments {
  @Option(
    name: .customLong("journal"), parsing: .unconditional,
    help: ArgumentHelp(
      "Note in a file how each task has ended, one line of JSON for each.",
      discussion: "Lines are added to what is there. A file that holds something else is refused.",
      valueName: "file"),
    completion: .file())
  var journalFile: String?

  @Flag(
    name: [.customLong("resume"), .customLong("resume-failed")],
    help: "Do not perform again what ended well according to --journal. What failed is performed again.")
  var resumes = false

  @Option(
    name: .customLong("joblog"), parsing: .unconditional,
    help: ArgumentHelp(
      "Write one line for each task that has ended into a file, in the columns of GNU parallel.",
      discussion: "What is there is replaced; with --resume lines are added.", valueName: "file"),
    completion: .file())
  var jobLogFile: String?

  @Flag(
    name: [.customLong("dry-run"), .customLong("dryrun")],
    help: "Print what would be run, one line for each task, and run nothing.")
  var isDryRun = false

  @Option(
    name: .customLong("halt"), parsing: .unconditional,
    help: ArgumentHelp(
      "When nothing more is started, in the words of GNU parallel: never, or now or soon with fail, success or done and a number or a percentage.",
      discussion:
        "soon,fail=1; now,success=3; soon,done=30%. With now what is under way is cancelled. It goes before --max-fail.",
      valueName: "rule"))
  var haltRule: String?

  @Flag(help: "Put the name of its task and a tab in front of each line that a task prints.")
  var tag = false

  func halt() throws(CommandFailure) -> HaltRule? {
    do throws(RunError) {
      return try haltRule.flatMap { (text) throws(RunError) in try HaltRule.parse(text) }
    } catch {
      throw CommandFailure(error)
    }
  }

  func jobLog() throws(CommandFailure) -> String? {
    guard let jobLogFile else { return nil }
    guard !jobLogFile.isEmpty, jobLogFile != "-" else {
      throw OptionValue.wrong("--joblog", jobLogFile, expected: "a file, such as jobs.log or /dev/stderr")
    }
    return jobLogFile
  }

  func journal() throws(CommandFailure) -> RunJournal? {
    guard let journalFile else {
      if resumes {
        throw .usage("--resume is for --journal, which was not given", hint: "taskhost run --help")
      }
      return nil
    }
    guard !journalFile.isEmpty else {
      throw OptionValue.wrong("--journal", journalFile, expected: "a file, such as journal.jsonl")
    }
    return RunJournal(path: journalFile, resumes: resumes)
  }
}

extension RunCommand {
  /// `--dry-run`.
  func listTasks(
    _ request: RunRequest, _ settings: Resolution, _ context: CommandContext
  ) throws(CommandFailure) -> CommandEnd {
    guard messageFormat == .human else {
      throw .usage("--dry-run prints lines of text, not --message-format jsonl", hint: "taskhost run --help")
    }
    let reporter = HumanReporter(
      output: context.text, data: context.data, style: style(settings, context.terminal), clock: context.clock
    )
    do throws(RunError) {
      let code = try context.list(
        request, reporter,
        { () throws(RunError) in try context.data.flush() },
        { (line) throws(RunError) in
          context.data.appendLine {
            $0.append(line.assumingMemoryBound(to: UInt8.self))
            $0.append(0x0A)
          }
          if let failure = context.data.failure { throw failure }
        })
      reporter.stop()
      return .exit(code)
    } catch {
      reporter.stop()
      throw CommandFailure(error)
    }
  }
}
