import Glibc
import TaskHost

// What the embedding library costs for each task: `library-bench MODE PLUGIN COUNT WORKERS`, with a kind that echoes 64 bytes. Prints
// the count and the seconds from the first task that is handed in to the last result; for a batch the making of the list is left out, as
// the planning of a run is in what the kind `echo` says.

runWorkerIfAsked()

let words = CommandLine.arguments
guard words.count == 5, let count = Int(words[3]), let workers = Int(words[4]) else {
  print("usage: library-bench handles|batch|calls|storm PLUGIN COUNT WORKERS")
  exit(2)
}

func task(_ number: Int) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: 64)
  bytes.withUnsafeMutableBytes {
    $0.storeBytes(of: UInt64(number), as: UInt64.self)
    $0.storeBytes(of: UInt64(number), toByteOffset: 56, as: UInt64.self)
  }
  return bytes
}

struct Wrong: Error {}

let clock = ContinuousClock()

/// A handle for each task; each is awaited.
func handles(_ pool: WorkerPool, _ count: Int) async throws -> Duration {
  let start = clock.now
  var handles: [TaskHandle] = []
  handles.reserveCapacity(count)
  for number in 0..<count { handles.append(try pool.enqueue(task(number))) }
  for handle in handles where await handle.result.outcome != .passed { throw Wrong() }
  return clock.now - start
}

/// One handle for all.
func batch(_ pool: WorkerPool, _ count: Int) async throws -> Duration {
  var list = TaskList()
  list.reserve(tasks: count, bytes: 64 * count)
  for number in 0..<count { list.append(task(number)) }
  let start = clock.now
  guard try await pool.enqueue(list).result[.passed] == count else { throw Wrong() }
  return clock.now - start
}

/// Requests and their answers, by so many Swift tasks at a time.
func calls(_ pool: WorkerPool, _ count: Int) async throws -> Duration {
  let start = clock.now
  try await withThrowingTaskGroup(of: Void.self) { group in
    for lane in 0..<256 {
      group.addTask {
        var number = lane
        while number < count {
          guard case .answer = await pool.call(task(number)) else { throw Wrong() }
          number += 256
        }
      }
    }
    try await group.waitForAll()
  }
  return clock.now - start
}

/// So many workers, twenty at a time: each is started, asked once and ended, every second one by force.
func storm(_ kind: Kind, _ count: Int) async throws -> Duration {
  let start = clock.now
  for _ in 0..<count / 20 {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<20 {
        group.addTask {
          let worker = try await Worker.spawn(kind)
          guard case .answer = await worker.run(task(number)) else { throw Wrong() }
          try await worker.shutdown(number % 2 == 0 ? .finish : .kill)
        }
      }
      try await group.waitForAll()
    }
  }
  return clock.now - start
}

func seconds(_ duration: Duration) -> Double {
  Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
}

let kind = try Host().kind(at: words[2], settings: [("size", "64")])
if words[1] == "storm" {
  print("{\"count\": \(count), \"seconds\": \(seconds(try await storm(kind, count)))}")
  exit(0)
}
let run =
  switch words[1] {
  case "handles": handles
  case "batch": batch
  default: calls
  }
let duration = try await withWorkers(workers, of: kind) { pool in
  // Workers are there, and memory is.
  _ = try await run(pool, 10_000)
  return try await run(pool, count)
}
print("{\"count\": \(count), \"seconds\": \(seconds(duration))}")
