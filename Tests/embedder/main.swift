import Glibc
import TaskHost

// A program that embeds the library and is its own worker. Its first argument says what it does, the second is a plugin file.

let words = CommandLine.arguments.dropFirst()
if !words.contains("forgot") { runWorkerIfAsked() }

do {
  // A program that is started as a worker and does not know.
  if words.first == "fork-server" || words.first == "worker" { _ = try Host() }
  guard let deed = words.first, let path = words.dropFirst().first else {
    throw Misuse(message: "expected a deed and a plugin file")
  }
  let kind = try Host().kind(at: path, settings: settings(words.dropFirst(2)))
  try await perform(deed, kind)
} catch {
  print("error: \(error)")
  exit(1)
}

struct Misuse: Error, CustomStringConvertible {
  var message: String
  var description: String { message }
}

/// What stands behind the file: KEY=VALUE for the kind.
func settings(_ words: some Sequence<String>) -> [(key: String, value: String)] {
  words.compactMap { word in
    let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
    return parts.count == 2 ? (parts[0], parts[1]) : nil
  }
}

/// At once, and without the streams of C, of which another thread may hold the locks.
func say(_ text: String) {
  let line = Array((text + "\n").utf8)
  guard write(1, line, line.count) == line.count else { exit(2) }
}

func perform(_ deed: String, _ kind: Kind) async throws {
  switch deed {
  case "forgot": say("a host was made")
  case "hold": try await hold(kind)
  case "start": try await start(kind)
  case "baseline": try await baseline(kind)
  case "flood": try await flood(kind)
  case "ask": try await ask(kind)
  case "drip": try await drip(kind)
  case "forward": try await forward(kind)
  case "idle": try await idle(kind)
  case "race": race()
  case "use-after-free": useAfterFree()
  case "leak": leak()
  case "runs": try await runs(kind)
  case "below": try await below(kind)
  default: throw Misuse(message: "no such deed: \(deed)")
  }
}

/// Two workers that are at work when their host is killed.
func hold(_ kind: Kind) async throws {
  var workers: [Worker] = []
  for _ in 0..<2 { workers.append(try await Worker.spawn(kind)) }
  say("pids " + workers.map { "\($0.pid)" }.joined(separator: " "))
  await withTaskGroup(of: Void.self) { group in
    for worker in workers { group.addTask { _ = await worker.run(Array("deaf:".utf8)) } }
  }
}

/// A worker whose start never comes to its end.
func start(_ kind: Kind) async throws {
  var options = WorkerPool.Options()
  options.workers = 2
  options.startsAtOnce = true
  let pool = try WorkerPool(kind, options)
  for await event in pool.events {
    if case .spawned(_, let pid) = event { say("pid \(pid)") }
  }
}

/// What is left after many workers: descriptors, children, threads.
func baseline(_ kind: Kind) async throws {
  func cycle(_ number: Int) async throws {
    let worker = try await Worker.spawn(kind)
    if number % 2 == 0 { _ = await worker.run(Array("echo:x".utf8)) }
    let report = try await worker.shutdown(number % 3 == 0 ? .finish : .kill)
    guard report.pid == worker.pid else { throw Misuse(message: "another worker's report") }
  }
  try await cycle(0)
  say("before \(descriptors()) \(children()) \(threads())")
  for number in 0..<1000 { try await cycle(number) }
  say("after \(descriptors()) \(children()) \(threads())")
}

/// One-way requests to a worker that takes none.
func flood(_ kind: Kind) async throws {
  let worker = try await Worker.spawn(kind)
  say("pid \(worker.pid)")
  let sending = Task { () -> Int in
    var sent = 0
    let request = Array("deaf:".utf8) + [UInt8](repeating: 0, count: 1 << 20)
    while sent < 1000 {
      do { try await worker.send(request) } catch { break }
      sent += 1
      if sent % 4 == 0 { say("sent \(sent)") }
    }
    return sent
  }
  // The test looks at this process, and then says so.
  _ = readLine()
  try await worker.shutdown(.kill)
  let sent = await sending.value
  say("ended after \(sent), \(worker.oneWayFailures) failed")
}

/// Pools that nothing is wanted of.
func idle(_ kind: Kind) async throws {
  let before = (descriptors(), threads())
  let pools = try (0..<10).map { _ in try WorkerPool(kind) }
  // Of the Swift runtime's own threads some may have come, and descriptors of these.
  let after = (descriptors(), threads())
  guard after.0 < before.0 + pools.count, after.1 < before.1 + pools.count else {
    throw Misuse(message: "something was started: \(before), then \(after)")
  }
  for pool in pools { try await pool.close() }
  say("nothing was started")
}

