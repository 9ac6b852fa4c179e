package import CTaskHost
internal import Glibc
package import Hooks
internal import Scheduling
internal import Wire

// What tasks print: kept until they have ended, and told in one piece.
extension Pool {
  /// A worker has printed for a request.
  func receivePrint(_ worker: WorkerHandle, _ frame: Frame) {
    // Of one that was given up meanwhile.
    guard let task = scheduler.task(inFlight: frame.id, on: worker.id) else { return }
    if limits.output > 0 {
      worker.watch.printed += UInt64(frame.payload.count)
      checkOutput(worker)
    }
    do throws(SystemError) {
      try keep(
        printed: frame.payload, stream: frame.type == .printedOutput ? 1 : 2,
        of: rows[Int(task.index)].number,
        from: trial(frame.id, of: worker))
    } catch {
      // Why is told when the task has ended.
      findings[task.index] = .error
    }
  }

  /// What a worker has printed lies in a file that it has open.
  func receivePrintedFile(_ worker: WorkerHandle, _ frame: Frame) throws(WireError) {
    let message = try PrintedFileMessage(frame.payload)
    guard let task = scheduler.task(inFlight: message.request, on: worker.id) else {
      return try stray(worker, "bytes printed for request \(message.request), which is not in flight")
    }
    try beginCall(frame.id, during: message.request, of: worker)
    let race = scheduler.copyCount > 0 ? scheduler.race(of: message.request, on: worker.id) : nil
    if worker.cancel.isCancelled(message.request) || race?.hasLost == true {
      return reply(worker, frame.id, TH_E_CANCELLED, "")
    }
    guard !worker.isRelayed else { return reply(worker, frame.id, TH_E_UNSUPPORTED, "") }
    if options.wantsPrints {
      let refusal = prints.append(
        message, by: worker.pid > 0 ? worker.pid : getpid(), of: rows[Int(task.index)].number,
        from: race?.isCopy == true ? .copy : .trial)
      // The worker then sends the bytes.
      if let refusal {
        return reply(worker, frame.id, refusal == .full ? TH_E_RETRY : TH_E_UNSUPPORTED, "")
      }
    }
    reply(worker, frame.id, TH_OK, "")
    guard limits.output > 0 else { return }
    worker.watch.printed += message.count
    checkOutput(worker)
  }

  package func print(
    _ call: HookCall, _ stream: PrintStream, _ bytes: UnsafeRawBufferPointer
  ) -> th_status {
    guard let currentTask else { return TH_E_UNSUPPORTED }
    if isCopying { return TH_OK }
    do throws(SystemError) {
      try keep(printed: bytes, stream: Int32(stream.rawValue), of: currentTask.number, from: .hook)
      return TH_OK
    } catch {
      gravest = .error
      return call.failing(TH_E_INTERNAL, "what was printed could not be kept: \(error.message)")
    }
  }

  private func keep(
    printed bytes: UnsafeRawBufferPointer, stream: Int32, of task: UInt64,
    from source: DiagnosticOrder.Source
  ) throws(SystemError) {
    guard options.wantsPrints, !bytes.isEmpty else { return }
    try prints.append(bytes, stream: stream, of: task, from: source)
  }

  /// The task has ended. If what it has printed is not whole, that is why it has gone wrong.
  func releasePrints(_ row: TaskRow, _ outcome: Outcome, _ trouble: inout TaskTrouble?) {
    // Others do its work.
    if outcome == .replaced { prints.forget(.trial, of: row.number) }
    guard var text = prints.take(row.number) else { return }
    if let loss = text.loss {
      let message = "what it has printed is not whole: \(loss.message)"
      var told = trouble ?? TaskTrouble()
      if outcome == .error, told.message.isEmpty {
        told.message = message
        trouble = told
      } else {
        emit(.warning("task \(row.number): \(message)"))
      }
    }
    if options.namesPrints { text.name = name(row) }
    if options.keepsOrder {
      order.add(.printed(text), of: row.number, root: row.root, from: .hook)
    } else {
      show(text)
    }
  }

  func show(_ text: PrintedText) {
    do throws(SystemError) {
      try prints.show(text) { range in
        options.onPrintedFile?(range) ?? 0
      } _: { stream, bytes in
        emit(.printed(PrintReport(task: text.task, name: text.name, stream: stream, bytes: Array(bytes))))
      }
    } catch {
      emit(.warning("what task \(text.task) has printed is lost: \(error.message)"))
      count(.error)
    }
  }
}
