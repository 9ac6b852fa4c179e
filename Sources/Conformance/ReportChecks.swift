internal import CTaskHost

/// What a plugin says of itself and of its work.
extension Check {
  static let reportChecks: [Check] = [
    Check(
      "progress-monotone", .isolation,
      "The progress of one request never goes back, and is not above its total.",
      broken: "A bar jumps to and fro, or stands at 140 percent."
    ) { context throws(CheckEnd) in
      let bench = try CheckBench(&context)
      var told = 0
      for request in bench.requests {
        var last: UInt64 = 0
        for progress in bench.worker.perform(request).call.progress {
          told += 1
          if progress.done < last {
            return .fail(
              Finding(
                "\(progress.done) after \(last)", expected: "numbers that grow",
                cure: "Count what is done in one place, from the beginning of perform."))
          }
          if progress.total > 0, progress.done > progress.total {
            return .fail(
              Finding(
                "\(progress.done) of \(progress.total)", expected: "at most the total",
                cure: "Give 0 as the total where it is not known."))
          }
          last = progress.done
        }
      }
      return .pass(figure: told == 0 ? "no progress told" : nil)
    },
    Check(
      "names-pure", .isolation,
      "name_of_task and name_of_request give the same text of at most 256 bytes, without an instance, on any thread.",
      broken: "Events, titles and messages show something else each time; or the host crashes for a name."
    ) { context throws(CheckEnd) in
      let subject = try context.subject()
      let hooks = [
        ("name_of_task", subject.hooks.name_of_task), ("name_of_request", subject.hooks.name_of_request),
      ]
      guard hooks.contains(where: { $0.1 != nil }) else { return .pass(figure: "no names") }
      let words = context.words.map { Array($0.utf8) }
      var garbage = words + [[]]
      for count in [1, 2, 7, 300] { garbage.append(context.dice.bytes(count)) }
      for case (let name, let hook?) in hooks {
        context.step("\(name), with neither queue nor worker")
        context.notebook.during("a name hook") { for bytes in garbage { _ = BareText.of(hook, bytes) } }
      }
      let plan = try CheckPlan(&context)
      for case (let name, let hook?) in hooks {
        let inputs = name == "name_of_task" ? plan.tasks : plan.requests
        let expected = inputs.map { BareText.of(hook, $0) }
        for text in expected {
          guard case .text(let bytes) = text else { continue }
          let isText = String(validating: bytes, as: UTF8.self) != nil
          if bytes.count > 256 || !isText {
            return .fail(
              Finding(
                isText ? "\(name) wrote \(bytes.count) bytes" : "\(name) wrote bytes that are not UTF-8",
                expected: "at most 256 bytes of text", cure: "Cut the text, at the end of a character."))
          }
        }
        context.step("\(name) on four threads at a time")
        let results = FailureFlag()
        OtherThread.runAll(
          (0..<4).map { _ in
            { for _ in 0..<50 { results.note(inputs.map { BareText.of(hook, $0) } == expected) } }
          })
        if results.hasFailure {
          return .fail(
            Finding(
              "\(name) gave another text the next time, or on another thread", expected: "the same",
              cure: "Make the name of the bytes alone; keep nothing in globals."))
        }
      }
      return .pass
    },
  ]
}
