extension Engine {
  /// Checks a proof whose text goes on at `start`, after its `(`.
  func checkCompressed(from start: UnsafePointer<UInt8>, cancelled: () -> Bool) -> Outcome {
    guard let letters = resolveLabels(from: start) else { return .fault }

    let assertions = index.assertions.base
    let frames = index.frames.base
    let segments = index.segments.base
    let formulas = index.formulas.base
    let own = self.own.base
    let references = self.references.base
    let mandatory = UInt32(truncatingIfNeeded: assertions[theorem].frameCount)
    let named = mandatory &+ UInt32(truncatingIfNeeded: self.references.count)
    saved.truncate(to: 0)

    var stack = self.stack
    var depth = 0
    var top = arena
    var room = options.maxSymbols
    var step = 0
    var number: UInt32 = 0
    var afterStep = false
    var p = letters
    let end = textEnd
    defer { trimArena(used: top - arena) }

    while p < end {
      if cancelled() { return .cancelled }
      let pause = end - p > 8192 ? p + 8192 : end
      while p < pause {
        let letter = p.pointee &- UInt8(ascii: "A")
        p += 1
        if letter < 20 {
          let value = number &* 20 &+ UInt32(truncatingIfNeeded: letter)
          number = 0
          step &+= 1
          afterStep = true
          if depth == stackCapacity {
            growStack()
            stack = self.stack
          }
          if value >= mandatory && value < named {
            let reference = references[Int(value &- mandatory)]
            if reference >= 0 {
              let applied = apply(
                assertions + Int(reference), stack, &depth, &top, &room, frames, segments, formulas)
              if applied != .ok {
                return diagnose(applied, Int(reference), stack + depth, depth, step, p - 1)
              }
            } else {
              stack[depth] = own[Int(~reference)]
              depth &+= 1
            }
          } else if value < mandatory {
            stack[depth] = own[Int(value)]
            depth &+= 1
          } else {
            let which = Int(value &- named)
            if which >= saved.count { return tooLarge(value, step, p - 1) }
            stack[depth] = saved[which]
            depth &+= 1
          }
        } else if letter < 25 {
          // Beyond this the next digits could overflow, and no proof has so many steps.
          if number > UInt32.max / 400 { return tooLarge(number, step + 1, p - 1) }
          number = number &* 5 &+ UInt32(truncatingIfNeeded: letter &- 19)
          afterStep = false
        } else if letter == 25 {
          if number != 0 || !afterStep { return misplacedZ(number, step, p - 1) }
          saved.append(stack[depth &- 1])
          afterStep = false
        } else if !Bytes.isSpace(p[-1]) {
          if p[-1] == UInt8(ascii: "?") && number == 0 {
            return restOfCompressed(from: p, unknown: p - 1, step: step + 1, saved: saved.count, named)
          }
          guard let after = skipOddity(at: p - 1, step) else { return .fault }
          p = after
        }
      }
    }
    if number != 0 {
      return fault("the proof ends in the middle of a number", at: end, step: step + 1)
    }
    return conclude(stack, depth, step, end)
  }

  // MARK: Labels

  /// Reads the list of labels up to its `)`; the result is where the letters begin.
  private func resolveLabels(from start: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
    pending.truncate(to: 0)
    references.truncate(to: 0)
    var p = start
    while true {
      while Bytes.isSpace(p.pointee) { p += 1 }
      if p >= textEnd {
        _ = fault("the list of labels is not closed; expected ')'", at: textEnd)
        return nil
      }
      let length = min(Bytes.tokenLength(p), textEnd - p)
      if length == 1 && p.pointee == UInt8(ascii: ")") { break }
      if length == 0 || p.pointee == Bytes.dollar {
        guard let after = skipOddity(at: p, 0) else { return nil }
        p = after
        continue
      }
      pending.append(PendingLabel(key: NameTable.Key(p, length), text: p, length: length))
      p += length
    }
    // All look-ups after all hashing, so that their cache misses overlap.
    for i in 0..<pending.count {
      let label = pending.base + i
      let value = index.labelTable.find(label.pointee.key, label.pointee.text, label.pointee.length)
      if value < UInt32(truncatingIfNeeded: theorem) {
        references.append(Int32(truncatingIfNeeded: value))
      } else if value != NameTable.none && value & LabelValue.hypothesis != 0 {
        let id = Int(value & ~LabelValue.hypothesis)
        let hypothesis = index.hypotheses[id]
        guard isActive(hypothesis), mandatoryPlace(of: id) == nil else {
          _ = unusable(label.pointee.text, label.pointee.length, value, step: 0, inList: true)
          return nil
        }
        references.append(~Int32(truncatingIfNeeded: own.count))
        own.append(dummy(hypothesis))
      } else {
        _ = unusable(label.pointee.text, label.pointee.length, value, step: 0, inList: true)
        return nil
      }
    }
    return p + 1
  }

  @inline(__always)
  func isActive(_ hypothesis: Hypothesis) -> Bool {
    hypothesis.first <= UInt32(truncatingIfNeeded: theorem)
      && UInt32(truncatingIfNeeded: theorem) < hypothesis.end
  }

  /// The place of a hypothesis in the theorem's own frame.
  func mandatoryPlace(of id: Int) -> Int? {
    let assertion = index.assertions[theorem]
    for i in 0..<Int(assertion.frameCount) where index.frameIDs[Int(assertion.frame) + i] == UInt32(id) {
      return i
    }
    return nil
  }

  // MARK: What a `?` leaves to be checked

  /// The proof is incomplete, but what is written must still be a proof's text.
  private func restOfCompressed(
    from start: UnsafePointer<UInt8>, unknown: UnsafePointer<UInt8>, step first: Int, saved count: Int,
    _ named: UInt32
  ) -> Outcome {
    var p = start
    var number: UInt32 = 0
    var step = first
    var known = UInt64(named) + UInt64(count)
    var afterStep = true
    while p < textEnd {
      let letter = p.pointee &- UInt8(ascii: "A")
      p += 1
      if letter < 20 {
        let value = number * 20 + UInt32(letter)
        number = 0
        step += 1
        afterStep = true
        if UInt64(value) >= known { return tooLarge(value, step, p - 1) }
      } else if letter < 25 {
        if number > UInt32.max / 400 { return tooLarge(number, step + 1, p - 1) }
        number = number * 5 + UInt32(letter - 19)
        afterStep = false
      } else if letter == 25 {
        if number != 0 || !afterStep { return misplacedZ(number, step, p - 1) }
        known += 1
        afterStep = false
      } else if p[-1] == UInt8(ascii: "?") && number == 0 {
        step += 1
        afterStep = true
      } else if !Bytes.isSpace(p[-1]) {
        guard let after = skipOddity(at: p - 1, step) else { return .fault }
        p = after
      }
    }
    if number != 0 {
      return fault("the proof ends in the middle of a number", at: textEnd, step: step + 1)
    }
    return incomplete(at: unknown, step: first)
  }
}
