import Foundation
import Synchronization
import TaskHost
import TestSupport
import Testing

/// The events of a run beside those of the command.
@Suite struct RunEventTests {
  /// On one worker, so that the order of all events is given.
  @Test func itTellsWhatTheCommandTells() async throws {
    let words = [
      "talks", "recalls", "learn-a", "knows-a", "inject", "stale", "fresh-only", "end", "nobody",
      "large-request", "large-response", "counts", "counts-bad", "fails-own", "retries-twice", "poisons",
      "warns",
    ]
    let command = try Taskhost.run(
      [
        "-j1", "--standby", "0", "--max-frame", "64K", "--set", "greeting=hello", "--plugin",
        TestKind.path("golden.c"),
      ] + words)
    let expected = command.events.compactMap(Told.init)
    let told = Mutex<[Told]>([])
    let run = try RunTests().run(words, "golden.c", settings: [("greeting", "hello")]) {
      $0.standby = 0
      $0.worker.maxFrameBytes = 64 << 10
      $0.wantsTaskEvents = true
    }
    let summary = try await run.execute { event in
      if let one = Told(event) { told.withLock { $0.append(one) } }
    }
    let events = told.withLock { $0 }
    for (one, other) in zip(events, expected) { #expect(one == other) }
    #expect(events.count == expected.count && events.count > 100)
    #expect(events.first?.name == "run.started" && events.last?.name == "run.finished")
    #expect(command.end == .exited(summary.exitCode.rawValue) && summary.exitCode == .failed)
    #expect(summary.text == command.summary?.text("summary"))
    let outcomes = summary.ended.outcomes.map { ($0.key.rawValue, $0.value) }
    #expect(Dictionary(uniqueKeysWithValues: outcomes) == command.outcomes())
  }

  /// What both say of one event.
  private struct Told: Equatable {
    var name: String
    var text: String

    init?(_ event: Event) {
      name = event.name
      switch name {
      case "output.written", "warning.raised": return nil
      case "diagnostic.reported": text = "\(event.number("task") ?? 0) \(event.text("message") ?? "")"
      case "feedback.received": text = event.text("data") ?? ""
      case "log.written": text = event.text("message") ?? ""
      case "trial.finished": text = "\(event.number("task") ?? 0) \(event.number("trial") ?? 0)"
      case "task.finished": text = "\(event.number("task") ?? 0) \(event.text("outcome") ?? "")"
      case let name where name.hasPrefix("task."): text = "\(event.number("task") ?? 0)"
      case let name where name.hasPrefix("worker."): text = "\(event.number("worker") ?? 0)"
      case "progress.updated": text = "\(event.number("done") ?? 0)"
      default: text = ""
      }
    }

    init?(_ event: RunEvent) {
      switch event {
      case .started: (name, text) = ("run.started", "")
      case .finished: (name, text) = ("run.finished", "")
      case .worker(let worker):
        text = "\(worker.number)"
        switch worker.change {
        case .spawned: name = "worker.spawned"
        case .ready: name = "worker.fresh"
        case .stayed: name = "worker.old"
        case .dying: name = "worker.dying"
        case .ended: name = "worker.ended"
        }
      case .task(let task):
        text = "\(task.number)"
        switch task.change {
        case .queued: name = "task.queued"
        case .pinned: name = "task.pinned"
        case .stale: name = "task.stale"
        case .tooLarge: name = "task.marshal_error"
        case .ended(let outcome, _, _, _, _):
          name = "task.finished"
          text += " \(outcome)"
        }
      case .trial(let trial): (name, text) = ("trial.finished", "\(trial.task) \(trial.number)")
      case .feedback(_, let bytes):
        (name, text) = ("feedback.received", String(decoding: bytes, as: UTF8.self))
      case .finding(let finding):
        (name, text) = ("diagnostic.reported", "\(finding.task ?? 0) \(finding.message)")
      case .log(_, let line): (name, text) = ("log.written", line.message)
      case .progress(let progress): (name, text) = ("progress.updated", "\(progress.done)")
      default: return nil
      }
    }
  }
}
