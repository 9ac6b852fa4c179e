internal import CPosix
internal import CTaskHost
internal import Glibc
internal import PluginLoading

/// Calls one hook of a loaded kind by its signature, with arguments that are data.
struct HookCaller {
  /// What the hook is given besides its inputs.
  struct Surroundings {
    var queue: OpaquePointer?
    var worker: OpaquePointer?
    var session: OpaquePointer?
    var view = WorkerView()
    var gone = GoneView(cause: TH_GONE_WORKER_DIED)
  }

  struct Answer {
    var value: UInt64
    var nanoseconds: UInt64
    var call: CheckCall
    var outputs: [CallReport.Output]
    var problems: [String]
    /// The state that it has made.
    var made: OpaquePointer?
    /// Neither a failure nor a hook that can not fail.
    var succeeded: Bool
  }

  let subject: Subject
  let hook: Hook
  private let function: UnsafeRawPointer
  private let foreign: ForeignSignature

  private static let room = 4096
  private static let limit = 16 << 20

  init(_ subject: Subject, _ hook: Hook, _ function: UnsafeRawPointer) throws(ForeignError) {
    self.subject = subject
    self.hook = hook
    self.function = function
    foreign = try ForeignSignature(hook.signature)
  }

  /// `inputs`: one for each input of the signature, of a kind that fits.
  func call(_ inputs: [HookInput], _ surroundings: Surroundings, _ call: CheckCall? = nil) -> Answer {
    let call = call ?? subject.newCall()
    var frame = Frame(hook.signature.passedArguments.count)
    defer { frame.free() }
    var outputs: [(name: String, output: CheckOutput)] = []
    var lent: [GuardedInput] = []
    var made: UnsafeMutablePointer<OpaquePointer?>?
    var rest = inputs[...]
    func lend(_ bytes: [UInt8], _ name: String) -> th_bytes {
      let input = GuardedInput(bytes, "the \(name)", isStrict: subject.isStrict, subject.notebook)
      lent.append(input)
      return th_bytes(input)
    }
    for parameter in hook.signature.parameters {
      switch parameter.kind {
      case .host: frame.add(UnsafeRawPointer(subject.host.raw))
      case .call: frame.add(UnsafeRawPointer(call.raw))
      case .queue: frame.add(surroundings.queue.map { UnsafeRawPointer($0) })
      case .worker: frame.add(surroundings.worker.map { UnsafeRawPointer($0) })
      case .session: frame.add(surroundings.session.map { UnsafeRawPointer($0) })
      case .newQueue, .newWorker, .newSession:
        let place = frame.keep(OpaquePointer?.none)
        made = place
        frame.add(UnsafeRawPointer(place))
      case .workerStatus:
        let status = surroundings.view.raw(lend(surroundings.view.competence, "competence"))
        frame.add(UnsafeRawPointer(frame.keep(status)))
      case .gone:
        let gone = surroundings.gone
        frame.add(UnsafeRawPointer(frame.keep(gone.raw(lend(Array(gone.text.utf8), "text")))))
      case .totals:
        var totals = th_totals()
        totals.size = UInt32(MemoryLayout<th_totals>.size)
        totals.workers = 1
        frame.add(UnsafeRawPointer(frame.keep(totals)))
      case .workerHandle:
        frame.add(UnsafeRawPointer(frame.keep(th_worker_handle(id: 1, epoch: 1))))
      case .out, .items:
        let output = subject.output(
          .init(room: Self.room, limit: Self.limit), isList: parameter.kind == .items, parameter.name)
        outputs.append((parameter.name, output))
        frame.add(UnsafeRawPointer(output.out))
      case .bytes, .optionalBytes, .words, .text, .i32, .u32, .i64, .u64, .f64:
        frame.add(rest.popFirst() ?? .null, as: parameter, lend)
      }
    }
    let (value, nanoseconds) = subject.notebook.during(named: hook.id) {
      let start = cpx_now()
      let value = foreign.call(function, frame.values)
      return (value, cpx_now() - start)
    }
    call.end()
    let succeeded = hook.signature.result != .status || Int64(bitPattern: value) >= 0
    var answer = Answer(
      value: value, nanoseconds: nanoseconds, call: call, outputs: [], problems: call.problems,
      made: made?.pointee, succeeded: succeeded)
    for (name, output) in outputs {
      let bytes = output.end(succeeded: succeeded)
      answer.problems += output.problems
      // What was written is dropped after a failure.
      if succeeded {
        answer.outputs.append(
          CallReport.Output(
            name: name, bytes: output.isList ? nil : bytes, items: output.items.map(\.bytes)))
      }
      output.release()
    }
    for input in lent { input.end() }
    return answer
  }
}

/// The arguments of one call, as libffi wants them.
private struct Frame {
  private(set) var values: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private let slots: UnsafeMutableRawPointer
  private var count = 0
  private var kept: [UnsafeMutableRawPointer] = []
  private static let slot = 16

  init(_ count: Int) {
    values = .allocate(capacity: count + 1)
    values.initialize(repeating: nil, count: count + 1)
    slots = .allocate(byteCount: (count + 1) * Self.slot, alignment: 16)
  }

  func free() {
    for memory in kept { memory.deallocate() }
    slots.deallocate()
    values.deallocate()
  }

  /// Memory with this value for as long as the frame.
  mutating func keep<Value>(_ value: Value) -> UnsafeMutablePointer<Value> {
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: max(MemoryLayout<Value>.size, 16), alignment: 16)
    kept.append(memory)
    return memory.initializeMemory(as: Value.self, to: value)
  }

  mutating func add<Value>(_ value: Value) {
    let place = slots + count * Self.slot
    memset(place, 0, Self.slot)
    place.initializeMemory(as: Value.self, to: value)
    values[count] = place
    count += 1
  }

  mutating func add(
    _ input: HookInput, as parameter: HookSignature.Parameter, _ lend: ([UInt8], String) -> th_bytes
  ) {
    switch (parameter.kind, input) {
    case (.bytes, .bytes(let bytes)): add(lend(bytes, parameter.name))
    case (.bytes, _): add(th_bytes(ptr: nil, len: 0))
    case (.optionalBytes, .bytes(let bytes)):
      add(UnsafeRawPointer(keep(lend(bytes, parameter.name))))
    case (.words, .words(let words)):
      let lent = words.map { lend($0, parameter.name) }
      let memory = UnsafeMutableRawPointer.allocate(
        byteCount: max(1, lent.count) * MemoryLayout<th_bytes>.stride, alignment: 16)
      kept.append(memory)
      for (index, bytes) in lent.enumerated() {
        (memory + index * MemoryLayout<th_bytes>.stride).initializeMemory(as: th_bytes.self, to: bytes)
      }
      add(UnsafeRawPointer(memory))
      add(lent.count)
    case (.words, _):
      add(UnsafeRawPointer?.none)
      add(0)
    case (.text, .bytes(let bytes)):
      let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes.count + 1, alignment: 16)
      kept.append(memory)
      bytes.withUnsafeBytes {
        if let start = $0.baseAddress { memory.copyMemory(from: start, byteCount: bytes.count) }
      }
      memory.storeBytes(of: 0, toByteOffset: bytes.count, as: UInt8.self)
      add(UnsafeRawPointer(memory))
    case (.f64, .number(let number)): add(number)
    case (.i32, .integer(let value)), (.u32, .integer(let value)): add(UInt32(truncatingIfNeeded: value))
    case (.i64, .integer(let value)), (.u64, .integer(let value)): add(value)
    default: add(0 as UInt64)
    }
  }
}
