internal import CPosix
internal import Conformance
internal import Glibc
internal import TaskHost

/// From words of the command line to what a hook is given.
struct CallInputs {
  private static let mostBytes = 64 << 20
  /// Those of the process where not all are UTF-8.
  private let rawArguments: [[UInt8]]
  /// On the monotonic clock: until then all must have been read.
  private let deadline: UInt64
  /// What the user has said of it.
  private let timeout: String
  /// Readable once the user has ended the command.
  private let interruption: Int32
  private var hasReadInput = false

  init(rawArguments: [[UInt8]], deadline: UInt64, timeout: String, interruption: Int32) {
    self.rawArguments = rawArguments
    self.deadline = deadline
    self.timeout = timeout
    self.interruption = interruption
  }

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
    return CommandFailure.usage(
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
      if bytes.contains(0) { throw OptionValue.wrong(input.name, word, expected: "text without NUL") }
      return .bytes(bytes)
    case .number:
      guard let number = Double(word) else { throw OptionValue.wrong(input.name, word, expected: "a number") }
      return .number(number)
    case .integer(let smallest, let largest):
      if let value = Int64(word), value < 0, value >= smallest {
        return .integer(UInt64(bitPattern: value))
      }
      guard let value = UInt64(word), value <= largest else {
        throw OptionValue.wrong(input.name, word, expected: "an integer from \(smallest) to \(largest)")
      }
      return .integer(value)
    }
  }

  /// Text, `@FILE`, `hex:0a0b`, `-` for standard input, `text:...`.
  mutating func bytes(_ word: String) throws(CommandFailure) -> [UInt8] {
    if word == "-" {
      if hasReadInput { throw CommandFailure.usage("standard input (-) can be given once only") }
      hasReadInput = true
      return try read(0, "standard input")
    }
    if word.hasPrefix("hex:") { return try Self.hexadecimal(word) }
    let raw = try RawWords.bytes(of: word, in: rawArguments)
    if word.hasPrefix("text:") { return Array(raw.dropFirst(5)) }
    guard word.hasPrefix("@") else { return raw }
    let name = String(word.dropFirst())
    // A FIFO that nobody writes to is waited for by `poll`, which has an end.
    let file = (raw.dropFirst().map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer {
      Glibc.open($0.baseAddress!, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    }
    guard file >= 0 else { throw Self.unreadable(name, errno) }
    defer { close(file) }
    return try read(file, name)
  }

  private static func hexadecimal(_ word: String) throws(CommandFailure) -> [UInt8] {
    var bytes: [UInt8] = []
    var half: UInt8?
    for character in word.dropFirst(4) {
      guard let digit = character.isASCII ? character.hexDigitValue : nil else {
        throw CommandFailure.usage("'\(word)': '\(character)' is no hexadecimal digit")
      }
      if let high = half {
        bytes.append(high << 4 | UInt8(digit))
        half = nil
      } else {
        half = UInt8(digit)
      }
    }
    if half != nil {
      throw CommandFailure.usage("'\(word)': expected two hexadecimal digits for each byte")
    }
    return bytes
  }

  /// Waits until there is something to read; what keeps it from that.
  private func hindrance(to file: Int32, _ name: String) -> CommandFailure? {
    while true {
      let now = cpx_now()
      var polls = [file, interruption].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      // One more than needed, so that the deadline has passed.
      let rest = now < deadline ? Int32(clamping: (deadline - now) / 1_000_000 + 1) : 0
      let count = poll(&polls, nfds_t(polls.count), rest)
      if count < 0, errno == EINTR { continue }
      if count < 0 { return Self.unreadable(name, errno) }
      if polls[1].revents != 0 { return CommandFailure(RunError(.infrastructure, "interrupted")) }
      if polls[0].revents != 0 { return nil }
      if cpx_now() < deadline { continue }
      return CommandFailure(
        RunError(.badInput, "\(name) can not be read: it has not come to its end within --timeout \(timeout)")
      )
    }
  }

  private func read(_ file: Int32, _ name: String) throws(CommandFailure) -> [UInt8] {
    var bytes: [UInt8] = []
    var problem: CommandFailure?
    withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 8) { chunk in
      while true {
        problem = hindrance(to: file, name)
        if problem != nil { return }
        let count = Glibc.read(file, chunk.baseAddress, chunk.count)
        if count == 0 { return }
        if count < 0 {
          if errno == EINTR || errno == EAGAIN { continue }
          problem = Self.unreadable(name, errno)
          return
        }
        if bytes.count + count > Self.mostBytes {
          problem = CommandFailure(
            RunError(
              .badInput,
              "\(name) has more than \(Self.mostBytes >> 20) MiB, which is too much for an argument"))
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
