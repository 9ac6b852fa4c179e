import Glibc
import PrimesManifest
import TaskHostSDK

/// Counts the primes of ranges such as 1-1000. A long range is split by the worker that gets it. Workers keep the primes that they
/// know, and the host knows how far each of them has come. A number at which workers die is found by halving.
enum Primes: TaskKind {
  static let description = KindDescription(manifest: primes_manifest())

  static func makeQueue(host: Host, call: Call) throws -> Count { Count() }

  static func makeWorker(host: Host, call: Call, shared: Bytes) throws -> Sieve { try Sieve(host) }
}

/// The one function that the host looks for.
@c(taskhost_plugin_v1)
public func entry(_: HostPointer, _: CallPointer) -> KindPointer { Plugin.table(for: Primes.self) }

/// A task, as text: so it is named in messages.
struct Range: Payload {
  var first: UInt64
  var last: UInt64

  init(first: UInt64, last: UInt64) {
    self.first = first
    self.last = last
  }

  init(payload: Bytes) throws(KindError) { self = try .read(payload.text) }

  func write(to output: Output) throws(KindError) { try output.write(text) }

  var middle: UInt64 { first + (last - first) / 2 }
  var text: String { "\(first)-\(last)" }
  var isSound: Bool { first >= 1 && first <= last && last <= 1_000_000_000_000 }

  func has(_ number: UInt64) -> Bool { first <= number && number <= last }
  func halves(at middle: UInt64) -> (Range, Range) {
    (Range(first: first, last: middle), Range(first: middle + 1, last: last))
  }

  static func read(_ text: String) throws(KindError) -> Range {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    if parts.count == 2, let first = UInt64(parts[0]), let last = UInt64(parts[1]) {
      let range = Range(first: first, last: last)
      if range.isSound { return range }
    }
    throw KindError.badInput("'\(text)' is no range such as 1-1000")
  }
}

// Requests and responses go between processes of one library, so they are sent byte by byte.

struct SieveRequest: BitwisePayload {
  var first: UInt64
  var last: UInt64
  /// Up to where this worker should know the primes.
  var known: UInt64
}

struct SieveResponse: BitwisePayload {
  /// Where to split; 0: not at all.
  var middle: UInt64 = 0
  var primes: UInt64 = 0
  var largest: UInt64 = 0
  var known: UInt64
}

/// In the host.
final class Count: TypedPlanningQueue, TypedRequestingQueue, TypedRespondingQueue, TypedGoneQueue,
  SummarizingQueue
{
  typealias Task = Range
  typealias Request = SieveRequest
  typealias Response = SieveResponse
  typealias Competence = UInt64

  private var primes: UInt64 = 0
  private var largest: UInt64 = 0

  /// Each word is a task; a wrong one ends the run before anything is performed.
  func plan(_ words: Words, call: Call, shared: Output, tasks: TaskList<Range>) throws {
    for word in words { try tasks.add(Range.read(word.text)) }
  }

  /// The range, and up to where this worker should know the primes: its competence.
  func request(for task: Range, competence: UInt64?, call: Call) -> SieveRequest? {
    SieveRequest(first: task.first, last: task.last, known: competence ?? 0)
  }

  func use(
    _ response: SieveResponse, of task: Range, from worker: WorkerStatus, call: Call, tasks: TaskList<Range>
  ) throws -> WorkerFuture<UInt64> {
    // A trap in the host would end the run, so nothing is counted that can not be.
    guard response.middle == 0 || task.has(response.middle), response.middle < task.last,
      response.largest == 0 || task.has(response.largest), response.primes <= task.last - task.first + 1
    else { throw KindError.internal("the response can not be right") }
    if response.middle != 0 {
      // The first half goes on where it is; the other one goes to whoever is free.
      let (first, second) = task.halves(at: response.middle)
      var here = ItemOptions()
      here.isPinned = true
      try tasks.add(first, here)
      try tasks.add(second)
      call.count(passed: 0, pending: 0, failed: 0)
    }
    primes += response.primes
    largest = max(largest, response.largest)
    return .stay(response.known)
  }

  /// A range at which a worker died is halved, until the culprit is alone.
  func gone(_ gone: Gone, task: Range?, call: Call, tasks: TaskList<Range>) throws -> GoneAnswer {
    guard gone.cause == .workerDied, let task else { return .settled }
    if task.first < task.last {
      let (first, second) = task.halves(at: task.middle)
      try tasks.add(first)
      try tasks.add(second)
    } else {
      var found = Diagnostic(.error, "workers die at this number")
      found.label = task.text
      call.diagnostic(found)
    }
    return .settled
  }

  func summary(of totals: Totals, call: Call, text: Output) throws {
    try text.write("\(primes) primes, the largest is \(largest)")
  }
}

/// In each worker process.
final class Sieve: TypedWorker {
  struct Unlucky: Error, CustomStringConvertible {
    var number: UInt64
    var description: String { "\(number) is an unlucky number" }
  }

  private let size: UInt64
  private let fail: UInt64
  private let crash: UInt64
  private var known: UInt64 = 0
  private var table: [UInt64] = []

  init(_ host: Host) throws {
    func number(_ key: String, _ standard: Int) throws -> UInt64 {
      UInt64(try host.option(key, in: 0...Int.max) ?? standard)
    }
    size = try number("size", 250)
    fail = try number("fail", 0)
    crash = try number("crash", 0)
  }

  func perform(_ request: SieveRequest, call: Call) throws -> SieveResponse {
    let range = Range(first: request.first, last: request.last)
    guard range.isSound else { throw KindError.badInput("the request is no range") }
    guard request.known == known else {
      throw KindError.poisoned("host and worker do not agree about what it knows")
    }
    if range.last - range.first >= size { return SieveResponse(middle: range.middle, known: known) }
    if range.has(fail) { throw Unlucky(number: fail) }
    if range.has(crash) { abort() }
    learn(upTo: range.last)
    var found = SieveResponse(known: known)
    for number in range.first...range.last {
      if call.isCancelled { throw KindError.cancelled }
      if isPrime(number) {
        found.primes += 1
        found.largest = number
      }
    }
    var note = Diagnostic(.note, "\(found.primes) primes")
    note.label = range.text
    call.diagnostic(note)
    return found
  }

  private func isPrime(_ number: UInt64) -> Bool {
    for prime in table {
      if prime * prime > number { break }
      if number % prime == 0 { return false }
    }
    return number > 1
  }

  /// Makes the table reach the square root of `last`.
  private func learn(upTo last: UInt64) {
    while known * known < last {
      if isPrime(known + 1) { table.append(known + 1) }
      known += 1
    }
  }
}
