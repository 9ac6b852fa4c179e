internal import CPosix
internal import Glibc
internal import PluginLoading

/// The process of one check: `taskhost check-process PARENT`, started by an examination.
package enum CheckProcess {
  static let word = "check-process"

  /// Descriptors that it begins with; 0 is /dev/null, 1 and 2 are what is shown of it.
  enum Inherited {
    static let report: Int32 = 3
    static let notebook: Int32 = 4
    /// Where calls are noted, or /dev/null.
    static let calls: Int32 = 5
    /// What it has to do: words may be longer than a command line.
    static let job: Int32 = 6
  }

  /// Whether this process was started as one.
  package static var isAsked: Bool {
    CommandLine.argc == 3 && argument(1) == word && argument(0) == "taskhost"
  }

  private static func argument(_ index: Int) -> String? {
    CommandLine.unsafeArgv[index].map { String(cString: $0) }
  }

  /// Makes the check and tells its verdict.
  package static func run() -> Never {
    guard let parent = argument(2).flatMap({ pid_t($0) }), cpx_die_with_parent(parent) == 0,
      let bytes = readJob(), let json = try? JSONReader.read(bytes), let job = CheckJob(json),
      let check = Check.named(job.check), let notebook = Notebook(file: Inherited.notebook)
    else {
      let message = "error: \(word) is started by `taskhost plugin check` only\n"
      _ = write(2, message, message.utf8.count)
      exit(2)
    }
    // Out of the way of the plugin.
    let report = cpx_move_up(Inherited.report)
    let log = job.traces ? CallLog(file: Inherited.calls) : nil
    for descriptor in [Inherited.notebook, Inherited.calls, Inherited.job] { close(descriptor) }
    limit(seconds: job.seconds)
    // As in every host: a worker that is killed while it is written to is no end of this process.
    signal(SIGPIPE, SIG_IGN)
    notebook.watch()
    let verdict = check.verdict(job, notebook, log)
    tell(Array(verdict.json.description.utf8), to: report)
  }

  /// All of it; nil where it can not be read.
  static func readJob() -> [UInt8]? {
    var bytes: [UInt8] = []
    let isRead = withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 8) { chunk in
      while true {
        let count = read(Inherited.job, chunk.baseAddress, chunk.count)
        if count == 0 { return true }
        if count < 0 {
          if errno == EINTR { continue }
          return false
        }
        bytes.append(contentsOf: chunk[..<count])
      }
    }
    return isRead ? bytes : nil
  }

  /// Reports to the parent, and ends the process.
  static func tell(_ bytes: [UInt8], to report: Int32) -> Never {
    fflush(nil)
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { write(report, $0.baseAddress, $0.count) }
      if count < 0, errno != EINTR { break }
      written += max(count, 0)
    }
    // What the plugin has left for the end of the process does not run in a worker either.
    _exit(0)
  }

  /// What runs away is stopped before it is in the way of others.
  static func limit(seconds: Double) {
    var limits = cpx_limits()
    limits.memory = 4 << 30
    limits.file_size = 256 << 20
    var what: UnsafePointer<CChar>?
    _ = cpx_limits_apply(&limits, &what)
    _ = cpx_cpu_limit(getpid(), UInt64(2 * seconds) + 1)
  }
}

extension Check {
  /// Runs the body in this process.
  func verdict(_ job: CheckJob, _ notebook: Notebook, _ log: CallLog?) -> Verdict {
    var context = CheckContext(job, notebook: notebook, log: log)
    do throws(CheckEnd) {
      return try body(&context)
    } catch {
      return error.verdict
    }
  }
}
