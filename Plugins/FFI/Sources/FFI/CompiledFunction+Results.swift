internal import ForeignMemory
internal import ForeignSignatures

// From memory into JSON, after a call.
extension CompiledFunction {
  /// Something that the function gave back and that can not be read.
  private struct Unreadable: Error { var message: String }

  func tell(_ code: Int32, id: String, serial: UInt64, line: Int) -> CallRecord {
    var record = CallRecord(
      end: .returned, line: line, column: 0, function: number, message: "", json: [], id: id)
    do throws(Unreadable) {
      var json = JSONText()
      json.open("{")
      try tellReturned(&json, serial, line)
      try tellResult(code, &json)
      for index in parameters.indices { try tellOutput(index, &json) }
      if entry.function.readsErrno { tellErrno(code, &json) }
      json.close("}")
      record.json = json.bytes
      if let failure = failure(code) {
        record.end = .failed
        record.message = failure
      }
    } catch {
      record.end = .unreadable
      record.message = error.message
    }
    return record
  }

  private func tellErrno(_ code: Int32, _ json: inout JSONText) {
    json.key("errno")
    if code == 0 {
      json.word("0")
    } else if let name = fm_errno_name(code) {
      json.text(String(cString: name))
    } else {
      json.integer(Int64(code))
    }
  }

  private func tellReturned(_ json: inout JSONText, _ serial: UInt64, _ line: Int) throws(Unreadable) {
    switch entry.function.result {
    case .void: return
    case .value(let type):
      json.key("ret")
      if case .reference(let inner) = type {
        try tellReference(inner, result.load(as: UInt.self), &json)
      } else {
        try tell(type, result, &json)
      }
    case .ownedText:
      json.key("ret")
      let address = result.load(as: UInt.self)
      try tellText(address, &json)
      if let pointer = UnsafeMutableRawPointer(bitPattern: address) {
        free(pointer, serial: serial, line: line)
      }
    }
  }

