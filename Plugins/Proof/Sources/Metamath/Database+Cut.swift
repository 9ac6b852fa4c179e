extension Database {
  /// Cuts the proofs into parts of about equal length of text. The same database is cut the same way in every process,
  /// and the parts cover each proof once, whatever `parts` is; some are empty when there are more parts than proofs.
  package func cut(parts: Int) -> [Range<Int>] {
    (0..<max(parts, 1)).map { range(ofPart: $0, of: max(parts, 1)) }
  }

  /// Part `part`, from 0, of `parts`.
  package func range(ofPart part: Int, of parts: Int) -> Range<Int> {
    bound(part, of: parts)..<bound(part + 1, of: parts)
  }

  /// The first proof that begins at or after `part / parts` of all proof text.
  private func bound(_ part: Int, of parts: Int) -> Int {
    let count = starts.count - 1
    if part <= 0 { return 0 }
    if part >= parts { return count }
    // Exact, so that part i of n is parts 2i and 2i+1 of 2n.
    let goal = parts.dividingFullWidth(starts[count].multipliedFullWidth(by: part)).quotient
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] < goal { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Cuts a range of proofs into about `pieces` parts (at least 2, fewer than twice as many) of about equal length of text,
  /// none of them empty. Each part of a range of several proofs is smaller than the range.
  package func cut(_ range: Range<Int>, pieces: Int) -> [Range<Int>] {
    let pieces = max(pieces, 2)
    let goal = (starts[range.upperBound] - starts[range.lowerBound] + pieces - 1) / pieces
    var cuts: [Range<Int>] = []
    var low = range.lowerBound
    for proof in range where low < proof && starts[proof + 1] - starts[low] > goal {
      cuts.append(low..<proof)
      low = proof
    }
    if low < range.upperBound { cuts.append(low..<range.upperBound) }
    return cuts
  }
}
