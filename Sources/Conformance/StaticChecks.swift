internal import PluginLoading

/// Nothing of the file is run.
extension Check {
  static let staticChecks: [Check] = [
    byRules(
      "file-trusted", [.owner, .writableByOthers, .directories, .privilegedProcess],
      warned: ["L02", "L03", "L04"],
      "The file and its directories can be written by its owner and by root only.",
      broken:
        "Somebody else could run code with your rights; a host that searches for plugins passes the file over."
    ),
    byRules(
      "manifest-valid", [.manifest], refused: ["L07"],
      "There is one manifest: JSON of schema 1 with id, name, version, abi and wire, at most 64 KiB.",
      broken: "The file can not be listed without running it, and is not loaded."),
    byRules(
      "abi-known", [.abiVersion], refused: ["L08"],
      "The manifest asks for an ABI that this host has.",
      broken: "The plugin would call services that are not there, and is not loaded."),
    byRules(
      "entry-exported", [.entrySymbol], refused: ["L09"],
      "taskhost_plugin_v1 is exported as a global function.",
      broken: "There is nothing to call, and the file is not loaded."),
    byRules(
      "one-export", [.otherExports], warned: ["L10"],
      "taskhost_plugin_v1 is the only symbol that is exported.",
      broken: "Symbols of two libraries in one process can clash: one plugin calls functions of the other."),
    byRules(
      "no-text-relocations", [.textRelocations], refused: ["L12"],
      "Code needs no relocation.",
      broken: "Code pages would be writable for a while and shared with nobody; the file is not loaded."),
    byRules(
      "no-executable-stack", [.executableStack], refused: ["L13"],
      "The file does not ask for an executable stack.",
      broken: "The stack of the whole process would become executable; the file is not loaded."),
    byRules(
      "no-static-tls", [.staticTLS], warned: ["L14"],
      "Thread-local storage is not static.",
      broken: "There is room for little of it: the plugin loads alone, and not beside others."),
    byRules(
      "run-path-fixed", [.runPath], warned: ["L15"],
      "Libraries are named without a slash, and run paths are absolute or begin with $ORIGIN.",
      broken: "Which library is loaded depends on the current directory."),
    byRules(
      "no-audit-libraries", [.auditAndFilter], refused: ["L17"],
      "No audit or filter library is asked for.",
      broken: "Another library would stand in for the one that was checked; the file is not loaded."),
    Check(
      "manifest-words-known", .static,
      "Each word in \"flags\" is one that this host knows.",
      broken: "A word that is not known is ignored: a promise with a slip of the pen in it is none."
    ) { context throws(CheckEnd) in
      guard let text = context.inspection().elf?.manifests.first, let json = try? JSONReader.read(text),
        case .array(let flags)? = json["flags"]
      else { return .pass }
      let known = KindFlags.names.map(\.name)
      for case .string(let flag) in flags where !known.contains(flag) {
        return .fail(
          Finding(
            "the flag \"\(flag)\"", expected: known.joined(separator: ", "),
            cure: "Correct the word in TH_MANIFEST, or use a taskhost that knows it."))
      }
      return .pass
    },
    Check(
      "few-initializers", .static,
      "At most \(mostInitializers) functions run when the file is loaded.",
      broken:
        "Each start of a worker pays for them, and what they do happens before anybody could have refused the plugin."
    ) { context throws(CheckEnd) in
      let count = context.inspection().elf?.initializerCount ?? 0
      guard count > mostInitializers else { return .pass(figure: "\(count) initializers") }
      return .warn(
        Finding(
          "\(count) initializers", expected: "at most \(mostInitializers)",
          cure: "Make global objects when they are first used: in queue_new or worker_new."))
    },
    Check(
      "no-finalizers", .static,
      "Nothing is left to functions that run at the end of the process.",
      broken: "They do not run: a worker ends without exit, and a plugin is never unloaded."
    ) { context throws(CheckEnd) in
      let count = context.inspection().elf?.finalizerCount ?? 0
      // The compiler's own.
      guard count > 1 else { return .pass }
      return .warn(
        Finding(
          "\(count - 1) destructors", expected: "none", cure: "Clean up in worker_free and queue_free."))
    },
  ]

  /// A Swift runtime that is linked in has seven.
  private static let mostInitializers = 16

  /// A check that is what load rules say, those that the loader only warns about included.
  private static func byRules(
    _ id: String, _ rules: [LoadRule], refused: [String] = [], warned: [String] = [], _ rule: String,
    broken consequence: String
  ) -> Check {
    Check(
      id, .static, rule, broken: consequence,
      enforced: refused.isEmpty ? .warned(warned) : .refused(refused)
    ) { context throws(CheckEnd) in
      let inspection = context.inspection()
      let refusal = (inspection.errors + inspection.warnings).first { rules.contains($0.rule) }
      guard let refusal else { return .pass }
      let finding = Finding(refusal)
      // Where a file lies says nothing about what is in it.
      return rules.contains(.owner) && inspection.warnings.contains(refusal) ? .warn(finding) : .fail(finding)
    }
  }
}
