import Dispatch
import Glibc
import Simulation

struct Options {
  var seeds: UInt64 = 100_000
  var first: UInt64 = 1
  var jobs: UInt64 = 2
  var single: UInt64?
  var tracing = false
  var canary = false
}

func usage(_ problem: String) -> Never {
  let text =
    "simulate: \(problem)\n"
    + "usage: simulate [--seeds N] [--first N] [--jobs N] [--canary] | --seed N [--trace] [--canary]\n"
  _ = text.utf8.withContiguousStorageIfAvailable { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  exit(64)
}

func parse(_ arguments: [String]) -> Options {
  var options = Options()
  var rest = arguments[...]
  func number(_ name: String) -> UInt64 {
    guard let text = rest.popFirst() else { usage("\(name) wants a number") }
    guard let number = UInt64(text) else { usage("\(name) wants a number, found \"\(text)\"") }
    return number
  }
  while let name = rest.popFirst() {
    switch name {
    case "--seeds": options.seeds = number(name)
    case "--first": options.first = number(name)
    case "--jobs": options.jobs = max(1, number(name))
    case "--seed": options.single = number(name)
    case "--trace": options.tracing = true
    case "--canary": options.canary = true
    default: usage("unknown option \"\(name)\"")
    }
  }
  return options
}

func clock(_ id: clockid_t) -> Double {
  var time = timespec()
  clock_gettime(id, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func run(_ options: Options) -> Findings {
  if let seed = options.single {
    return simulate(seeds: CollectionOfOne(seed), canary: options.canary, tracing: options.tracing)
  }
  let jobs = Int(options.jobs)
  let results = UnsafeMutableBufferPointer<Findings>.allocate(capacity: jobs)
  results.initialize(repeating: Findings())
  nonisolated(unsafe) let shared = results
  DispatchQueue.concurrentPerform(iterations: jobs) { job in
    let seeds = stride(from: options.first + UInt64(job), to: options.first + options.seeds, by: jobs)
    shared[job] = simulate(seeds: seeds, canary: options.canary)
  }
  var all = Findings()
  for findings in results { all.merge(findings) }
  results.deinitialize().deallocate()
  return all
}

let options = parse(Array(CommandLine.arguments.dropFirst()))
let start = clock(CLOCK_MONOTONIC)
let findings = run(options)
let seconds = clock(CLOCK_MONOTONIC) - start
let processor = clock(CLOCK_PROCESS_CPUTIME_ID)
print("\(findings.seeds) seeds, \(findings.steps) steps, digest \(String(findings.digest, radix: 16))")
print("\(Int(seconds * 1000)) ms, \(Int(Double(findings.steps) / processor)) steps/s/core")
for fault in Fault.allCases { print("  \(fault): \(findings.faultCounts[fault.rawValue])") }
if let failure = findings.failure {
  let canary = options.canary ? " --canary" : ""
  print("seed \(failure.seed): \(failure.text)\nreplay: simulate --seed \(failure.seed) --trace\(canary)")
  exit(1)
}
