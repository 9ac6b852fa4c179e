internal import ForeignSignatures

// From JSON into memory. What does not fit is noted in the input, with its place.
extension CompiledFunction {
  func store(
    _ node: JSONNode, _ content: Content, _ memory: UnsafeMutableRawPointer, _ count: Int,
    _ input: inout CallInput
  ) {
    switch content {
    case .value(let type): store(node, type, memory, &input)
    case .bytes: storeBytes(node, UnsafeMutableRawBufferPointer(start: memory, count: count), &input)
    case .array(let type):
      guard case .array(let elements) = node.value else { return }
      let stride = stride(of: content)
      for (index, element) in elements.enumerated() {
        store(element, type, memory + index * stride, &input)
        // A thousand wrong numbers are told as well by ten.
        if input.problems.count > 10 { return }
      }
    }
  }

  func store(
    _ node: JSONNode, _ type: ValueType, _ memory: UnsafeMutableRawPointer, _ input: inout CallInput
  ) {
    switch type {
    case .scalar(let scalar): store(node, scalar, memory, &input)
    case .text: storeText(node, memory, &input)
    case .pointer, .reference: storePointer(node, memory, &input)
    case .structure(let name):
      guard let layout = layouts.structures[name] else { return }
      guard case .object(let members) = node.value else {
        input.add(node, "found \(node.typeName), expected an object with the members of struct \(name)")
        return
      }
      store(members, layout, name, node, memory, &input)
    }
  }

