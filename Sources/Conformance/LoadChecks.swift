internal import CPosix
internal import CTaskHost
internal import Glibc
internal import PluginLoading

/// What loading the file and its entry function do.
extension Check {
  static let loadChecks: [Check] = acceptanceChecks + loadEffectChecks + entryChecks

  private static let acceptanceChecks: [Check] = [
    byRefusal(
      "symbols-defined", [.undefinedSymbols], ["L11"],
      "Each symbol that the plugin uses is defined in a library that it names.",
      broken: "It would crash at the first call; the file is not loaded."),
    byRefusal(
      "libraries-found", [.libraries], ["L16"],
      "The libraries that the plugin names are there, and new enough.",
      broken: "The file is not loaded: it runs where it was built and nowhere else."),
    byRefusal(
      "loads", [.dynamicLoader, .mappedFile, .entryResult, .staticTLS], ["L21", "L22", "L23"],
      "The dynamic loader accepts the file, and its entry function returns a table.",
      broken: "The kind can not be used."),
    byRefusal(
      "table-well-formed", [.kindTable, .abiVersion], ["L24"],
      "The table has a size that can be, perform, texts in UTF-8, zero in what is reserved, and no unknown flags.",
      broken: "A host could not call it safely; reserved bits will mean something one day."
    ) { subject in
      guard subject.hooks.reserved0 != 0 else { return nil }
      return Finding(
        "\(subject.hooks.reserved0) in reserved0", expected: "0",
        cure: "Leave members that you do not know out of the initialiser: they are zero then.")
    },
    byRefusal(
      "table-matches-manifest", [.tableMatchesManifest], ["L25"],
      "Table and manifest say the same: id, name, version, wire, ABI and flags.",
      broken: "A listing describes something else than what runs."),
  ]

  /// A check that is what the loader says after it has loaded the file.
  private static func byRefusal(
    _ id: String, _ rules: [LoadRule], _ names: [String], _ rule: String, broken consequence: String,
    more: @escaping @Sendable (Subject) -> Finding? = { _ in nil }
  ) -> Check {
    Check(
      id, .load, rule, broken: consequence, enforced: .refused(names)
    ) { context throws(CheckEnd) in
      if let refusal = context.inspection().errors.first {
        // Most of what can be seen without running it has a check of its own.
        guard refusal.rule == .libraries, rules.contains(.libraries) else {
          throw .skipped("the loader refuses the file: rule \(refusal.rule.id), found \(refusal.found)")
        }
        return .fail(Finding(refusal))
      }
      do throws(Refusal) {
        let subject = try Subject(context, .init())
        if let warning = subject.plugin.warnings.first(where: {
          rules.contains($0.rule) && $0.rule != .staticTLS
        }) {
          return .fail(Finding(warning))
        }
        return more(subject).map { .fail($0) } ?? .pass
      } catch {
        guard rules.contains(error.rule) else {
          throw .skipped("the loader refuses the file: rule \(error.rule.id), found \(error.found)")
        }
        return .fail(Finding(error))
      }
    }
  }

  private static let loadEffectChecks: [Check] = [
    Check(
      "loads-quickly", .load,
      "Constructors and entry function take less than 10 ms of processor time, and never 100 ms.",
      broken: "Each run pays for it, and each worker that is not forked."
    ) { context throws(CheckEnd) in
      let before = processorTime()
      let plugin = try RawPlugin(context)
      let host = CheckHost(.init(), settings: context.settings, context.notebook)
      _ = plugin.table(host, CheckCall(id: 1, context.notebook))
      let microseconds = (processorTime() - before) / 1000
      let figure = "\(microseconds / 1000).\(microseconds % 1000 / 100) ms"
      let finding = Finding(
        "\(figure) of processor time", expected: "less than 10 ms",
        cure: "Leave work to queue_new and worker_new, and avoid large libraries.")
      if microseconds >= 100_000 { return .fail(finding) }
      return microseconds >= 10_000 ? .warn(finding) : .pass(figure: figure)
    },
    leavesAlone(
      "load-starts-no-threads", .threads, "Loading starts no threads.",
      broken: "A process with threads can not be forked: workers are executed, at ten times the cost."),
    leavesAlone(
      "load-opens-no-files", .descriptors, "Loading opens and closes no descriptors.",
      broken:
        "A descriptor that is left open is inherited by each fork; one that is closed was somebody else's."),
    leavesAlone(
      "load-keeps-signals", .signals, "Loading changes no handler and no mask of signals.",
      broken: "Signals that are meant for the host or for another plugin do not arrive."),
    leavesAlone(
      "load-keeps-directory", .directory, "Loading changes neither the current directory nor the umask.",
      broken: "Relative paths of the user lead elsewhere."),
    leavesAlone(
      "load-keeps-locale", .locale, "Loading does not set the locale.",
      broken: "Numbers are printed and read with a comma, in other plugins, too."),
    leavesAlone(
      "load-keeps-limits", .limits, "Loading changes no limits of the process.",
      broken: "The host and its workers can not use what the user allows them."),
    leavesAlone(
      "load-keeps-environment", .variables, "Loading changes no environment variables.",
      broken: "Workers, and the commands that other kinds run, inherit what was changed."),
    leavesAlone(
      "load-keeps-floating-point", .rounding,
      "Loading changes neither the rounding of floating-point numbers nor how tiny ones are treated.",
      broken: "Results of other code in the process become others. -ffast-math does this."),
    Check(
      "load-prints-nothing", .load, "Loading writes nothing to standard output and standard error.",
      broken: "It shows up in each command that loads the plugin, and between data that others read."
    ) { context throws(CheckEnd) in
      let printed = try printing { () throws(CheckEnd) in
        let plugin = try RawPlugin(context)
        let host = CheckHost(.init(), settings: context.settings, context.notebook)
        _ = plugin.table(host, CheckCall(id: 1, context.notebook))
      }
      guard !printed.isEmpty else { return .pass }
      return .fail(
        Finding(
          "\(printed.count) bytes: \(String(decoding: printed.prefix(200), as: UTF8.self))", expected: "none",
          cure: "Use host->log, or say it in perform."))
    },
  ]

  /// A check of what the process is like before and after.
  private static func leavesAlone(
    _ id: String, _ part: ProcessState.Part, _ rule: String, broken consequence: String
  ) -> Check {
    Check(id, .load, rule, broken: consequence) { context throws(CheckEnd) in
      // What the first use of these functions of the C library does is none of the plugin's.
      _ = ProcessState.now()
      let before = ProcessState.now()
      let plugin = try RawPlugin(context)
      let host = CheckHost(.init(), settings: context.settings, context.notebook)
      _ = plugin.table(host, CheckCall(id: 1, context.notebook))
      let differences = ProcessState.now().differences(part, since: before)
      guard !differences.isEmpty else { return .pass }
      return .fail(
        Finding(
          differences.prefix(4).map(\.text).joined(separator: "; "), expected: "what was there before",
          cure: "Do it in worker_new, and only there, if it must be done."))
    }
  }

  /// Of this process, in nanoseconds.
  static func processorTime() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
