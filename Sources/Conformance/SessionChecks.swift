internal import CTaskHost
internal import PluginLoading

/// Kinds that offer taskhost.session/1.
extension Check {
  static let sessionChecks: [Check] = [
    Check(
      "sessions-work", .isolation,
      "Sessions can be opened, used and closed, or say why not; the worker works on after them.",
      broken: "A program that embeds the host loses a worker with each session."
    ) { context throws(CheckEnd) in
      let bench = try sessionBench(&context)
      let sessions = Sessions(bench)
      var opened = 0
      for request in bench.requests + [[], Array("?".utf8)] {
        context.step("a session that is opened with \(request.count) bytes")
        let session = sessions.open(request)
        try known(session.answer, "session_open")
        guard session.answer.status >= 0 else { continue }
        opened += 1
        for request in bench.requests { try known(sessions.perform(session, request), "session_perform") }
        try known(sessions.close(session), "session_close")
      }
      context.step("requests outside of sessions, after some")
      for request in bench.requests { try known(bench.worker.perform(request), "perform") }
      return .pass(figure: "\(opened) sessions")
    },
    Check(
      "sessions-apart", .isolation, "Sessions of one worker do not see each other's state.",
      broken: "Two callers of a worker get each other's answers."
    ) { context throws(CheckEnd) in
      let bench = try sessionBench(&context)
      let sessions = Sessions(bench)
      guard
        let opening = bench.requests.first(where: { request in
          let session = sessions.open(request)
          guard session.answer.status >= 0 else { return false }
          _ = sessions.close(session)
          return true
        })
      else { throw .skipped("no request opens a session") }
      func alone() -> [PerformAnswer] {
        let session = sessions.open(opening)
        let answers = bench.requests.map { PerformAnswer(sessions.perform(session, $0)) }
        return answers + [PerformAnswer(sessions.close(session))]
      }
      let usual = alone()
      guard alone() == usual else { throw .skipped("a session answers something else each time") }
      context.step("two sessions in turns")
      let pair = [sessions.open(opening), sessions.open(opening)]
      guard pair.allSatisfy({ $0.answer.status >= 0 }) else {
        return .pass(figure: "a second session is refused while one is open")
      }
      var found: [[PerformAnswer]] = [[], []]
      for request in bench.requests {
        for index in 0...1 { found[index].append(PerformAnswer(sessions.perform(pair[index], request))) }
      }
      for index in 0...1 { found[index].append(PerformAnswer(sessions.close(pair[index]))) }
      guard let other = found.first(where: { $0 != usual }),
        let place = zip(other, usual).enumerated().first(where: { $1.0 != $1.1 })
      else { return .pass }
      return .fail(
        Finding(
          "\(place.element.0.difference(from: place.element.1)) for request \(place.offset + 1) of a session, beside another one",
          expected: "the same as of a session alone", cure: "Keep state in what session_open makes."))
    },
  ]

  private static func sessionBench(_ context: inout CheckContext) throws(CheckEnd) -> CheckBench {
    guard try context.subject().table.extensions.session != nil else {
      throw .needless("no sessions")
    }
    return try CheckBench(&context)
  }

  private static func known(_ answer: HookAnswer, _ hook: String) throws(CheckEnd) {
    try answer.requireOrder(hook)
    if answer.status == TH_OK || StatusNames.isKnownFailure(answer.status) { return }
    throw .broken(
      "\(hook) returned \(StatusNames.of(answer.status))", expected: "TH_OK or a failure",
      cure: "Other numbers are reserved for later versions.")
  }
}

/// The hooks of sessions of one worker.
private struct Sessions {
  struct Session {
    var state: OpaquePointer?
    var answer: HookAnswer
  }

  private let bench: CheckBench
  private var hooks: th_session_hooks? { bench.subject.table.extensions.session }

  init(_ bench: CheckBench) { self.bench = bench }

  /// A call that may call the host.
  private func newCall() -> CheckCall {
    let call = bench.subject.newCall()
    let queue = bench.queue
    call.answer = { request, reply in
      let answer = queue.call(request)
      reply = answer.status >= 0 ? answer.bytes : answer.call.message ?? []
      return answer.status == TH_NONE ? TH_E_UNSUPPORTED : answer.status
    }
    return call
  }

  func open(_ request: [UInt8]) -> Session {
    var state: OpaquePointer?
    let hook = hooks?.session_open
    let answer = bench.subject.ask("session_open", [("the request", request)], call: newCall()) {
      call, inputs, _ in hook?(bench.worker.state, call, inputs[0], &state) ?? TH_OK
    }
    return Session(state: state, answer: answer)
  }

  func perform(_ session: Session, _ request: [UInt8]) -> HookAnswer {
    let response = bench.subject.output(isList: false, "the response")
    let hook = hooks?.session_perform
    return bench.subject.ask(
      "session_perform", [("the request", request)], outputs: [response], call: newCall()
    ) { call, inputs, outputs in
      hook?(bench.worker.state, session.state, call, inputs[0], outputs[0]) ?? TH_E_UNSUPPORTED
    }
  }

  func close(_ session: Session) -> HookAnswer {
    let last = bench.subject.output(isList: false, "the last output")
    let hook = hooks?.session_close
    return bench.subject.ask("session_close", [], outputs: [last], call: newCall()) { call, _, outputs in
      hook?(bench.worker.state, session.state, call, outputs[0]) ?? TH_OK
    }
  }
}
