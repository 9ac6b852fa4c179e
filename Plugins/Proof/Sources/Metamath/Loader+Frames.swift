extension Loader {
  /// Makes the frame of the assertion whose formula begins at `start`: its mandatory hypotheses in their order, and
  /// what a substitution needs of each formula.
  mutating func addAssertion(start: Int) throws {
    let number = UInt32(index.assertions.count)
    let body = start + 1
    let length = index.formulas.count - body
    let frame = index.frames.count

    addVariables(from: body, count: length, of: number)
    for i in 0..<activeEssential.count {
      let hypothesis = index.hypotheses[Int(activeEssential[i])]
      addVariables(from: Int(hypothesis.body), count: Int(hypothesis.length), of: number)
      index.frameIDs.append(activeEssential[i])
    }
    let count = index.frameIDs.count - frame
    guard count < Int(S.max) else { throw NeedsWideSymbols() }
    let ids = UnsafeMutableBufferPointer(start: index.frameIDs.base + frame, count: count)
    Self.sortIDs(ids)

    for place in 0..<count {
      let hypothesis = index.hypotheses[Int(ids[place])]
      if hypothesis.isFloating {
        placeInFrame[Int(index.formulas[Int(hypothesis.body)])] = UInt32(place)
      }
    }
    for place in 0..<count {
      let hypothesis = index.hypotheses[Int(index.frameIDs[frame + place])]
      var entry = FrameHypothesis(
        typecode: hypothesis.typecode, segmentCount: FrameHypothesis.floating, segments: 0,
        body: hypothesis.body)
      if !hypothesis.isFloating {
        entry.segments = UInt32(index.segments.count)
        entry.segmentCount = addSegments(from: Int(hypothesis.body), count: Int(hypothesis.length))
      }
      index.frames.append(entry)
    }
    let segments = index.segments.count
    let segmentCount = addSegments(from: body, count: length)
    let disjoint = index.disjointPairs.count
    if disjointHead >= 0 { addDisjointPairs(of: number, frameCount: count) }
    guard max(index.segments.count, index.disjointPairs.count, index.frames.count) < Int(UInt32.max) else {
      throw error("the frames of this database are too large")
    }
    index.assertions.append(
      Assertion(
        frame: UInt32(frame), frameCount: UInt32(count), segments: UInt32(segments),
        segmentCount: segmentCount, body: UInt32(body), length: UInt32(length),
        typecode: UInt32(index.formulas[start]), disjoint: UInt32(disjoint),
        disjointCount: UInt32(index.disjointPairs.count - disjoint), disjointHead: disjointHead))
  }

  @inline(__always)
  private mutating func addVariables(from body: Int, count: Int, of number: UInt32) {
    for i in body..<body + count {
      let symbol = Int(index.formulas[i])
      let floating = floatingOf[symbol]
      if floating >= 0 && stamp[symbol] != number {
        stamp[symbol] = number
        index.frameIDs.append(UInt32(floating))
      }
    }
  }

  /// Frames are short and nearly sorted.
  private static func sortIDs(_ ids: UnsafeMutableBufferPointer<UInt32>) {
    if ids.count > 64 {
      var ids = ids
      ids.sort()
      return
    }
    var i = 1
    while i < ids.count {
      let id = ids[i]
      var j = i
      while j > 0 && ids[j - 1] > id {
        ids[j] = ids[j - 1]
        j -= 1
      }
      ids[j] = id
      i += 1
    }
  }

  private mutating func addSegments(from body: Int, count: Int) -> UInt32 {
    let before = index.segments.count
    var run = 0
    for i in body..<body + count {
      let symbol = Int(index.formulas[i])
      if floatingOf[symbol] >= 0 {
        appendSegment(run, S(truncatingIfNeeded: placeInFrame[symbol]))
        run = 0
      } else {
        run += 1
      }
    }
    if run > 0 { appendSegment(run, S.max) }
    return UInt32(index.segments.count - before)
  }

  private mutating func appendSegment(_ run: Int, _ hypothesis: S) {
    var run = run
    while run > Int(S.max) {
      index.segments.append(Segment(run: S.max, hypothesis: S.max))
      run -= Int(S.max)
    }
    index.segments.append(Segment(run: S(truncatingIfNeeded: run), hypothesis: hypothesis))
  }

  /// The pairs of mandatory variables that some `$d` in force names together.
  private mutating func addDisjointPairs(of number: UInt32, frameCount: Int) {
    let compact = frameCount <= 64
    if compact { for i in 0..<frameCount { disjointRows[i] = 0 } }
    var head = disjointHead
    while head >= 0 {
      let node = index.disjointNodes[Int(head)]
      head = node.parent
      var mask: UInt64 = 0
      for i in Int(node.start)..<Int(node.start + node.count) {
        let symbol = Int(index.disjointVariables[i])
        guard stamp[symbol] == number else { continue }
        let place = Int(placeInFrame[symbol])
        if compact {
          mask |= 1 << UInt64(place)
          continue
        }
        for j in i + 1..<Int(node.start + node.count) {
          let other = Int(index.disjointVariables[j])
          guard stamp[other] == number else { continue }
          index.disjointPairs.append(
            DisjointPair(first: S(place), second: S(truncatingIfNeeded: placeInFrame[other])))
        }
      }
      if compact {
        var rest = mask
        while rest != 0 {
          disjointRows[rest.trailingZeroBitCount] |= mask
          rest &= rest - 1
        }
      }
    }
    guard compact else { return }
    for i in 0..<frameCount {
      var rest = i == 63 ? 0 : disjointRows[i] & (~0 << UInt64(i + 1))
      while rest != 0 {
        index.disjointPairs.append(
          DisjointPair(
            first: S(truncatingIfNeeded: i), second: S(truncatingIfNeeded: rest.trailingZeroBitCount)))
        rest &= rest - 1
      }
    }
  }
}
