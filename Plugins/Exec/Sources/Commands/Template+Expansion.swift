extension Template {
  /// The command of these arguments. `sequence` is what `{#}` stands for.
  package func expanded(_ arguments: [[UInt8]], sequence: Int) -> Expansion {
    var expansion = Expansion()
    for word in words { put(word, arguments, sequence, into: &expansion) }
    return expansion
  }

  private func put(
    _ word: [Part], _ arguments: [[UInt8]], _ sequence: Int, into expansion: inout Expansion
  ) {
    for part in word {
      switch part {
      case .text(let text): expansion.append(text)
      case .sequence: expansion.append(Array("\(sequence)".utf8))
      case .slot: expansion.appendSlot()
      case .one(let position, let form):
        // As in GNU parallel (-q): an argument that is not there is an empty one; for a shell it is nothing.
        let index = position > 0 ? position - 1 : arguments.count + position
        expansion.append(arguments.indices.contains(index) ? value(arguments[index], form) : [])
      case .all(let form):
        for (index, argument) in arguments.enumerated() {
          if index > 0 {
            if mode == .words { expansion.endWord() } else { expansion.append([UInt8(ascii: " ")]) }
          }
          expansion.append(value(argument, form))
        }
      }
    }
    expansion.endWord()
  }

  private func value(_ argument: [UInt8], _ form: Form) -> [UInt8] {
    let value: [UInt8] =
      switch form {
      case .whole: argument
      case .withoutExtension: Array(PathParts.withoutExtension(argument[...]))
      case .base: Array(PathParts.base(argument))
      case .directory: PathParts.directory(argument)
      case .baseWithoutExtension: Array(PathParts.withoutExtension(PathParts.base(argument)))
      }
    return mode == .shell && !takesLines ? ShellQuoting.quoted(value) : value
  }
}

/// The words that a template has become, and where the number of the slot is to be put in.
package struct Expansion: Equatable, Sendable {
  package struct Slot: Equatable, Sendable {
    package var word: Int
    package var offset: Int

    package init(word: Int, offset: Int) {
      self.word = word
      self.offset = offset
    }
  }

  package private(set) var words: [[UInt8]] = []
  package private(set) var slots: [Slot] = []
  private var word: [UInt8] = []
  private var isStarted = false

  mutating func append(_ bytes: [UInt8]) {
    word += bytes
    isStarted = true
  }

  mutating func appendSlot() {
    slots.append(Slot(word: words.count, offset: word.count))
    isStarted = true
  }

  mutating func endWord() {
    if isStarted { words.append(word) }
    word = []
    isStarted = false
  }
}
