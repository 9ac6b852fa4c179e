extension Engine {
  /// Applies an assertion to the top of the stack: its hypotheses are matched against the topmost entries, which the
  /// conclusion then replaces. The stack is untouched unless this succeeds. `top` is the free end of the arena and
  /// `room` what is left of it, in symbols.
  @inline(__always)
  func apply(
    _ assertion: UnsafePointer<Assertion>, _ stack: UnsafeMutablePointer<Entry<S>>, _ depth: inout Int,
    _ top: inout UnsafeMutablePointer<S>, _ room: inout Int,
    _ frames: UnsafeMutablePointer<FrameHypothesis>, _ segments: UnsafeMutablePointer<Segment<S>>,
    _ formulas: UnsafeMutablePointer<S>
  ) -> Applied {
    let count = Int(assertion.pointee.frameCount)
    if depth < count { return .underflow }
    let base = stack + (depth &- count)
    let frame = frames + Int(assertion.pointee.frame)
    var i = 0
    while i < count {
      let due = frame + i
      let entry = base + i
      if due.pointee.typecode != entry.pointee.typecode { return .mismatch }
      if due.pointee.segmentCount != FrameHypothesis.floating {
        if !matches(
          segments + Int(due.pointee.segments), Int(due.pointee.segmentCount),
          formulas + Int(due.pointee.body), base, entry)
        {
          return .mismatch
        }
      }
      i &+= 1
    }
    if assertion.pointee.disjointCount != 0 && !isDisjoint(assertion, base) { return .disjoint }

    var segment = segments + Int(assertion.pointee.segments)
    let segmentCount = Int(assertion.pointee.segmentCount)
    if segmentCount == 1 && segment.pointee.run == 0 && segment.pointee.hypothesis != S.max {
      // The conclusion is one variable: what was put for it is the result, where it lies.
      var result = base[Int(segment.pointee.hypothesis)]
      result.typecode = assertion.pointee.typecode
      depth = depth &- count &+ 1
      base.pointee = result
      return .ok
    }
    var left = room &- Int(assertion.pointee.length)
    if left < 0 { return .limit }
    var out = top
    var template = formulas + Int(assertion.pointee.body)
    var variables: UInt64 = 0
    let last = segment + segmentCount
    while segment != last {
      let run = Int(segment.pointee.run)
      Blocks.copy(out, template, bytes: run &* MemoryLayout<S>.stride)
      out += run
      let hypothesis = segment.pointee.hypothesis
      segment += 1
      template += run
      if hypothesis == S.max { continue }
      template += 1
      let entry = base + Int(hypothesis)
      let length = Int(entry.pointee.length)
      left &-= length
      if left < 0 { return .limit }
      Blocks.copy(out, entry.pointee.symbols, bytes: length &* MemoryLayout<S>.stride)
      out += length
      variables |= entry.pointee.variables
    }
    let length = out - top
    base.pointee = Entry(
      symbols: UnsafePointer(top), length: UInt32(truncatingIfNeeded: length),
      typecode: assertion.pointee.typecode, variables: variables)
    room &-= length
    top = out
    depth = depth &- count &+ 1
    return .ok
  }

  /// Whether `entry` is the template with the entries at `base` put for its variables.
  @inline(__always)
  func matches(
    _ first: UnsafePointer<Segment<S>>, _ count: Int, _ template: UnsafePointer<S>,
    _ base: UnsafePointer<Entry<S>>, _ entry: UnsafePointer<Entry<S>>
  ) -> Bool {
    var segment = first
    let last = first + count
    var template = template
    var p = entry.pointee.symbols
    var left = Int(entry.pointee.length)
    while segment != last {
      let run = Int(segment.pointee.run)
      left &-= run
      if left < 0 { return false }
      if run &* MemoryLayout<S>.stride <= 8 {
        if !Blocks.equalShort(p, template, bytes: run &* MemoryLayout<S>.stride) { return false }
      } else if !Blocks.equal(p, template, bytes: run &* MemoryLayout<S>.stride, masks) {
        return false
      }
      p += run
      template += run
      let hypothesis = segment.pointee.hypothesis
      segment += 1
      if hypothesis == S.max { continue }
      template += 1
      let value = base + Int(hypothesis)
      let length = Int(value.pointee.length)
      left &-= length
      if left < 0 { return false }
      if value.pointee.symbols != p
        && !Blocks.equal(p, value.pointee.symbols, bytes: length &* MemoryLayout<S>.stride, masks)
      {
        return false
      }
      p += length
    }
    return left == 0
  }

  @inline(__always)
  private func isDisjoint(
    _ assertion: UnsafePointer<Assertion>, _ base: UnsafePointer<Entry<S>>
  ) -> Bool {
    if locals.count > 64 { return findOverlap(assertion, base) == nil }
    if !rowsAreBuilt { buildRows() }
    let pairs = index.disjointPairs.base + Int(assertion.pointee.disjoint)
    for i in 0..<Int(assertion.pointee.disjointCount) {
      var first = base[Int(pairs[i].first)].variables
      let second = base[Int(pairs[i].second)].variables
      if first & second != 0 { return false }
      while first != 0 {
        if second & ~rows[first.trailingZeroBitCount] != 0 { return false }
        first &= first &- 1
      }
    }
    return true
  }
}
