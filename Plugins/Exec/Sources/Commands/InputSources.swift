/// The arguments that stand behind `:::` and its kin, as GNU parallel puts them together.
package struct InputSources: Equatable, Sendable {
  /// Why words are no sources.
  package struct Problem: Error, Equatable, Sendable {
    package var message: String

    package init(message: String) { self.message = message }
  }

  /// Sources that are linked; groups are multiplied.
  private var groups: [[[[UInt8]]]] = []

  /// `words` begin with a separator. `read` gives the lines of a file.
  package init(
    _ words: some Sequence<[UInt8]>, read: ([UInt8]) throws(Problem) -> [[UInt8]]
  ) throws(Problem) {
    var values: [[UInt8]] = []
    var separator: Separator?
    for word in words {
      if let next = Separator(word) {
        try end(separator, &values)
        separator = next
      } else if separator?.namesFiles == true {
        values += try read(word)
      } else {
        values.append(word)
      }
    }
    try end(separator, &values)
  }

  private mutating func end(_ separator: Separator?, _ values: inout [[UInt8]]) throws(Problem) {
    guard let separator else { return }
    if separator.isLinked, !groups.isEmpty {
      groups[groups.count - 1].append(values)
    } else {
      groups.append([values])
    }
    values = []
  }

  /// Whether nothing at all was given.
  package var isEmpty: Bool { groups.allSatisfy { $0.allSatisfy(\.isEmpty) } }

  /// How many combinations there are.
  package var count: Int {
    if isEmpty { return 0 }
    return groups.reduce(1) { $0.multipliedReportingOverflow(by: Self.length($1)).partialValue }
  }

  /// Each combination, in order: the last group changes fastest. A source without values counts as one empty value where
  /// others have some; of linked sources the shortest tells how many there are.
  package func forEach<Failure: Error>(_ body: ([[UInt8]]) throws(Failure) -> Void) throws(Failure) {
    if isEmpty { return }
    let lengths = groups.map(Self.length)
    var indices = [Int](repeating: 0, count: groups.count)
    while true {
      var record: [[UInt8]] = []
      for (group, index) in zip(groups, indices) {
        for source in group { record.append(source.isEmpty ? [] : source[index]) }
      }
      try body(record)
      var place = groups.count - 1
      while place >= 0 {
        indices[place] += 1
        if indices[place] < lengths[place] { break }
        indices[place] = 0
        place -= 1
      }
      if place < 0 { return }
    }
  }

  private static func length(_ group: [[[UInt8]]]) -> Int {
    max(group.map { max($0.count, 1) }.min() ?? 1, 1)
  }

  /// A word that begins a source.
  package struct Separator: Equatable, Sendable {
    package var namesFiles: Bool
    package var isLinked: Bool

    package init?(_ word: some Collection<UInt8>) {
      switch String(decoding: word.prefix(6), as: UTF8.self) {
      case ":::": (namesFiles, isLinked) = (false, false)
      case ":::+": (namesFiles, isLinked) = (false, true)
      case "::::": (namesFiles, isLinked) = (true, false)
      case "::::+": (namesFiles, isLinked) = (true, true)
      default: return nil
      }
    }
  }
}
