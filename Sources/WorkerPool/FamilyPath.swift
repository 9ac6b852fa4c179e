/// Where a task stands in its family: the place of each of its ancestors among their siblings, from the first. Equal places in
/// a row are kept as one, so that a long chain, in which each task adds the next, stays as short as its first link.
struct FamilyPath: Equatable {
  private struct Run: Equatable {
    var place: UInt32
    var length: Int
  }

  private var runs: [Run] = []

  func child(at place: UInt32) -> FamilyPath {
    var path = self
    if let last = runs.indices.last, runs[last].place == place {
      path.runs[last].length += 1
    } else {
      path.runs.append(Run(place: place, length: 1))
    }
    return path
  }

  /// As lists of places compare: ancestors before their descendants.
  func precedes(_ other: FamilyPath) -> Bool {
    var (mine, theirs) = (runs[...], other.runs[...])
    while let a = mine.first, let b = theirs.first {
      if a.place != b.place { return a.place < b.place }
      let common = min(a.length, b.length)
      if a.length == common { mine.removeFirst() } else { mine[mine.startIndex].length -= common }
      if b.length == common { theirs.removeFirst() } else { theirs[theirs.startIndex].length -= common }
    }
    return mine.isEmpty && !theirs.isEmpty
  }
}
