import Commands
import TestSupport

/// The words of the commands that a command line of GNU parallel's form makes.
func commands(_ words: [String], shell: Bool = false, slot: Int = 1) throws -> [[String]] {
  let bytes = words.map { Array($0.utf8) }
  let split = bytes.firstIndex { InputSources.Separator($0) != nil } ?? bytes.count
  let template = Template(bytes[..<split], mode: shell ? .shell : .words)
  let sources = try InputSources(bytes[split...]) { _ in [] }
  var made: [[String]] = []
  var sequence = 0
  try sources.forEach { arguments throws(InputSources.Problem) in
    sequence += 1
    let expansion = template.expanded(arguments, sequence: sequence)
    let command = Command(words: expansion.words, slots: expansion.slots, isShell: shell)
    guard let task = command.bytes else { throw InputSources.Problem(message: "no command") }
    made.append(texts(of: task, slot: slot))
  }
  return made
}

/// As a worker finds them in a request.
func texts(of task: [UInt8], slot: Int = 1) -> [String] {
  let request = task.withUnsafeBytes { CommandBytes($0)?.filled(slot: slot) ?? [] }
  return request.dropFirst(Command.headerCount).split(separator: 0, omittingEmptySubsequences: false)
    .dropLast()
    .map { String(decoding: $0, as: UTF8.self) }
}

extension Array where Element == UInt8 {
  var text: String { String(decoding: self, as: UTF8.self) }
}

/// Numbers that are the same in each run.
struct Dice {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func roll(_ sides: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int((state >> 11) % UInt64(sides))
  }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[roll(elements.count)] }
}
