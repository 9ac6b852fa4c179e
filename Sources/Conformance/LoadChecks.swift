internal import CTaskHost
internal import PluginLoading

/// What loading the file does.
extension Check {
  static let loadChecks: [Check] = [
    Check(
      "loads", .load,
      "The dynamic loader accepts the file, and its entry function returns a table.",
      broken: "The kind can not be used.", enforced: .refused(["L21", "L22", "L23"])
    ) { context throws(CheckEnd) in
      do throws(Refusal) {
        _ = try Subject(context, .init())
        return .pass
      } catch {
        let others: [LoadRule] = [
          .undefinedSymbols, .libraries, .staticTLS, .kindTable, .tableMatchesManifest, .abiVersion,
        ]
        if others.contains(error.rule)
          || context.inspection().errors.contains(where: { $0.rule == error.rule })
        {
          throw .skipped("rule \(error.rule.id) has a check of its own")
        }
        return .fail(Finding("\(error.found) (\(error.rule.id))", expected: error.expected, cure: error.cure))
      }
    }
  ]
}