  private func store(
    _ members: [(key: JSONNode, value: JSONNode)], _ layout: StructLayout, _ name: String, _ node: JSONNode,
    _ memory: UnsafeMutableRawPointer, _ input: inout CallInput
  ) {
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: layout.size)
    var seen: Set<String> = []
    for member in members {
      guard case .text(let range, _) = member.key.value else { continue }
      let key = String(decoding: input.reader.slice(range), as: UTF8.self)
      guard let place = layout.members.first(where: { $0.name == key }) else {
        input.add(member.key, "struct \(name) has no member '\(key)'")
        continue
      }
      if !seen.insert(key).inserted { input.add(member.key, "the member '\(key)' is there twice") }
      store(member.value, place.type, memory + place.offset, &input)
    }
    for place in layout.members where !seen.contains(place.name) {
      input.add(node, "the member '\(place.name)' of struct \(name) is missing")
    }
  }

  // MARK: Numbers

  private func store(
    _ node: JSONNode, _ scalar: Scalar, _ memory: UnsafeMutableRawPointer, _ input: inout CallInput
  ) {
    switch scalar {
    case .bool:
      guard case .boolean(let value) = node.value else {
        input.add(node, "found \(shown(node, input)), expected true or false")
        return
      }
      memory.storeBytes(of: value ? 1 : 0, as: UInt8.self)
    case .f64:
      if let value = real(node, &input) { memory.storeBytes(of: value, as: Double.self) }
    case .f32:
      guard let value = real(node, &input) else { return }
      let single = Float(value)
      guard single.isFinite || !value.isFinite else {
        input.add(node, "found \(shown(node, input)), expected a number that an f32 holds")
        return
      }
      memory.storeBytes(of: single, as: Float.self)
    default:
      guard let value = integer(node, scalar, "", &input) else { return }
      switch scalar.byteCount {
      case 1: memory.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
      case 2: memory.storeBytes(of: UInt16(truncatingIfNeeded: value), as: UInt16.self)
      case 4: memory.storeBytes(of: UInt32(truncatingIfNeeded: value), as: UInt32.self)
      default: memory.storeBytes(of: UInt64(truncatingIfNeeded: value), as: UInt64.self)
      }
    }
  }

  private func shown(_ node: JSONNode, _ input: CallInput) -> String {
    switch node.value {
    case .number(let range): String(decoding: input.reader.slice(range).prefix(40), as: UTF8.self)
    case .text(let range, _):
      "\"" + String(decoding: input.reader.slice(range).prefix(40), as: UTF8.self) + "\""
    default: node.typeName
    }
  }

  /// A whole number: digits, or a text of digits, which it must be beyond 2^53.
  func integer(_ node: JSONNode, _ scalar: Scalar, _ name: String, _ input: inout CallInput) -> Int128? {
    let bits = Int128(scalar.byteCount * 8)
    let low: Int128 = scalar.isSigned ? -(1 << (bits - 1)) : 0
    let high: Int128 = scalar.isSigned ? 1 << (bits - 1) - 1 : 1 << bits - 1
    let prefix = name.isEmpty ? "" : "\(name): "
    let range: Range<Int>
    var isText = false
    switch node.value {
    case .number(let digits): range = digits
    case .text(let digits, false):
      range = digits
      isText = true
    default:
      input.add(node, "\(prefix)found \(node.typeName), expected a whole number from \(low) to \(high)")
      return nil
    }
    guard let value = Self.decimal(input.reader.slice(range)), value >= low, value <= high else {
      input.add(node, "\(prefix)found \(shown(node, input)), expected a whole number from \(low) to \(high)")
      return nil
    }
    guard isText || value.magnitude <= 1 << 53 else {
      input.add(
        node,
        "\(prefix)found \(value), expected a text: numbers beyond 2^53 are rounded by many writers of JSON")
      return nil
    }
    return value
  }

  private static func decimal(_ digits: UnsafeRawBufferPointer) -> Int128? {
    let isNegative = digits.first == UInt8(ascii: "-")
    let rest = isNegative ? digits.dropFirst() : digits[...]
    guard 1...20 ~= rest.count else { return nil }
    var value: Int128 = 0
    for byte in rest {
      guard byte >= 0x30, byte <= 0x39 else { return nil }
      value = value * 10 + Int128(byte - 0x30)
    }
    return isNegative ? -value : value
  }

  private func real(_ node: JSONNode, _ input: inout CallInput) -> Double? {
    switch node.value {
    case .number(let range):
      if let value = Double(String(decoding: input.reader.slice(range), as: UTF8.self)), value.isFinite {
        return value
      }
    case .text(let range, false):
      switch String(decoding: input.reader.slice(range), as: UTF8.self) {
      case "nan": return .nan
      case "inf": return .infinity
      case "-inf": return -.infinity
      default: break
      }
    default: break
    }
    input.add(node, "found \(shown(node, input)), expected a number, or one of \"nan\", \"inf\" and \"-inf\"")
    return nil
  }

  // MARK: Texts, bytes, addresses

  /// How many bytes a value stands for: a text its UTF-8, an object {"base64": ...} what is encoded.
  func byteCount(_ node: JSONNode, _ input: inout CallInput) -> Int {
    switch node.value {
    case .text(let range, false): return range.count
    case .text(let range, true): return unescaped(range, &input)?.count ?? 0
    case .object:
      guard let digits = base64(node, &input) else { return 0 }
      if let count = digits.withBytes(input.reader, Base64.decodedCount) { return count }
      input.add(node, "found \(digits.count) digits, expected base64 with padding, in fours")
      return 0
    default:
      input.add(node, "found \(node.typeName), expected a text, or an object {\"base64\": ...}")
      return 0
    }
  }

  private func storeBytes(
    _ node: JSONNode, _ memory: UnsafeMutableRawBufferPointer, _ input: inout CallInput
  ) {
    switch node.value {
    case .text(let range, false): memory.copyMemory(from: input.reader.slice(range))
    case .text(let range, true):
      if let bytes = unescaped(range, &input) { memory.copyBytes(from: bytes) }
    case .object:
      guard let digits = base64(node, &input) else { return }
      if let wrong = digits.withBytes(input.reader, { Base64.decode($0, into: memory) }) {
        input.problems.append(
          CallInput.Problem(
            offset: digits.offset + wrong, message: "this is no digit of base64, or one too much"))
      }
    default: break
    }
  }

  private func unescaped(_ range: Range<Int>, _ input: inout CallInput) -> [UInt8]? {
    do throws(JSONReader.Failure) {
      return try input.reader.unescaped(range)
    } catch {
      input.problems.append(CallInput.Problem(offset: error.offset, message: error.message))
      return nil
    }
  }

  /// The text of an object {"base64": ...}. Some writers escape the slash.
  private enum Digits {
    case plain(Range<Int>)
    case unescaped([UInt8], offset: Int)

    var offset: Int {
      switch self {
      case .plain(let range): range.lowerBound
      case .unescaped(_, let offset): offset
      }
    }

    var count: Int {
      switch self {
      case .plain(let range): range.count
      case .unescaped(let bytes, _): bytes.count
      }
    }

    func withBytes<Result>(_ reader: JSONReader, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
      switch self {
      case .plain(let range): body(reader.slice(range))
      case .unescaped(let bytes, _): bytes.withUnsafeBytes(body)
      }
    }
  }

  private func base64(_ node: JSONNode, _ input: inout CallInput) -> Digits? {
    guard case .object(let members) = node.value, members.count == 1,
      case .text(let key, _) = members[0].key.value, input.reader.slice(key).elementsEqual("base64".utf8),
      case .text(let range, let hasEscapes) = members[0].value.value
    else {
      input.add(node, "expected an object with the one member \"base64\", a text")
      return nil
    }
    guard hasEscapes else { return .plain(range) }
    return unescaped(range, &input).map { .unescaped($0, offset: range.lowerBound) }
  }

  private func storeText(_ node: JSONNode, _ memory: UnsafeMutableRawPointer, _ input: inout CallInput) {
    if case .null = node.value {
      memory.storeBytes(of: 0, as: UInt.self)
      return
    }
    let before = input.problems.count
    let count = byteCount(node, &input)
    guard input.problems.count == before else { return }
    var bytes = [UInt8](repeating: 0, count: count)
    bytes.withUnsafeMutableBytes { storeBytes(node, $0, &input) }
    guard input.problems.count == before else { return }
    if let zero = bytes.firstIndex(of: 0) {
      input.add(node, "found a NUL at byte \(zero + 1), expected a text without one: it would end there")
      return
    }
    if texts.bytes.count + count > Limits.bufferBytes {
      input.add(node, "found \(count) bytes of text, expected at most \(Limits.bufferBytes) in one call")
      return
    }
    texts.add(bytes, usedAt: memory)
  }

  private func storePointer(_ node: JSONNode, _ memory: UnsafeMutableRawPointer, _ input: inout CallInput) {
    switch node.value {
    case .null: memory.storeBytes(of: 0, as: UInt.self)
    case .text(let range, false):
      let text = String(decoding: input.reader.slice(range), as: UTF8.self)
      guard text.hasPrefix("0x"), let value = UInt(text.dropFirst(2), radix: 16) else { fallthrough }
      memory.storeBytes(of: value, as: UInt.self)
    default: input.add(node, "found \(shown(node, input)), expected null, or an address such as \"0x0\"")
    }
  }
}
