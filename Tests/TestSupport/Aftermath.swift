internal import Foundation

/// A run of a kind that means harm, and what is left when its host has ended.
package struct Aftermath {
  package let run: Taskhost.Finished
  /// Processes of the run, in whatever group and under whatever parent, that do not end within two seconds.
  package let processes: [Int]
  /// In the directory for temporary files that the run was given.
  package let files: [String]

  package var isClean: Bool { processes.isEmpty && files.isEmpty }

  /// `taskhost run --message-format jsonl` with these arguments, to its end.
  package static func run(_ arguments: [String], seconds: Double = 120) throws -> Aftermath {
    let scene = try Scene()
    let child = try Taskhost.start(
      ["run", "--message-format", "jsonl"] + arguments, environment: scene.environment)
    try child.finish(seconds: seconds)
    return try scene.aftermath(of: child)
  }

  /// Where such a run takes place: all that it starts carries its mark.
  package struct Scene {
    private let workshop: Workshop
    private let mark: String

    package init() throws {
      workshop = try Workshop()
      mark = "HOSTILE_RUN=" + workshop.directory
    }

    package var environment: [String: String] {
      ["HOSTILE_RUN": workshop.directory, "TMPDIR": workshop.directory]
    }

    /// Now, without zombies.
    package func processes() -> [Int] {
      ProcessTable.all { ProcessTable.environment($0)?.contains(mark) == true }
    }

    /// Processes that do not end within two seconds.
    package func survivors() -> [Int] { processes().filter { !ProcessTable.haveEnded([$0], seconds: 2) } }

    package func aftermath(of child: Child) throws -> Aftermath {
      let left = survivors()
      return Aftermath(
        run: try Taskhost.finished(child), processes: left,
        files: try FileManager.default.contentsOfDirectory(atPath: workshop.directory))
    }
  }
}
