internal import ArgumentParser
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
