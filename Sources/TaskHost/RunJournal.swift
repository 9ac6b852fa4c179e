/// A file in which a ``Run`` notes how its tasks have ended, so that a later one can leave out what is done.
///
/// One line of JSON for each task that the kind has made of the words, when it and all tasks that have come of it are over and what they print has
/// been written. A host that is killed loses at most what had just ended. A task is known by its bytes, those of ``Kind/id`` and of its wire format, and
/// what its kind shares with all workers; what a file holds that it names is not looked at.
public struct RunJournal: Hashable, Sendable {
  /// The file. It is made if it is not there, and locked while the run goes on. One that holds something else is refused.
  public var path: String
  /// Tasks that ended well (`passed` or `stale`) in the runs since the last one that did not resume are not performed: their outcome is
  /// ``TaskOutcome/skipped``. Of equal tasks as many as have ended well.
  public var resumes: Bool

  /// A journal in this file.
  public init(path: String, resumes: Bool = false) {
    self.path = path
    self.resumes = resumes
  }
}
