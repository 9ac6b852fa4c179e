/// "Did you mean".
package enum NearestWord {
  /// The candidate that `word` is most likely a slip of; nil when none is near.
  package static func to(_ word: String, among candidates: some Sequence<String>) -> String? {
    let limit = max(1, word.utf8.count / 3)
    let best = candidates.map { ($0, distance(Array(word.utf8), Array($0.utf8))) }.min { $0.1 < $1.1 }
    guard let best, best.1 <= limit else { return nil }
    return best.0
  }

  /// How many bytes must be inserted, deleted, replaced or swapped with their neighbour.
  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var before: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
      var current = [i + 1]
      for j in b.indices {
        var cost = min(last[j + 1] + 1, current[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
        current.append(cost)
      }
      before = last
      last = current
    }
    return last[b.count]
  }
}
