internal import CTaskHost
internal import ForeignMemory
internal import ForeignSignatures
internal import Glibc
internal import TaskHostSDK

/// The host's side: checks signatures and libraries, splits files into calls, and tells what became of them.
final class FFIQueue: PlanningQueue, RespondingQueue, GoneQueue, SummarizingQueue, EnvironmentQueue {
  let options: RunOptions
  /// Nil until the first plan has read and checked it.
  var interface: Interface?
  /// The same for every plan.
  var shared: SharedState?
  var serial: UInt64 = 0
  /// Where workers report crashes; -1 without.
  let inbox: Int32
  let inboxName: [UInt8]
  /// Reports that have come, by the serial of their task.
  var crashes: [UInt64: fm_crash] = [:]
  private let prints: Prints
  private var returned: UInt64 = 0
  private var failed: UInt64 = 0
  /// Calls that ended without a response.
  private var lost: UInt64 = 0

  init(_ options: RunOptions, _ prints: Prints) {
    self.options = options
    self.prints = prints
    var name = [UInt8](repeating: 0, count: 32)
    var length = 0
    inbox = fm_inbox_open(&name, &length)
    inboxName = Array(name.prefix(length))
  }

  deinit { if inbox >= 0 { close(inbox) } }

  func use(
    response bytes: Bytes, of task: Bytes, from worker: WorkerStatus, call: Call, competence: Output,
    tasks: ListOutput
  ) throws -> WorkerAnswer {
    let task = try CallTask(reading: task)
    var reader = PayloadReader(bytes)
    var passed: UInt64 = 0
    var bad: UInt64 = 0
    var line = 0
    var results: [UInt8] = []
    for _ in 0..<(try reader.number()) {
      let record = try CallRecord(from: &reader)
      if record.end == .returned {
        passed += 1
      } else if record.line != line {
        // Several things may be wrong with one call.
        bad += 1
      }
      line = record.line
      if record.end == .returned || record.end == .failed { add(record, task, &results) }
      if record.end != .returned { report(record, task, call) }
    }
    try reader.end()
    let failure: KindError? = results.withUnsafeBytes { bytes in
      do throws(KindError) {
        try prints.print(bytes, call)
        return nil
      } catch { return error }
    }
    if let failure { throw failure }
    returned += passed
    failed += bad
    call.count(passed: passed, pending: 0, failed: bad)
    return task.isPure || options.mayReuse ? .stay : .end
  }

  func gone(_ gone: Gone, task bytes: Bytes?, call: Call, tasks: ListOutput) throws -> GoneAnswer {
    guard let bytes else { return .settled }
    let task = try CallTask(reading: bytes)
    takeCrashes()
    let crash = crashes.removeValue(forKey: task.serial)
    guard gone.cause == .workerDied || (gone.cause == .timeout && task.count > 1) else {
      lost += UInt64(task.count)
      return .settled
    }
    if task.count > 1 {
      try halve(task, tasks)
      return .settled
    }
    // What says that it may be called again gets the usual three trials.
    if task.isPure, gone.tries < 3 { return .retry }
    var diagnostic = Diagnostic(.failed, explain(crash, gone, task))
    diagnostic.file = task.shown
    diagnostic.line = task.shown.isEmpty ? 0 : task.line
    diagnostic.label = task.name
    call.diagnostic(diagnostic)
    lost += 1
    return .settled
  }

  func summary(of totals: Totals, call: Call, text: Output) throws {
    let count = returned + failed + lost
    var line = "\(count) call\(count == 1 ? "" : "s"): \(returned) returned, \(failed) failed"
    if lost > 0 { line += ", \(lost) without a result" }
    try text.write(line)
  }

  private func takeCrashes() {
    guard inbox >= 0 else { return }
    var crash = fm_crash()
    while fm_inbox_take(inbox, &crash) != 0 { crashes[crash.serial] = crash }
  }

  /// What a call of the library died of, as far as it is known.
  private func explain(_ crash: fm_crash?, _ gone: Gone, _ task: CallTask) -> String {
    guard let interface, let number = interface.numbers[task.name] else { return gone.text }
    let entry = interface.entries[number]
    let called = "\(base(interface.libraries[entry.library].name))!\(entry.function.symbol)"
    guard let signal = gone.signal else {
      let code = gone.raw.pointee.exit_code
      return "the process ended during \(called)" + (code < 0 ? "" : ": exit code \(code)")
    }
    let name = fm_signal_name(signal).map { " (SIG\(String(cString: $0)))" } ?? ""
    guard var crash, crash.signal == UInt32(signal) else {
      // Where the C library makes a process it has blocked all signals, and the handler does not run.
      let why = signal == SIGSYS ? ": \(Containment.explanation(of: nil))" : ""
      return "signal \(signal)\(name) during \(called)\(why)"
    }
    let library = shownLibrary(Self.text(&crash.library), interface)
    let symbol = Self.text(&crash.symbol)
    let offset = "+0x" + String(crash.offset, radix: 16)
    var message = "signal \(signal)\(name)"
    if library.isEmpty {
      message += " during \(called)"
    } else {
      message += " in \(library)" + (symbol.isEmpty ? offset : "!\(symbol)\(offset)")
      if "\(library)!\(symbol)" != called { message += ", during \(called)" }
    }
    if signal == SIGSYS { return message + ": " + Containment.explanation(of: crash.system_call) }
    return message + touched(crash, entry.function)
  }

  /// Which memory it was that could not be had.
  private func touched(_ crash: fm_crash, _ function: Function) -> String {
    let parameters = function.allParameters
    let argument = Int(crash.argument)
    if parameters.indices.contains(argument), crash.deed > 0 {
      let name = parameters[argument].name ?? "arg\(argument + 1)"
      return crash.deed == 1 ? ": beyond the end of '\(name)'" : ": a write to the input '\(name)'"
    }
    if argument >= 0, crash.deed > 0 {
      return crash.deed == 1 ? ": beyond the end of a text" : ": a write to a text that is an input"
    }
    guard crash.signal == UInt32(SIGSEGV) || crash.signal == UInt32(SIGBUS) else { return "" }
    return ": address 0x" + String(crash.address, radix: 16)
  }

  private func base(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  /// The file has a longer name than the library that the signatures speak of.
  private func shownLibrary(_ file: String, _ interface: Interface) -> String {
    for (index, library) in (shared?.libraries ?? []).enumerated() where base(library.path) == file {
      return base(interface.libraries[index].name)
    }
    return file
  }

  private static func text<Characters>(_ characters: inout Characters) -> String {
    withUnsafeBytes(of: &characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
