package import CTaskHost
package import Hooks
internal import Scheduling
internal import Wire

// What tasks print: kept until they have ended, and told in one piece.
extension Pool {
  /// A worker has printed for a request.
  func receivePrint(_ worker: WorkerHandle, _ frame: Frame) {
    // Of one that was given up meanwhile.
    guard let task = scheduler.task(inFlight: frame.id, on: worker.id) else { return }
    let isCopy = scheduler.copyCount > 0 && scheduler.race(of: frame.id, on: worker.id)?.isCopy == true
    if limits.output > 0 {
      worker.watch.printed += UInt64(frame.payload.count)
      checkOutput(worker)
    }
    keep(
      printed: frame.payload, stream: frame.type == .printedOutput ? 1 : 2, of: rows[Int(task.index)].number,
      from: isCopy ? .copy : .trial
    ) { findings[task.index] = .error }
  }

  package func print(
    _ call: HookCall, _ stream: PrintStream, _ bytes: UnsafeRawBufferPointer
  ) -> th_status {
    guard let currentTask else { return TH_E_UNSUPPORTED }
    if isCopying { return TH_OK }
    var status = TH_OK
    keep(printed: bytes, stream: Int32(stream.rawValue), of: currentTask.number, from: .hook) {
      gravest = .error
      status = call.failing(TH_E_INTERNAL, "what was printed could not be kept")
    }
    return status
  }

  private func keep(
    printed bytes: UnsafeRawBufferPointer, stream: Int32, of task: UInt64,
    from source: DiagnosticOrder.Source,
    orElse: () -> Void
  ) {
    guard options.wantsPrints, !bytes.isEmpty else { return }
    do throws(SystemError) {
      try prints.append(bytes, stream: stream, of: task, from: source)
    } catch {
      emit(.warning("what task \(task) prints is lost: \(error.message)"))
      orElse()
    }
  }

  /// The task has ended.
  func releasePrints(_ row: TaskRow, _ outcome: Outcome) {
    // Others do its work.
    if outcome == .replaced { prints.forget(.trial, of: row.number) }
    guard var text = prints.take(row.number) else { return }
    if options.namesPrints { text.name = name(row) }
    if options.keepsOrder {
      order.add(.printed(text), of: row.number, root: row.root, from: .hook)
    } else {
      show(text)
    }
  }

  func show(_ text: PrintedText) {
    do throws(SystemError) {
      try prints.show(text) { stream, bytes in
        emit(.printed(PrintReport(task: text.task, name: text.name, stream: stream, bytes: Array(bytes))))
      }
    } catch {
      emit(.warning("what task \(text.task) has printed is lost: \(error.message)"))
      count(.error)
    }
  }
}
