internal import ForeignLibraries
internal import ForeignSignatures
internal import Glibc
internal import TaskHostSDK

extension FFIQueue {
  /// Calls that follow each other and make one task.
  private struct Batch {
    var line = 0
    var count = 0
    var offset = 0
    var end = 0
    var timeout: UInt64?
    var name = ""
  }

  /// A word is a file of calls, or one call: then it begins with a brace.
  func plan(words: Words, call: Call, shared output: Output, tasks: ListOutput) throws {
    let interface = try checkedInterface(call)
    // Blank lines of `--from` are those of a file of calls.
    for word in words where !word.buffer.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) {
      if word.buffer.first == UInt8(ascii: "{") {
        try plan(call: word.buffer, interface, tasks)
      } else {
        try plan(file: CallFile(word.text), interface, tasks)
      }
    }
    try shared?.write(to: output)
  }

  private func checkedInterface(_ call: Call) throws(KindError) -> Interface {
    if let interface { return interface }
    let source = try signatureText()
    let checked: Interface
    do throws(Problems) {
      checked = try Interface(reading: source.utf8)
    } catch {
      throw refused(error.list, call)
    }
    var libraries: [SharedObject] = []
    let problems = check(checked, &libraries)
    if !problems.isEmpty { throw refused(problems, call) }
    for (library, object) in zip(checked.libraries, libraries)
    where object.hasStaticTLS && !Self.isLoaded(object) {
      var diagnostic = Diagnostic(
        .warning, "'\(object.path)' needs static thread-local storage, for which there may be no room")
      diagnostic.file = options.signatures
      diagnostic.line = library.place.line
      call.diagnostic(diagnostic)
    }
    shared = SharedState(
      signatures: source,
      libraries: libraries.map { SharedState.Library(path: $0.path, identity: $0.identity) })
    interface = checked
    return checked
  }

  private func signatureText() throws(KindError) -> String {
    let file = try CallFile(options.signatures, hint: "expected a file of signatures")
    guard file.size <= 16 << 20 else {
      throw .badInput("'\(options.signatures)' is larger than 16 MiB; expected a file of signatures")
    }
    var bytes = [UInt8](repeating: 0, count: Int(file.size))
    let failure: KindError? = bytes.withUnsafeMutableBytes { memory in
      do throws(KindError) {
        _ = try file.read(into: memory, at: 0)
        return nil
      } catch { return error }
    }
    if let failure { throw failure }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .badInput("'\(options.signatures)' is not UTF-8")
    }
    return text
  }

  /// All of them are findings; the message has the first.
  private func refused(_ problems: [Problem], _ call: Call) -> KindError {
    for problem in problems.prefix(100) {
      var diagnostic = Diagnostic(.error, problem.message)
      diagnostic.file = options.signatures
      diagnostic.line = problem.place.line
      diagnostic.column = problem.place.column
      call.diagnostic(diagnostic)
    }
    let first = problems[0].text(of: options.signatures)
    return .badInput(problems.count == 1 ? first : "\(first) (and \(problems.count - 1) more)")
  }

  // MARK: Libraries

  private func check(_ interface: Interface, _ libraries: inout [SharedObject]) -> [Problem] {
    var problems: [Problem] = []
    var list: AllowList?
    do throws(LibraryError) {
      switch options.permission {
      case .any: break
      case .list(let path): list = try AllowList(file: path)
      case nil:
        return [
          Problem(
            Place(line: 1, column: 1),
            "calling C functions is off: --set allow=FILE names what may be called, --set allow=any allows all"
          )
        ]
      }
    } catch {
      return [Problem(Place(line: 1, column: 1), error.message)]
    }
    for (number, library) in interface.libraries.enumerated() {
      do throws(LibraryError) {
        let object = try SharedObject(try LibrarySearch.path(of: library.name))
        try Dependencies.check(object)
        libraries.append(object)
        let entries = interface.entries.filter { $0.library == number }
        let missing = Self.checkSymbols(entries, object)
        problems += missing
        guard missing.isEmpty, let list else { continue }
        let symbols = Set(entries.map(\.function.symbol) + entries.compactMap(\.release))
        if let refusal = try list.refusal(object, Array(symbols)) {
          problems.append(Problem(library.place, refusal))
        }
      } catch {
        problems.append(Problem(library.place, error.message))
      }
    }
    return problems
  }

  /// The C library has had its storage from the start.
  private static func isLoaded(_ library: SharedObject) -> Bool {
    let name = library.path.split(separator: "/").last ?? ""
    return name.hasPrefix("libc.so") || name.hasPrefix("libc-") || name.hasPrefix("ld-")
  }

  private static func checkSymbols(_ entries: [Interface.Entry], _ object: SharedObject) -> [Problem] {
    var problems: [Problem] = []
    let denied = Set(DeniedSymbols.names.compactMap { object.symbols[$0]?.value })
    func check(_ symbol: String, _ place: Place) {
      guard let found = object.symbols[symbol] else {
        problems.append(Problem(place, "'\(object.path)' does not define '\(symbol)'"))
        return
      }
      if !found.isFunction {
        problems.append(Problem(place, "'\(symbol)' of '\(object.path)' is no function"))
      } else if denied.contains(found.value) {
        problems.append(Problem(place, "'\(symbol)' is another name of a function that may not be called"))
      }
    }
    for entry in entries {
      check(entry.function.symbol, entry.function.symbolPlace)
      if let release = entry.release, let place = entry.releasePlace { check(release, place) }
    }
    return problems
  }

  // MARK: Calls

  private func nextSerial() -> UInt64 {
    serial += 1
    return serial
  }

  private func plan(
    call: UnsafeRawBufferPointer, _ interface: Interface, _ tasks: ListOutput
  ) throws(KindError) {
    let name = call.calledName() ?? ""
    let function = interface.numbers[name].map { interface.entries[$0].function }
    let task = CallTask(
      serial: nextSerial(), isPure: function?.isPure ?? true, line: 1, count: 1, offset: 0,
      length: call.count,
      file: nil, name: name, text: String(decoding: call, as: UTF8.self))
    try add(task, timeout: function?.timeoutNanoseconds, tasks)
  }

  /// Without the option `batch`.
  private static let mostOfABatch = 64
  private static let mostBytesOfABatch = 256 << 10
  private static let tasksOfAFile = 64

  private func plan(file: CallFile, _ interface: Interface, _ tasks: ListOutput) throws(KindError) {
    var batch = Batch()
    let most = options.batch ?? Self.mostOfABatch
    // Enough tasks for all workers, also where the file is small.
    let bytes = options.batch == nil ? min(Int(file.size) / Self.tasksOfAFile, Self.mostBytesOfABatch) : .max
    func close() throws(KindError) {
      guard batch.count > 0 else { return }
      let task = CallTask(
        serial: nextSerial(), isPure: true, line: batch.line, count: batch.count, offset: batch.offset,
        length: batch.end - batch.offset, file: file, name: batch.name, text: "")
      try add(task, timeout: batch.timeout.map { $0 &* UInt64(batch.count) }, tasks)
      batch.count = 0
    }
    try file.forEachLine { (number, offset, line) throws(KindError) in
      let name = line.calledName() ?? ""
      let function = interface.numbers[name].map { interface.entries[$0].function }
      let isPure = function?.isPure ?? true
      // A time limit is that of one call, unless somebody has asked for more in one task.
      let isAlone = options.batch == nil && function?.timeoutNanoseconds != nil
      if !isPure || isAlone || batch.count == most || batch.end + line.count - batch.offset > bytes
        || batch.timeout != function?.timeoutNanoseconds
      {
        try close()
      }
      guard isPure else {
        let task = CallTask(
          serial: nextSerial(), isPure: false, line: number, count: 1, offset: offset, length: line.count,
          file: file, name: name, text: "")
        try add(task, timeout: function?.timeoutNanoseconds, tasks)
        return
      }
      if batch.count == 0 {
        batch = Batch(line: number, offset: offset, timeout: function?.timeoutNanoseconds, name: name)
      }
      batch.count += 1
      batch.end = offset + line.count
    }
    try close()
  }

  private func add(_ task: CallTask, timeout: UInt64?, _ tasks: ListOutput) throws(KindError) {
    try task.write(to: tasks.item)
    guard let timeout else { return try tasks.endItem() }
    var options = ItemOptions()
    options.softLimitNanoseconds = timeout
    try tasks.endItem(options)
  }

  /// A worker died over one of several calls: they are tried in smaller tasks, until that one is alone.
  func halve(_ task: CallTask, _ tasks: ListOutput) throws(KindError) {
    guard let interface else { throw .internal("no signatures") }
    let file = try CallFile(task.path)
    guard file.size == task.fileSize, file.changed == task.fileChanged else {
      throw .badInput("'\(task.shown)' has changed since the run began")
    }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: task.length, alignment: 16)
    defer { memory.deallocate() }
    guard try file.read(into: memory, at: task.offset) == task.length else {
      throw .badInput("'\(task.shown)' has changed since the run began")
    }
    var lines: [(number: Int, range: Range<Int>)] = []
    Lines.forEach(in: UnsafeRawBufferPointer(memory), from: task.line) { lines.append(($0, $1)) }
    let middle = lines.count / 2
    for part in [lines[..<middle], lines[middle...]] {
      guard let first = part.first, let last = part.last else { continue }
      let text = UnsafeRawBufferPointer(rebasing: memory[first.range])
      var piece = task
      piece.serial = nextSerial()
      piece.line = first.number
      piece.count = part.count
      piece.offset = task.offset + first.range.lowerBound
      piece.length = last.range.upperBound - first.range.lowerBound
      piece.name = text.calledName() ?? ""
      let timeout = interface.numbers[piece.name].flatMap {
        interface.entries[$0].function.timeoutNanoseconds
      }
      try add(piece, timeout: timeout.map { $0 &* UInt64(part.count) }, tasks)
    }
  }
}

/// The lines of a part of a file that are not blank.
enum Lines {
  static func forEach(
    in text: UnsafeRawBufferPointer, from number: Int, _ body: (_ number: Int, _ range: Range<Int>) -> Void
  ) {
    var number = number
    var start = 0
    while start < text.count {
      let rest = UnsafeRawBufferPointer(rebasing: text[start...])
      let count = rest.firstByte(0x0A) ?? rest.count
      if !UnsafeRawBufferPointer(rebasing: rest[..<count]).isBlank { body(number, start..<start + count) }
      number += 1
      start += count + 1
    }
  }
}
