import Glibc
import ServicesManifest
import TaskHostSDK

/// What `services.c` says, in Swift.
enum Services: TaskKind, LineKind {
  static let description = KindDescription(manifest: services_manifest())

  static func makeQueue(host: Host, call: Call) throws -> Desk {
    Desk(prints: try Prints(host), trace: Trace(host), programs: ProgramEnds(host))
  }
  static func makeWorker(host: Host, call: Call, shared: Bytes) throws -> Hand {
    Hand(
      prints: try Prints(host), streams: try Streams(host), calls: try HostCalls(host), trace: Trace(host))
  }

  static func name(ofTask task: Bytes) -> String {
    var rest = Substring(task.text)
    return String(word(&rest))
  }
  static func name(ofRequest request: Bytes) -> String { name(ofTask: request) }

  static func writeLine(ofTask task: Bytes, to text: Output) throws {
    try text.write("in full: ")
    try text.write(task)
  }
}

/// The text up to the next space, which goes, too.
private func word(_ rest: inout Substring) -> Substring {
  let end = rest.firstIndex(of: " ") ?? rest.endIndex
  defer { rest = end == rest.endIndex ? "" : rest[rest.index(after: end)...] }
  return rest[..<end]
}

private func number(_ text: some StringProtocol) throws -> UInt64 {
  guard let number = UInt64(text) else { throw KindError.badInput("'\(text)' is no number") }
  return number
}

final class Desk: PlanningQueue, RespondingQueue, AnsweringQueue {
  private let prints: Prints
  private let trace: Trace?
  private let programs: ProgramEnds

  init(prints: Prints, trace: Trace?, programs: ProgramEnds) {
    self.prints = prints
    self.trace = trace
    self.programs = programs
  }

  /// `late WORDS` has expired before it can be started, `both WORDS` needs two of what there is one of.
  func plan(words: Words, call: Call, shared: Output, tasks: ListOutput) throws {
    for task in words {
      var rest = Substring(task.text)
      var options = ItemOptions()
      switch word(&rest) {
      case "late": options.expiresInNanoseconds = 1
      case "both": options.resources = "gpu=2"
      default: rest = Substring(task.text)
      }
      try tasks.item.write(String(rest))
      try tasks.endItem(options)
    }
  }

  func use(
    response: Bytes, of task: Bytes, from worker: WorkerStatus, call: Call, competence: Output,
    tasks: ListOutput
  ) throws -> WorkerAnswer {
    try trace.span("use", call) {
      call.diagnostic(Diagnostic(.note, response.text))
      var words = Substring(response.text)
      if word(&words) == "ends" {
        let code = Int32(truncatingIfNeeded: try number(word(&words)))
        let signal = Int32(truncatingIfNeeded: try number(word(&words)))
        programs.tell(exitCode: code, signal: signal, call)
      }
      if response.text == "printed" { try prints.print("from the host\n", call) }
      return .stay
    }
  }

  func answer(
    _ request: Bytes, from worker: WorkerStatus, at address: WorkerAddress, call: Call, reply: Output
  ) throws -> Bool {
    guard worker.workerID == address.id else { throw KindError.internal("two different callers") }
    var rest = Substring(request.text)
    switch word(&rest) {
    case "say": try reply.write(String(rest))
    case "refuse": throw KindError(code: -1500, message: "refused by the host")
    default: return false
    }
    return true
  }
}

final class Hand: SessionWorker {
  private let prints: Prints
  fileprivate let streams: Streams
  private let calls: HostCalls
  private let trace: Trace?

  init(prints: Prints, streams: Streams, calls: HostCalls, trace: Trace?) {
    self.prints = prints
    self.streams = streams
    self.calls = calls
    self.trace = trace
  }

  func perform(request: Bytes, call: Call, response: Output) throws {
    var rest = Substring(request.text)
    switch word(&rest) {
    case "out":
      try prints.print(String(rest), call)
      try response.write("printed")
    case "err":
      try prints.print(String(rest), to: .error, call)
      try response.write("printed")
    case "file": try printFile(rest, to: .output, call, response)
    case "errfile": try printFile(rest, to: .error, call, response)
    case "emit":
      let count = try number(word(&rest))
      do throws(KindError) {
        for number in 0..<count { try streams.emit("\(number) \(rest)", call) }
        try response.write("\(count) sent")
      } catch {
        if error == .cancelled { throw error }
        try response.write("code \(error.code)")
      }
    case "sum":
      var (count, bytes) = (0, 0)
      while let item = try streams.next(call) {
        count += 1
        bytes += item.count
      }
      try response.write("\(count) items, \(bytes) bytes")
    case "self":
      let own = try calls.address(call)
      try response.write("\(own.id) \(own.epoch)")
    case "host": try answered(response) { () throws(KindError) in try calls.ask(String(rest), call) }
    case "peer":
      let other = WorkerAddress(id: try number(word(&rest)), epoch: try number(word(&rest)))
      try answered(response) { () throws(KindError) in try calls.ask(String(rest), of: other, call) }
    case "span": try trace.span(String(rest), call) { try response.write("spanned") }
    case "ends": try response.write(request)
    case "fail": throw KindError(code: -1234, message: "as it was told")
    default: throw KindError.badInput("no such request")
    }
  }

  private func printFile(
    _ words: Substring, to stream: Prints.Stream, _ call: Call, _ response: Output
  ) throws {
    var rest = words
    let path = String(word(&rest))
    let (offset, count) = (try number(word(&rest)), try number(word(&rest)))
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw KindError.badInput("no such file") }
    defer { close(file) }
    do throws(KindError) {
      try prints.print(file: file, offset..<offset + count, to: stream, call)
      try response.write("printed")
    } catch {
      try response.write("code \(error.code)")
    }
  }

  private func answered(_ response: Output, _ ask: () throws(KindError) -> Bytes) throws {
    let reply: Bytes
    do throws(KindError) { reply = try ask() } catch {
      try response.write("code \(error.code): \(error.message)")
      return
    }
    try response.write(reply)
  }

  func openSession(request: Bytes, call: Call) throws -> any WorkerSession {
    Account(streams: streams, sum: try number(request.text))
  }
}

final class Account: WorkerSession {
  private let streams: Streams
  private var sum: UInt64

  init(streams: Streams, sum: UInt64) {
    self.streams = streams
    self.sum = sum
  }

  func perform(request: Bytes, call: Call, response: Output) throws {
    var rest = Substring(request.text)
    switch word(&rest) {
    case "add": sum += try number(rest)
    case "collect":
      while let item = try streams.next(call) {
        sum += try number(item.text)
        try streams.emit("\(sum)", call)
      }
    default: throw KindError(code: -1234, message: "as it was told")
    }
    try response.write("\(sum)")
  }

  func close(call: Call, last: Output) throws { try last.write("closed at \(sum)") }
}

/// The one function that the host looks for.
@c(taskhost_plugin_v1)
public func entry(_: HostPointer, _: CallPointer) -> KindPointer { Plugin.table(for: Services.self) }
