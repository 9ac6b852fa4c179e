/// Two variables that an application brings together although they must be disjoint.
struct Overlap<S: SymbolCode> {
  var pair: DisjointPair<S>
  var first: S
  var second: S
}

extension Engine {
  /// For each of up to 64 variables of the proof, those that a `$d` in force keeps apart from it.
  @inline(never)
  func buildRows() {
    rows.update(repeating: 0, count: 64)
    var head = index.assertions[theorem].disjointHead
    while head >= 0 {
      let node = index.disjointNodes[Int(head)]
      head = node.parent
      var mask: UInt64 = 0
      for i in Int(node.start)..<Int(node.start + node.count) {
        let number = numberOf[Int(index.disjointVariables[i])]
        if number >= 0 { mask |= 1 << UInt64(number) }
      }
      var rest = mask
      while rest != 0 {
        rows[rest.trailingZeroBitCount] |= mask
        rest &= rest - 1
      }
    }
    rowsAreBuilt = true
  }

  /// The first pair of variables that must be disjoint and is not. Slow: it names the culprits of a failure, and
  /// decides in proofs of more than 64 variables.
  @inline(never)
  func findOverlap(
    _ assertion: UnsafePointer<Assertion>, _ base: UnsafePointer<Entry<S>>
  ) -> Overlap<S>? {
    let apart = pairsApart ?? findPairsApart()
    pairsApart = apart
    let pairs = index.disjointPairs.base + Int(assertion.pointee.disjoint)
    for i in 0..<Int(assertion.pointee.disjointCount) {
      let first = variables(in: base[Int(pairs[i].first)])
      let second = variables(in: base[Int(pairs[i].second)])
      for a in first {
        for b in second where a == b || !apart.contains(Self.pairKey(a, b)) {
          return Overlap(pair: pairs[i], first: a, second: b)
        }
      }
    }
    return nil
  }

  private static func pairKey(_ a: S, _ b: S) -> UInt64 { UInt64(min(a, b)) << 32 | UInt64(max(a, b)) }

  private func findPairsApart() -> Set<UInt64> {
    var pairs: Set<UInt64> = []
    var head = index.assertions[theorem].disjointHead
    while head >= 0 {
      let node = index.disjointNodes[Int(head)]
      head = node.parent
      let members = (Int(node.start)..<Int(node.start + node.count)).map { index.disjointVariables[$0] }
      for (i, a) in members.enumerated() where numberOf[Int(a)] >= 0 {
        for b in members[(i + 1)...] where numberOf[Int(b)] >= 0 { pairs.insert(Self.pairKey(a, b)) }
      }
    }
    return pairs
  }

  /// In the order in which they first occur.
  private func variables(in entry: Entry<S>) -> [S] {
    var found: [S] = []
    for i in 0..<Int(entry.length) {
      let symbol = entry.symbols[i]
      if index.symbols[Int(symbol)].flags & SymbolInfo.variable != 0 && !found.contains(symbol) {
        found.append(symbol)
      }
    }
    return found
  }
}