  private func tellReference(_ type: ValueType, _ address: UInt, _ json: inout JSONText) throws(Unreadable) {
    guard address != 0 else { return json.word("null") }
    let size = layouts.measure(type)?.size ?? 0
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(size, 1), alignment: 16)
    defer { memory.deallocate() }
    guard fm_peek(memory, address, size) == size else { throw unreadable(address) }
    try tell(type, memory, &json)
  }

  private func unreadable(_ address: UInt) -> Unreadable {
    Unreadable(
      message: "the function returned the address 0x\(String(address, radix: 16)), where nothing can be read")
  }

  private func tell(_ type: ValueType, _ memory: UnsafeRawPointer, _ json: inout JSONText) throws(Unreadable)
  {
    switch type {
    case .scalar(let scalar): tell(scalar, memory, &json)
    case .text: try tellText(memory.load(as: UInt.self), &json)
    case .pointer, .reference: tellAddress(memory.load(as: UInt.self), &json)
    case .structure(let name):
      json.open("{")
      for member in layouts.structures[name]?.members ?? [] {
        json.key(member.name)
        try tell(member.type, memory + member.offset, &json)
      }
      json.close("}")
    }
  }

  /// A result narrower than a register lies in its low bytes on the machines that are known here.
  private func tell(_ scalar: Scalar, _ memory: UnsafeRawPointer, _ json: inout JSONText) {
    switch scalar {
    case .bool: json.word(memory.load(as: UInt8.self) != 0 ? "true" : "false")
    case .i8: json.integer(Int64(memory.load(as: Int8.self)))
    case .i16: json.integer(Int64(memory.load(as: Int16.self)))
    case .i32: json.integer(Int64(memory.load(as: Int32.self)))
    case .i64: json.integer(memory.load(as: Int64.self))
    case .u8: json.integer(UInt64(memory.load(as: UInt8.self)))
    case .u16: json.integer(UInt64(memory.load(as: UInt16.self)))
    case .u32: json.integer(UInt64(memory.load(as: UInt32.self)))
    case .u64, .size: json.integer(memory.load(as: UInt64.self))
    case .f32: json.real(memory.load(as: Float.self))
    case .f64: json.real(memory.load(as: Double.self))
    }
  }

  /// An address within what the call was given is told by that, as it is different in each process.
  private func tellAddress(_ address: UInt, _ json: inout JSONText) {
    guard address != 0 else { return json.word("null") }
    for index in parameters.indices {
      let start: UInt
      let count: Int
      if let seen = buffers[index].seen {
        start = UInt(bitPattern: seen)
        count = buffers[index].byteCount
      } else if case .value(.text) = parameters[index].role {
        start = slotOf[index].load(as: UInt.self)
        guard let use = texts.uses.first(where: { $0.pointer == slotOf[index] }) else { continue }
        count = texts.bytes[use.offset...].firstIndex(of: 0).map { $0 - use.offset } ?? 0
      } else {
        continue
      }
      if address >= start, address - start <= UInt(count) {
        return json.text("\(names[index])+\(address - start)")
      }
    }
    json.text("0x" + String(address, radix: 16))
  }

  /// Read by the kernel: an address that is wild is an error, and no fault.
  private func tellText(_ address: UInt, _ json: inout JSONText) throws(Unreadable) {
    guard address != 0 else { return json.word("null") }
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while text.count < Limits.textBytes {
      let from = address &+ UInt(text.count)
      // Never more than what is left of the page.
      let wanted = 4096 - Int(from % 4096)
      let got = fm_peek(&chunk, from, wanted)
      guard got > 0 else { throw unreadable(from) }
      if let end = chunk[..<got].firstIndex(of: 0) {
        text.append(contentsOf: chunk[..<end])
        text.withUnsafeBytes { json.bytes($0) }
        return
      }
      text.append(contentsOf: chunk[..<got])
    }
    throw Unreadable(
      message: "the text at 0x\(String(address, radix: 16)) has no end within \(Limits.textBytes) bytes")
  }

  // MARK: Outputs

  private func tellOutput(_ index: Int, _ json: inout JSONText) throws(Unreadable) {
    guard case .buffer(let direction, let content, _, let length) = parameters[index].role,
      direction.isWritten,
      let memory = buffers[index].seen
    else { return }
    var count = buffers[index].elements
    if let length, length.direction != .in {
      let told = value(length.type, cell(of: index))
      guard told >= 0, told <= count else {
        throw Unreadable(
          message: "the function says that '\(names[index])' has \(told) elements, there is room for \(count)"
        )
      }
      count = Int(told)
      if let name = length.name {
        json.key(name)
        json.integer(Int64(told))
      }
    }
    // Told as the result.
    if entry.function.resultClause?.buffer == parameters[index].name, entry.function.resultClause != nil {
      return
    }
    json.key(names[index])
    try tell(content, memory, count, &json)
  }

  private func tell(
    _ content: Content, _ memory: UnsafeRawPointer, _ count: Int, _ json: inout JSONText
  ) throws(Unreadable) {
    switch content {
    case .value(let type): try tell(type, memory, &json)
    case .bytes: json.bytes(UnsafeRawBufferPointer(start: memory, count: count))
    case .array(let type):
      let stride = stride(of: content)
      json.open("[")
      for index in 0..<count { try tell(type, memory + index * stride, &json) }
      json.close("]")
    }
  }

  private func tellResult(_ code: Int32, _ json: inout JSONText) throws(Unreadable) {
    guard let clause = entry.function.resultClause,
      let index = parameters.firstIndex(where: { $0.name == clause.buffer }),
      let memory = buffers[index].seen,
      case .buffer(_, let content, _, _) = parameters[index].role
    else { return }
    let end = evaluate(clause.end, code)
    // Nothing is told of a call that has failed.
    guard failure(code) == nil else { return }
    guard end >= 0, end <= buffers[index].elements else {
      throw Unreadable(
        message:
          "the result would be \(clause.buffer)[0..\(end)], there is room for \(buffers[index].elements)")
    }
    json.key("result")
    if clause.form == .cstr {
      let bytes = UnsafeRawBufferPointer(start: memory, count: Int(end))
      json.bytes(UnsafeRawBufferPointer(rebasing: bytes.prefix { $0 != 0 }))
    } else {
      try tell(content, memory, Int(end), &json)
    }
  }

  // MARK: Conditions

  /// The first condition that holds.
  private func failure(_ code: Int32) -> String? {
    for condition in entry.function.failures where condition.allSatisfy({ holds($0, code) }) {
      return condition.map { Printer.text($0) }.joined(separator: " and ")
    }
    return nil
  }

  private func holds(_ comparison: Comparison, _ code: Int32) -> Bool {
    let left = evaluate(comparison.left, code)
    let right = evaluate(comparison.right, code)
    return switch comparison.comparator {
    case .equal: left == right
    case .unequal: left != right
    case .less: left < right
    case .lessOrEqual: left <= right
    case .greater: left > right
    case .greaterOrEqual: left >= right
    }
  }

  private func evaluate(_ expression: Expression, _ code: Int32) -> Int128 {
    switch expression {
    case .integer(let value): return Int128(value)
    case .minimum(let left, let right): return min(evaluate(left, code), evaluate(right, code))
    case .name("errno", _): return Int128(code)
    case .name("ret", _):
      if case .value(.scalar(let scalar)) = entry.function.result { return value(scalar, result) }
      return Int128(result.load(as: UInt.self))
    case .name(let name, _):
      for (index, parameter) in parameters.enumerated() {
        switch parameter.role {
        case .value(.scalar(let scalar)) where parameter.name == name: return value(scalar, slotOf[index])
        case .buffer(_, .value(.scalar(let scalar)), _, _) where parameter.name == name:
          return buffers[index].seen.map { value(scalar, $0) } ?? 0
        case .buffer(_, _, _, let length?) where length.name == name:
          return length.direction == .in
            ? Int128(buffers[index].elements) : value(length.type, cell(of: index))
        default: continue
        }
      }
      return 0
    }
  }

  private func value(_ scalar: Scalar, _ memory: UnsafeRawPointer) -> Int128 {
    switch scalar {
    case .bool: memory.load(as: UInt8.self) != 0 ? 1 : 0
    case .i8: Int128(memory.load(as: Int8.self))
    case .i16: Int128(memory.load(as: Int16.self))
    case .i32: Int128(memory.load(as: Int32.self))
    case .i64: Int128(memory.load(as: Int64.self))
    case .u8: Int128(memory.load(as: UInt8.self))
    case .u16: Int128(memory.load(as: UInt16.self))
    case .u32: Int128(memory.load(as: UInt32.self))
    case .u64, .size: Int128(memory.load(as: UInt64.self))
    case .f32, .f64: 0
    }
  }
}
