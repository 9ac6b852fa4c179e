internal import CTaskHost

/// What a hook may not do to its surroundings.
extension Check {
  static let isolationChecks: [Check] =
    surroundingsChecks + remainsChecks + lendingChecks + reportChecks + giveUpChecks + threadChecks
    + inheritanceChecks + roleChecks + sessionChecks

  private static let surroundingsChecks: [Check] = [
    leavesAlone(
      "keeps-environment", .variables, "No hook of the host and no perform changes environment variables.",
      broken: "Other plugins in the process, and all that is started later, inherit what was changed.",
      cure: "Hand variables to what you start, or ask for them with extra_env."),
    leavesAlone(
      "keeps-directory", .directory,
      "No hook of the host and no perform changes the current directory or the umask.",
      broken: "Relative paths of the next task lead elsewhere, or its files have other rights.",
      cure: "Use openat, or change it back before the hook returns."),
    leavesAlone(
      "keeps-signals", .signals,
      "No hook of the host and no perform changes the mask of signals, or handlers but those of crashes.",
      broken: "A worker that blocks or ignores SIGTERM is killed after the grace; a host can not be ended.",
      cure: "Put back what sigaction and pthread_sigmask gave you, before the hook returns."),
    leavesAlone(
      "keeps-locale", .locale, "No hook of the host and no perform sets the locale.",
      broken: "The next task, or another plugin, prints and reads numbers with a comma.",
      cure: "Use newlocale and uselocale for your own calls, and put the old one back."),
    leavesAlone(
      "keeps-limits", .limits, "No hook of the host and no perform changes limits of the process.",
      broken: "The next task is refused what the user allows it, or the host can start no worker.",
      cure: "Set limits in what you start, between fork and exec."),
    leavesAlone(
      "keeps-floating-point", .rounding,
      "No hook of the host and no perform leaves another rounding of floating-point numbers behind.",
      broken: "Results of the next task, or of another plugin, are others.",
      cure: "Save it with fegetenv, and put it back with fesetenv."),
  ]

  /// Their handlers are nobody's business but the worker's.
  private static let crashes = [
    "SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGSYS", "SIGTRAP",
  ]

  /// A check of what the process is like around the hooks of the host, and around perform. A worker may change its process when it
  /// begins: it is its own.
  private static func leavesAlone(
    _ id: String, _ part: ProcessState.Part, _ rule: String, broken consequence: String, cure: String
  ) -> Check {
    Check(id, .isolation, rule, broken: consequence) { context throws(CheckEnd) in
      func compare(_ before: ProcessState, _ hooks: String) throws(CheckEnd) {
        let differences = ProcessState.now().differences(part, since: before)
        guard let found = differences.first(where: { !crashes.contains($0.what) || $0.after == "blocked" })
        else { return }
        throw .broken("\(found.text), after \(hooks)", expected: "no change", cure: cure)
      }
      _ = try context.subject()
      // What the first use of these functions of the C library does is none of the plugin's.
      _ = ProcessState.now()
      let before = ProcessState.now()
      let plan = try CheckPlan(&context)
      try compare(before, "hooks of the host")
      let worker = try CheckWorker(plan.subject, shared: plan.shared, queue: plan.queue)
      let started = ProcessState.now()
      for request in plan.requests { _ = worker.perform(request) }
      try compare(started, "perform")
      return .pass
    }
  }
}
