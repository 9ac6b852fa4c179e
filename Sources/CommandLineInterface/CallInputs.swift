internal import Conformance
internal import Glibc
internal import TaskHost

/// From words of the command line to what a hook is given.
struct CallInputs {
  private static let mostBytes = 64 << 20
  private var hasReadInput = false

  /// One for each input of the hook.
  mutating func inputs(
    _ words: [String], for hook: CallableHook
  ) throws(CommandFailure) -> [HookInput] {
    var rest = words[...]
    var inputs: [HookInput] = []
    for input in hook.inputs {
      if input.kind == .words {
        var list: [[UInt8]] = []
        while let word = rest.popFirst() { list.append(try bytes(word)) }
        inputs.append(.words(list))
        continue
      }
      guard let word = rest.popFirst() else {
        if input.kind == .optionalBytes {
          inputs.append(.null)
          continue
        }
        throw Self.count(words, hook)
      }
      inputs.append(try self.input(word, input))
    }
    if !rest.isEmpty { throw Self.count(words, hook) }
    return inputs
  }

  private static func count(_ words: [String], _ hook: CallableHook) -> CommandFailure {
    let names = hook.inputs.map { $0.kind == .optionalBytes ? "[\($0.name)]" : $0.name }
    let expected = names.isEmpty ? "none" : names.joined(separator: " ")
    return PluginCallCommand.usage(
      "\(hook.id) is given \(words.count == 1 ? "1 argument" : "\(words.count) arguments"); expected \(expected)"
    )
  }

  private mutating func input(
    _ word: String, _ input: CallableHook.Input
  ) throws(CommandFailure) -> HookInput {
    switch input.kind {
    case .bytes, .optionalBytes, .words: return .bytes(try bytes(word))
    case .text:
      let bytes = try bytes(word)
      if bytes.contains(0) { throw PluginCallCommand.wrong(input.name, word, "text without NUL") }
      return .bytes(bytes)
    case .number:
      guard let number = Double(word) else { throw PluginCallCommand.wrong(input.name, word, "a number") }
      return .number(number)
    case .integer(let smallest, let largest):
      if let value = Int64(word), value < 0, value >= smallest {
        return .integer(UInt64(bitPattern: value))
      }
      guard let value = UInt64(word), value <= largest else {
        throw PluginCallCommand.wrong(input.name, word, "an integer from \(smallest) to \(largest)")
      }
      return .integer(value)
    }
  }

  /// Text, `@FILE`, `hex:0a0b`, `-` for standard input, `text:...`.
  mutating func bytes(_ word: String) throws(CommandFailure) -> [UInt8] {
    if word == "-" {
      if hasReadInput { throw PluginCallCommand.usage("standard input (-) can be given once only") }
      hasReadInput = true
      return try Self.read(0, "standard input")
    }
    if word.hasPrefix("text:") { return Array(word.utf8.dropFirst(5)) }
    if word.hasPrefix("hex:") { return try Self.hexadecimal(word) }
    guard word.hasPrefix("@") else { return Array(word.utf8) }
    let path = String(word.dropFirst())
    let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw Self.unreadable(path, errno) }
    defer { close(file) }
    return try Self.read(file, path)
  }

  private static func hexadecimal(_ word: String) throws(CommandFailure) -> [UInt8] {
    var bytes: [UInt8] = []
    var half: UInt8?
    for character in word.dropFirst(4) {
      guard let digit = character.isASCII ? character.hexDigitValue : nil else {
        throw PluginCallCommand.usage("'\(word)': '\(character)' is no hexadecimal digit")
      }
      if let high = half {
        bytes.append(high << 4 | UInt8(digit))
        half = nil
      } else {
        half = UInt8(digit)
      }
    }
    if half != nil {
      throw PluginCallCommand.usage("'\(word)': expected two hexadecimal digits for each byte")
    }
    return bytes
  }

  private static func read(_ file: Int32, _ name: String) throws(CommandFailure) -> [UInt8] {
    var bytes: [UInt8] = []
    var problem: CommandFailure?
    withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 8) { chunk in
      while problem == nil {
        let count = Glibc.read(file, chunk.baseAddress, chunk.count)
        if count == 0 { return }
        if count < 0 {
          if errno == EINTR { continue }
          problem = unreadable(name, errno)
          return
        }
        if bytes.count + count > mostBytes {
          problem = CommandFailure(
            RunError(
              .badInput, "\(name) has more than \(mostBytes >> 20) MiB, which is too much for an argument"))
          return
        }
        bytes.append(contentsOf: chunk[..<count])
      }
    }
    if let problem { throw problem }
    return bytes
  }

  private static func unreadable(_ name: String, _ error: Int32) -> CommandFailure {
    CommandFailure(
      RunError(
        .badInput, "\(name) can not be read", causes: ["\(String(cString: strerror(error))) (errno \(error))"]
      ))
  }
}
