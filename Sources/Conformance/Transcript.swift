internal import CTaskHost

/// All that a queue has written when it was given some words.
struct Transcript: Equatable {
  var shared: [UInt8] = []
  var tasks: [CheckOutput.Item] = []
  var requests: [[UInt8]] = []
  var competences: [[UInt8]] = []
  /// The statuses, in order.
  var statuses: [th_status] = []

  /// Plans the words, makes requests of the tasks, and uses the responses that are given.
  mutating func plan(_ queue: CheckQueue, _ words: [[UInt8]], _ shape: CheckOutput.Shape) throws(CheckEnd) {
    let answer = queue.plan(words, shape)
    try answer.requireOrder("plan")
    shared = queue.subject.hooks.plan == nil ? [] : answer.bytes
    tasks = answer.items
    statuses.append(answer.status)
  }

  mutating func request(_ queue: CheckQueue, _ index: Int, _ shape: CheckOutput.Shape) throws(CheckEnd) {
    let answer = queue.request(of: tasks[index].bytes, .init(), shape)
    try answer.requireOrder("request_of_task")
    requests.append(answer.bytes)
    statuses.append(answer.status)
  }

  mutating func use(
    _ queue: CheckQueue, _ index: Int, _ response: [UInt8], _ shape: CheckOutput.Shape
  ) throws(CheckEnd) {
    let answer = queue.use(response, of: tasks[index].bytes, .init(), shape)
    try answer.requireOrder("use_response")
    competences.append(answer.bytes)
    statuses.append(answer.status)
  }

  /// What differs, in words; nil: nothing. What is shared may name something that belongs to one queue, such as a file.
  func difference(from other: Transcript) -> String? {
    if tasks != other.tasks { return "the tasks of plan" }
    if requests != other.requests { return "the requests" }
    if competences != other.competences { return "the competences" }
    return statuses == other.statuses ? nil : "the statuses"
  }
}

extension CheckBench {
  /// The responses of the worker to the requests; empty for those that fail.
  func responses() -> [[UInt8]] { requests.map { worker.perform($0).bytes } }

  /// What a new queue writes for the words.
  func transcript(
    _ words: [[UInt8]], _ responses: [[UInt8]], _ shape: CheckOutput.Shape = .init()
  ) throws(CheckEnd) -> Transcript {
    let queue = try CheckQueue(subject)
    defer { queue.free() }
    var transcript = Transcript()
    try transcript.plan(queue, words, shape)
    for index in transcript.tasks.indices.prefix(responses.count) {
      try transcript.request(queue, index, shape)
      try transcript.use(queue, index, responses[index], shape)
    }
    return transcript
  }
}
