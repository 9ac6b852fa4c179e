package import CTaskHost
package import Hooks
internal import PluginLoading
internal import Scheduling
internal import Wire

// What hooks of the host say through their call.
extension Pool: CallServices {
  package func feedback(_ call: HookCall, _ bytes: UnsafeRawBufferPointer) {
    let limit = Frame.limit(payloads: options.maxFrame)
    guard bytes.count <= limit else {
      emit(
        .warning(
          "feedback of kind \(kind.table.name) is not sent: \(bytes.count) bytes, a frame holds \(limit)"))
      return
    }
    for worker in workers {
      guard let worker, worker.phase == .ready else { continue }
      if worker.isWritingRequest {
        worker.heldFeedback.append(Array(bytes))
      } else {
        worker.send.append(.hostFeedback, id: 0, payload: bytes)
        if worker.send.count > Self.feedbackLimit { giveUpIfStuck(worker) }
      }
      makeDirty(worker)
    }
  }

  /// Feedback must not be lost, and the host's memory is not without end: a worker that does not take it is given up.
  private func giveUpIfStuck(_ worker: WorkerHandle) {
    flush(worker)
    guard worker.send.count > Self.feedbackLimit else { return }
    protocolFault(
      worker, "backlog",
      "it has not read \(worker.send.count) bytes of feedback, the limit is \(Self.feedbackLimit)",
      undecodable: false)
  }

  private static let feedbackLimit = 64 << 20

  package func progress(
    _ call: HookCall, done: UInt64, total: UInt64, units: UnsafeRawBufferPointer
  ) {
    emit(
      .progress(
        ProgressReport(
          done: done, total: total, units: String(decoding: units.prefix(64), as: UTF8.self),
          running: scheduler.runningCount)))
  }

  package func diagnostic(_ call: HookCall, _ diagnostic: th_diagnostic) {
    if isCopying { return }
    keep(DiagnosticMessage(diagnostic), of: currentTask)
  }

  /// A finding of a task waits for its place; one of no task is shown at once.
  func keep(
    _ message: DiagnosticMessage, of task: (number: UInt64, root: UInt32)?,
    from source: DiagnosticOrder.Source = .hook
  ) {
    let severity =
      UInt32(exactly: message.severity).flatMap { DiagnosticSeverity(rawValue: $0) } ?? .error
    count(severity)
    gravest = max(gravest ?? .note, severity)
    let report = DiagnosticReport(
      task: task?.number, severity: severity, file: message.file, line: UInt32(clamping: message.line),
      column: UInt32(clamping: message.column), label: message.label, step: message.step,
      message: message.message, json: checkedObject(message.json))
    if let task {
      order.add(.finding(report), of: task.number, root: task.root, from: source)
    } else {
      deliver(.finding(report))
    }
  }

  func deliver(_ content: DiagnosticOrder.Content) {
    switch content {
    case .finding(let report): emit(.diagnostic(report))
    case .printed(let text): show(text)
    }
  }

  /// Members that are not one JSON object would break the event that carries them.
  private func checkedObject(_ text: String) -> String {
    guard !text.isEmpty else { return "" }
    do {
      guard case .object = try JSONReader.read(text.utf8) else { return "" }
      return text
    } catch {
      emit(.warning("a diagnostic of kind \(kind.table.name) carries members that are not JSON: \(error)"))
      return ""
    }
  }
}
