internal import ForeignMemory
internal import ForeignSignatures

extension CompiledFunction {
  /// Takes what the line says, calls, and tells what came back. Nothing is called while anything is wrong with the line.
  func perform(_ input: inout CallInput, serial: UInt64, line: Int) -> [CallRecord] {
    texts.reset()
    var expected: [String] = []
    for index in parameters.indices { prepare(index, &input, &expected) }
    input.refuseRest(expected)
    guard input.problems.isEmpty, placeTexts(&input) else {
      return input.problems.sorted { $0.offset < $1.offset }.map {
        CallRecord(line: line, at: $0.offset, $0.message, function: number, id: input.id)
      }
    }
    let code = invoke(serial: serial, line: line)
    return [tell(code, id: input.id, serial: serial, line: line)]
  }

  // MARK: Arguments

  private func prepare(_ index: Int, _ input: inout CallInput, _ expected: inout [String]) {
    let slot = slotOf[index]
    switch parameters[index].role {
    case .constant, .callback: break
    case .value(let type):
      expected.append(names[index])
      guard let node = need(index, &input) else { return }
      store(node, type, slot, &input)
    case .buffer(let direction, let content, let capacity, let length):
      if direction.isRead { expected.append(names[index]) }
      if case .named(let name) = capacity { expected.append(name) }
      guard fill(index, direction, content, capacity, &input), let seen = buffers[index].seen else { return }
      slot.storeBytes(of: seen, as: UnsafeMutableRawPointer.self)
      if let length { prepare(length, of: index, slot + (length.isInFront ? -16 : 16), &input) }
    }
  }

  private func need(_ index: Int, _ input: inout CallInput) -> JSONNode? {
    if let node = input.take(nameBytes[index]) { return node }
    input.problems.append(CallInput.Problem(offset: 0, message: "the argument '\(names[index])' is missing"))
    return nil
  }

  /// False: there is a problem, which has been noted.
  private func fill(
    _ index: Int, _ direction: Direction, _ content: Content, _ capacity: Capacity, _ input: inout CallInput
  ) -> Bool {
    let before = input.problems.count
    var node: JSONNode?
    if direction.isRead {
      node = need(index, &input)
      if node == nil { return false }
    }
    let stride = stride(of: content)
    var count = 1
    switch content {
    case .value: break
    case .bytes: count = node.map { byteCount($0, &input) } ?? 0
    case .array:
      if let node {
        guard case .array(let elements) = node.value else {
          input.add(node, "\(names[index]): found \(node.typeName), expected an array")
          return false
        }
        count = elements.count
      } else {
        count = 0
      }
    }
    var room = count
    switch capacity {
    case .none: break
    case .fixed(let fixed): room = fixed
    case .named(let name):
      guard let given = self.capacity(name, &input) else { return false }
      room = given
    }
    guard input.problems.count == before else { return false }
    guard count <= room, room <= Limits.bufferBytes / max(stride, 1) else {
      let problem =
        "\(names[index]): found \(max(count, room)) elements of \(stride) bytes, expected at most "
      let most = count > room ? room : Limits.bufferBytes / max(stride, 1)
      input.problems.append(CallInput.Problem(offset: node?.offset ?? 0, message: problem + "\(most)"))
      return false
    }
    let isInput = direction == .in
    guard place(index, elements: room, byteCount: room * stride, isInput: isInput),
      let memory = buffers[index].write
    else {
      input.problems.append(
        CallInput.Problem(offset: 0, message: "\(names[index]): no memory of \(room * stride) bytes"))
      return false
    }
    if !isInput { memory.initializeMemory(as: UInt8.self, repeating: 0, count: room * stride) }
    if let node { store(node, content, memory, count, &input) }
    return input.problems.count == before
  }

  func stride(of content: Content) -> Int {
    switch content {
    case .bytes: 1
    case .array(let type), .value(let type): layouts.measure(type)?.size ?? 1
    }
  }

  private func capacity(_ name: String, _ input: inout CallInput) -> Int? {
    guard let node = input.take(Array(name.utf8)) else {
      input.problems.append(CallInput.Problem(offset: 0, message: "the argument '\(name)' is missing"))
      return nil
    }
    guard let value = integer(node, .u32, name, &input), let count = Int(exactly: value) else { return nil }
    return count
  }

  private func prepare(
    _ length: LengthBinding, of index: Int, _ slot: UnsafeMutableRawPointer, _ input: inout CallInput
  ) {
    let count = buffers[index].elements
    let bits = length.type.byteCount * 8 - (length.type.isSigned ? 1 : 0)
    guard bits >= 63 || count < 1 << bits else {
      input.problems.append(
        CallInput.Problem(
          offset: 0,
          message:
            "\(names[index]): \(count) elements, more than a \(length.type.rawValue) tells the function"))
      return
    }
    if length.direction == .in {
      slot.storeBytes(of: Int64(count), as: Int64.self)
      return
    }
    let cell = cell(of: index)
    cell.storeBytes(of: length.direction == .inout ? Int64(count) : 0, as: Int64.self)
    slot.storeBytes(of: cell, as: UnsafeMutableRawPointer.self)
  }

  /// Where the function changes the length of a buffer.
  func cell(of index: Int) -> UnsafeMutableRawPointer {
    let region = parameters.count + 1
    // One page has room for all arguments that there may be.
    if buffers[region].seen == nil { _ = place(region, elements: 64, byteCount: 64 * 8, isInput: false) }
    guard let seen = buffers[region].seen else { return slotOf[index] }
    return seen + index * 8
  }

  /// All texts are known: they get their place, and those that point to them are told.
  private func placeTexts(_ input: inout CallInput) -> Bool {
    guard !texts.uses.isEmpty else { return true }
    let region = parameters.count
    guard place(region, elements: texts.bytes.count, byteCount: texts.bytes.count, isInput: true),
      let memory = buffers[region].write, let seen = buffers[region].seen
    else {
      input.problems.append(
        CallInput.Problem(offset: 0, message: "no memory for \(texts.bytes.count) bytes of text"))
      return false
    }
    texts.bytes.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    for use in texts.uses { use.pointer.storeBytes(of: seen + use.offset, as: UnsafeMutableRawPointer.self) }
    return true
  }
}
