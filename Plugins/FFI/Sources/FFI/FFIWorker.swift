internal import ForeignLibraries
internal import ForeignMemory
internal import ForeignSignatures
internal import TaskHostSDK

/// Makes calls. Libraries are loaded once, before a fork; nothing is called there.
final class FFIWorker: TaskWorker {
  private let shared: SharedState
  private let interface: Interface
  private var functions: [CompiledFunction] = []
  private var numbers: [[UInt8]: Int] = [:]
  private var isWatching = false
  private var file: CallFile?
  /// The lines of the task at hand; kept, since fresh memory costs a fault for each page.
  private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)

  private let containment: Containment

  init(_ shared: SharedState, _ containment: Containment) throws(KindError) {
    self.shared = shared
    self.containment = containment
    do throws(Problems) {
      interface = try Interface(reading: shared.signatures.utf8)
    } catch {
      throw .badInput(error.list.map { $0.text(of: "signatures") }.joined(separator: "\n"))
    }
    let libraries = try Self.load(shared)
    let denied = Set(DeniedSymbols.names.compactMap { fm_own_function($0).map { UInt(bitPattern: $0) } })
    var types = ForeignTypes(interface.layouts)
    for (number, entry) in interface.entries.enumerated() {
      let library = libraries[entry.library]
      let address = try Self.find(entry.function.symbol, library, denied)
      let release = try entry.release.map { (symbol) throws(KindError) in
        try Self.find(symbol, library, denied)
      }
      functions.append(
        try CompiledFunction(entry, number, interface, address: address, release: release, &types))
      numbers[Array(entry.function.name.utf8)] = number
    }
  }

  deinit { memory.deallocate() }

  private static func load(_ shared: SharedState) throws(KindError) -> [UnsafeMutableRawPointer] {
    var libraries: [UnsafeMutableRawPointer] = []
    for library in shared.libraries {
      guard SharedObject.Identity.now(library.path) == library.identity else {
        throw .badInput("'\(library.path)' has changed since the run began")
      }
      var problem: UnsafePointer<CChar>?
      guard let loaded = fm_open(library.path, &problem) else {
        throw .badInput(
          "cannot load '\(library.path)': \(problem.map { String(cString: $0) } ?? "no reason given")")
      }
      guard SharedObject.Identity.now(library.path) == library.identity else {
        throw .badInput("'\(library.path)' has changed while it was loaded")
      }
      libraries.append(loaded)
    }
    return libraries
  }

  private static func find(
    _ symbol: String, _ library: UnsafeMutableRawPointer, _ denied: Set<UInt>
  ) throws(KindError) -> UnsafeMutableRawPointer {
    var problem: UnsafePointer<CChar>?
    guard let address = fm_find(library, symbol, &problem) else {
      throw .badInput(
        "there is no '\(symbol)': \(problem.map { String(cString: $0) } ?? "its address is null")")
    }
    guard !denied.contains(UInt(bitPattern: address)) else {
      throw .badInput("'\(symbol)' is another name of a function that may not be called")
    }
    return address
  }

  func perform(request: Bytes, call: Call, response: Output) throws {
    if !isWatching {
      // In each process of its own, not in the one that others are forked from.
      isWatching = true
      Inbox.ofThisWorker.withUnsafeBufferPointer { fm_watch($0.baseAddress, $0.count) }
      try containment.begin()
    }
    let task = try CallTask(reading: request)
    var records: [CallRecord] = []
    if task.path.isEmpty {
      var text = task.text
      try text.withUTF8 { utf8 in
        try perform(UnsafeRawBufferPointer(utf8), line: task.line, task, &records)
      }
    } else {
      if memory.count < task.length {
        memory.deallocate()
        memory = .allocate(byteCount: task.length, alignment: 16)
      }
      let text = UnsafeMutableRawBufferPointer(rebasing: memory[..<task.length])
      try read(task, into: text)
      var lines: [(number: Int, range: Range<Int>)] = []
      Lines.forEach(in: UnsafeRawBufferPointer(text), from: task.line) { lines.append(($0, $1)) }
      for (number, range) in lines {
        guard !call.isCancelled else { throw KindError.cancelled }
        try perform(UnsafeRawBufferPointer(rebasing: text[range]), line: number, task, &records)
      }
    }
    try response.put(records.count)
    for record in records { try record.write(to: response) }
  }

  private func read(_ task: CallTask, into text: UnsafeMutableRawBufferPointer) throws(KindError) {
    if file?.path != task.path { file = try CallFile(task.path) }
    let changed = KindError.badInput("'\(task.shown)' has changed since the run began")
    guard let file, file.size == task.fileSize, file.changed == task.fileChanged, file.isUnchanged() else {
      throw changed
    }
    guard try file.read(into: text, at: task.offset) == text.count else { throw changed }
  }

  /// One line. What is wrong with it is told in records; only what should never be is thrown.
  private func perform(
    _ text: UnsafeRawBufferPointer, line: Int, _ task: CallTask, _ records: inout [CallRecord]
  ) throws(KindError) {
    var reader = JSONReader(text)
    var input: CallInput
    do throws(JSONReader.Failure) {
      input = try CallInput(&reader, numbers, interface)
    } catch {
      records.append(CallRecord(line: line, at: error.offset, error.message))
      return
    }
    guard let number = input.function, input.problems.isEmpty else {
      for problem in input.problems {
        records.append(CallRecord(line: line, at: problem.offset, problem.message))
      }
      return
    }
    let function = functions[number]
    guard function.entry.function.isPure || !task.isPure else {
      throw .internal("line \(line) calls a function that is not pure, in a task of pure ones")
    }
    records.append(contentsOf: function.perform(&input, serial: task.serial, line: line))
  }
}

extension CallRecord {
  /// A line that is no call.
  init(line: Int, at offset: Int, _ message: String, function: Int = .max, id: String = "") {
    self.init(
      end: .badInput, line: line, column: offset + 1, function: function, message: message, json: [], id: id)
  }
}
