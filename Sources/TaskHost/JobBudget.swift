internal import Wire
internal import WorkerPool

/// How many workers may be at work, and with whom they share that.
struct JobBudget {
  var workers: Int
  var jobserver: Jobserver?
  var warnings: [String] = []

  /// So many, shared with nobody.
  init(workers: Int) { self.workers = workers }

  init(_ options: RunOptions) throws(RunError) {
    workers = options.inThisProcess ? 1 : options.workers
    guard !options.inThisProcess else { return }
    if let flags = options.makeFlags.flatMap({ JobserverFlags($0) }) {
      do throws(Jobserver.Unavailable) {
        jobserver = try Jobserver(flags)
      } catch {
        // As make itself does.
        workers = 1
        warnings.append(
          "the jobserver of make is not available (\(error.message)): working with one worker; put + in front of the recipe"
        )
      }
    } else if let style = options.serves {
      do throws(SystemError) {
        jobserver = try Jobserver(jobs: workers, style == .fifo ? .fifo : .pipe)
      } catch {
        throw RunError(.infrastructure, "a jobserver could not be made: \(error.message)")
      }
    }
  }
}
