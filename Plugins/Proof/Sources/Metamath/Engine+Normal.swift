extension Engine {
  /// Checks a proof that is a plain list of labels.
  func checkNormal(from start: UnsafePointer<UInt8>, cancelled: () -> Bool) -> Outcome {
    var depth = 0
    var top = arena
    var room = options.maxSymbols
    var step = 0
    var unknown: (at: UnsafePointer<UInt8>, step: Int)?
    var p = start
    defer { trimArena(used: top - arena) }
    while true {
      guard skipSpace(&p) else { return .fault }
      if p >= textEnd { break }
      let length = min(Bytes.tokenLength(p), textEnd - p)
      step += 1
      if step & 1023 == 0 && cancelled() { return .cancelled }
      if length == 1 && p.pointee == UInt8(ascii: "?") {
        unknown = unknown ?? (p, step)
        p += 1
        continue
      }
      let value = index.labelTable.find(p, length)
      var entry: Entry<S>?
      if value & LabelValue.hypothesis != 0 && value != NameTable.none {
        entry = ownEntry(Int(value & ~LabelValue.hypothesis))
      }
      guard entry != nil || value < UInt32(truncatingIfNeeded: theorem) else {
        return unusable(p, length, value, step: step, inList: false)
      }
      // After a `?` nothing is known of the stack: only the labels are looked at.
      if unknown == nil {
        if depth == stackCapacity { growStack() }
        if let entry {
          stack[depth] = entry
          depth += 1
        } else {
          let applied = apply(
            index.assertions.base + Int(value), stack, &depth, &top, &room, index.frames.base,
            index.segments.base, index.formulas.base)
          if applied != .ok { return diagnose(applied, Int(value), stack + depth, depth, step, p) }
        }
      }
      p += length
    }
    if let unknown { return incomplete(at: unknown.at, step: unknown.step) }
    return conclude(stack, depth, step, textEnd)
  }

  /// The entry of a hypothesis that this proof may use.
  private func ownEntry(_ id: Int) -> Entry<S>? {
    let hypothesis = index.hypotheses[id]
    guard isActive(hypothesis) else { return nil }
    if let place = mandatoryPlace(of: id) { return own[place] }
    return dummy(hypothesis)
  }
}
