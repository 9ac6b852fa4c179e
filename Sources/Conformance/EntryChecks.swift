internal import CTaskHost

/// What the entry function makes of the host that it is given.
extension Check {
  static let entryChecks: [Check] = [
    Check(
      "entry-repeatable", .load, "The entry function returns an equal table whenever it is called.",
      broken: "The host and its workers would have different tables: the worker is refused (L26)."
    ) { context throws(CheckEnd) in
      let plugin = try RawPlugin(context)
      let host = CheckHost(.init(), settings: context.settings, context.notebook)
      let first = plugin.table(host, CheckCall(id: 1, context.notebook))
      for number in 2...4 {
        context.step("call \(number) of the entry function")
        guard plugin.table(host, CheckCall(id: UInt64(number), context.notebook)) != first else { continue }
        return .fail(
          Finding(
            "another table at call \(number)", expected: "the same one",
            cure: "Return a pointer to one static const th_kind."))
      }
      return .pass
    },
    Check(
      "entry-asks-nothing", .load,
      "The entry function uses no service of its call but fail.",
      broken: "There is no task yet that a finding or feedback could belong to: it is lost."
    ) { context throws(CheckEnd) in
      let plugin = try RawPlugin(context)
      let host = CheckHost(.init(), settings: context.settings, context.notebook)
      let call = CheckCall(id: 1, context.notebook)
      _ = plugin.table(host, call)
      guard let service = call.asked.first(where: { $0 != "fail" }) else { return .pass }
      return .fail(
        Finding("\(service) in taskhost_plugin_v1", expected: "fail, or none", cure: "Do it in queue_new."))
    },
    Check(
      "short-host", .load,
      "A th_host that ends early is read as far as its size says; the plugin then works or refuses with a message.",
      broken: "On an older host the plugin reads memory that is not the host's."
    ) { context throws(CheckEnd) in
      let plugin = try RawPlugin(context)
      let whole = MemoryLayout<th_host>.size
      for size in [16, 24, 32, 40, 48, 56, 64] where size < whole {
        context.step("a th_host of \(size) bytes")
        var shape = CheckHost.Shape()
        shape.size = size
        let call = CheckCall(id: 1, context.notebook)
        let table = plugin.table(CheckHost(shape, settings: context.settings, context.notebook), call)
        if table == nil, call.message ?? [] == [] {
          return .fail(
            Finding(
              "NULL and no message with a th_host of \(size) bytes",
              expected: "a table, or th_fail with a message",
              cure: "Say with th_fail what is missing."))
        }
      }
      return .pass
    },
    sameTable(
      "long-host", "A th_host that is longer than the plugin knows changes nothing.",
      broken: "The plugin fails on each newer host.", cure: "Compare sizes with TH_HAS, never with ==."
    ) { $0.size += 512 },
    sameTable(
      "newer-host", "A host with a newer minor version of the ABI changes nothing.",
      broken: "The plugin fails on each newer host.", cure: "Compare abi_minor with >=, or not at all."
    ) { $0.minor = 999 },
    Check(
      "unknown-extensions", .load,
      "extension answers NULL to ids that it does not know, and to known ones with more behind them.",
      broken: "A host takes a table for another one: the next revision of a session is not this one."
    ) { context throws(CheckEnd) in
      let subject = try context.subject()
      guard let ask = subject.hooks.extension else { return .pass(figure: "no extensions") }
      let known = [
        TH_EXT_SESSION, TH_EXT_STREAM, TH_EXT_HOST_CALL, TH_EXT_HOST_SERVICE, TH_EXT_PRINT, TH_EXT_TRACE,
      ]
      let near = known.flatMap {
        ["\($0)0", "\($0) ", "\($0)/", "\($0.dropLast())", "\($0.dropLast(2))", "x\($0)"]
      }
      for id in near + ["", "/", "org.example.unknown/1", String(repeating: "x", count: 4096)] {
        context.step("the extension \"\(id.prefix(40))\"")
        guard context.notebook.during("extension", { ask(id) }) != nil else { continue }
        return .fail(
          Finding(
            "a table for \"\(id.prefix(40))\"", expected: "NULL",
            cure: "Compare the whole id, with strcmp and not with strncmp."))
      }
      return .pass
    },
    Check(
      "extensions-repeatable", .load, "extension gives the same table whenever it is asked.",
      broken: "Host and worker ask once each, and would believe different things."
    ) { context throws(CheckEnd) in
      let subject = try context.subject()
      guard let ask = subject.hooks.extension else { return .pass(figure: "no extensions") }
      func contents(_ id: String) -> [UInt8]? {
        context.notebook.during("extension") { ask(id) }.map { table in
          Array(UnsafeRawBufferPointer(start: table, count: Int(min(table.load(as: UInt32.self), 256))))
        }
      }
      for id in [TH_EXT_SESSION, TH_EXT_HOST_SERVICE] where contents(id) != contents(id) {
        return .fail(
          Finding(
            "another table for \(id) at the second question", expected: "the same one",
            cure: "Return a pointer to one static const table."))
      }
      return .pass
    },
  ]

  /// A check that the table does not depend on something about the host.
  private static func sameTable(
    _ id: String, _ rule: String, broken consequence: String, cure: String,
    _ change: @escaping @Sendable (inout CheckHost.Shape) -> Void
  ) -> Check {
    Check(id, .load, rule, broken: consequence) { context throws(CheckEnd) in
      let plugin = try RawPlugin(context)
      func table(_ shape: CheckHost.Shape, _ call: CheckCall) -> KindCopy? {
        plugin.table(CheckHost(shape, settings: context.settings, context.notebook), call)
      }
      let usual = table(.init(), CheckCall(id: 1, context.notebook))
      guard usual != nil else { throw .skipped("the entry function returns no table to any host") }
      var shape = CheckHost.Shape()
      change(&shape)
      let call = CheckCall(id: 2, context.notebook)
      let found = table(shape, call)
      guard found != usual else { return .pass }
      return .fail(
        Finding(
          found == nil ? "a refusal (\(call.text ?? "without a message"))" : "another table",
          expected: "the table that it returns to this host", cure: cure))
    }
  }
}