/// Whole runs, which leave the signals of this program and its descriptors alone.
func runs(_ kind: Kind) async throws {
  @Sendable func handlers() throws -> [Bool] {
    try [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGUSR1, SIGCHLD, SIGPIPE].map { signal in
      var action = sigaction()
      guard sigaction(signal, nil, &action) == 0 else { throw Misuse(message: "sigaction") }
      return action.__sigaction_handler.sa_handler == nil
    }
  }
  let before = try handlers()
  func cycle() async throws {
    var options = RunOptions()
    options.words = ["echo:a", "abort", "print:b"]
    options.workers = 2
    let summary = try await Run(kind, options).execute { _ in
      do {
        guard try handlers() == before else { throw Misuse(message: "a signal was taken") }
      } catch {
        say("\(error)")
        exit(1)
      }
    }
    guard summary.ended.tasks == 3 else { throw Misuse(message: summary.text) }
  }
  try await cycle()
  let held = descriptors()
  for _ in 1..<20 { try await cycle() }
  guard descriptors() == held, children() == 0, try handlers() == before else {
    throw Misuse(message: "\(held) descriptors, then \(descriptors()); \(children()) children")
  }
  say("20 runs, nothing left")
}

/// A pool that ends with the host above this program, which lives on.
func below(_ kind: Kind) async throws {
  var options = WorkerPool.Options()
  options.workers = 2
  options.startsAtOnce = true
  let pool = try WorkerPool(kind, options)
  let task = try pool.enqueue(Array("deaf:".utf8))
  for await event in pool.events {
    switch event {
    case .spawned(_, let pid): say("pid \(pid)")
    case .noMoreWorkers(let why): say("told \(why)")
    default: break
    }
  }
  say("outcome \(await task.result.outcome)")
  do {
    _ = try pool.enqueue([])
    say("taken")
  } catch {
    say("refused \(error)")
  }
  _ = readLine()
  say("lives on")
}

/// What workers print, on the streams of this program.
func forward(_ kind: Kind) async throws {
  var options = WorkerOptions()
  options.surroundings.standardOutput = .forwarded
  options.surroundings.standardError = .forwarded
  let worker = try await Worker.spawn(kind, options)
  for text in ["print:one\ntwo", "warn:a warning"] { _ = await worker.run(Array(text.utf8)) }
  try await worker.shutdown()
}

/// Takes few of very many items, and says how much memory there was before and after.
func drip(_ kind: Kind) async throws {
  let worker = try await Worker.spawn(kind)
  let stream = try worker.stream(Array("emit 200000 4000".utf8))
  var iterator = stream.makeAsyncIterator()
  for _ in 0..<100 { _ = await iterator.next() }
  say("before \(try peakMemory())")
  for _ in 0..<5000 {
    guard await iterator.next()?.count == 4000 else { throw Misuse(message: "an item is missing") }
  }
  say("after \(try peakMemory())")
  try await worker.shutdown(.kill)
}

// What sanitizers are for.

func race() {
  // Both are there when they begin, and nothing else orders them.
  struct Shared {
    var barrier = pthread_barrier_t()
    var count = 0
  }
  let shared = UnsafeMutablePointer<Shared>.allocate(capacity: 1)
  shared.initialize(to: Shared())
  pthread_barrier_init(&shared.pointee.barrier, nil, 2)
  var threads: [pthread_t] = [pthread_t(), pthread_t()]
  for index in threads.indices {
    pthread_create(
      &threads[index], nil,
      { place in
        guard let shared = place?.assumingMemoryBound(to: Shared.self) else { return nil }
        pthread_barrier_wait(&shared.pointee.barrier)
        for _ in 0..<1000 { shared.pointee.count += 1 }
        return nil
      }, shared)
  }
  for thread in threads { pthread_join(thread, nil) }
  shared.deallocate()
}

func useAfterFree() {
  let place = UnsafeMutablePointer<Int>.allocate(capacity: 1)
  place.initialize(to: 1)
  place.deallocate()
  say("\(place.pointee)")
}

func leak() {
  for size in 1...100 { _ = malloc(size * 100) }
  say("lost")
  exit(0)
}

/// The most that this process had resident, in bytes.
func peakMemory() throws -> Int {
  var usage = rusage()
  guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else {
    throw Misuse(message: "getrusage: \(errno)")
  }
  return usage.ru_maxrss * 1024
}

/// Requests from standard input, line by line, each to a worker of its own.
func ask(_ kind: Kind) async throws {
  say("ready")
  while let line = readLine() {
    let worker = try await Worker.spawn(kind)
    let answer = await worker.run(Array(line.utf8))
    try await worker.shutdown()
    switch answer {
    case .answer(let bytes): say("answer \(String(decoding: bytes, as: UTF8.self))")
    case .kindError(let failure): say("kind error \(failure)")
    case .infrastructure(let failure): say("infrastructure \(failure)")
    }
  }
}

func count(_ path: String) -> Int {
  guard let directory = opendir(path) else { return -1 }
  defer { closedir(directory) }
  var count = 0
  while readdir(directory) != nil { count += 1 }
  return count - 2
}

func descriptors() -> Int { count("/proc/self/fd") }
func threads() -> Int { count("/proc/self/task") }

/// Those that have not been reaped, of any thread.
func children() -> Int {
  var status: Int32 = 0
  let result = waitpid(-1, &status, WNOHANG)
  return result == 0 || result > 0 ? 1 : 0
}
