extension Engine {
  /// Checks a proof whose text goes on at `start`, after its `(`.
  func checkCompressed(from start: UnsafePointer<UInt8>, cancelled: () -> Bool) -> Outcome {
    guard let letters = resolveLabels(from: start) else { return .fault }

    let assertions = index.assertions.base
    let frames = index.frames.base
    let segments = index.segments.base
    let formulas = index.formulas.base
    let named = own.count
    var known = own.base
    var knownCount = UInt32(truncatingIfNeeded: named)

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
          if value >= knownCount { return tooLarge(value, step, p - 1, saved: own.count - named) }
          let entry = known + Int(value)
          if entry.pointee.length == Entry<S>.assertion {
            let number = Int(entry.pointee.typecode)
            let applied = apply(
              assertions + number, stack, &depth, &top, &room, frames, segments, formulas)
            if applied != .ok { return diagnose(applied, number, stack + depth, depth, step, p - 1) }
          } else {
            stack[depth] = entry.pointee
            depth &+= 1
          }
        } else if letter < 25 {
          // Beyond this the next digits could overflow, and no proof has so many steps.
          if number > UInt32.max / 400 { return tooLarge(number, step + 1, p - 1, saved: own.count - named) }
          number = number &* 5 &+ UInt32(truncatingIfNeeded: letter &- 19)
          afterStep = false
        } else if letter == 25 {
          if number != 0 || !afterStep { return misplacedZ(number, step, p - 1) }
          own.append(stack[depth &- 1])
          known = own.base
          knownCount &+= 1
          afterStep = false
        } else if !Bytes.isSpace(p[-1]) {
          if p[-1] == UInt8(ascii: "?") && number == 0 {
            return restOfCompressed(from: p, unknown: p - 1, step: step + 1, saved: own.count - named)
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
    labelCount = pending.count
    let formulas = index.formulas.base
    // All look-ups after all hashing, so that their cache misses overlap.
    for i in 0..<pending.count {
      let label = pending.base + i
      let value = index.labelTable.find(label.pointee.key, label.pointee.text, label.pointee.length)
      if value < UInt32(truncatingIfNeeded: theorem) {
        own.append(
          Entry(
            symbols: UnsafePointer(formulas), length: Entry<S>.assertion, typecode: value, variables: 0))
      } else if value != NameTable.none && value & LabelValue.hypothesis != 0 {
        let id = Int(value & ~LabelValue.hypothesis)
        let hypothesis = index.hypotheses[id]
        guard isActive(hypothesis), mandatoryPlace(of: id) == nil else {
          _ = unusable(label.pointee.text, label.pointee.length, value, step: 0, inList: true)
          return nil
        }
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
    from start: UnsafePointer<UInt8>, unknown: UnsafePointer<UInt8>, step first: Int, saved count: Int
  ) -> Outcome {
    var p = start
    var number: UInt32 = 0
    var step = first
    var saved = count
    let named = Int(index.assertions[theorem].frameCount) + labelCount
    var afterStep = true
    while p < textEnd {
      let letter = p.pointee &- UInt8(ascii: "A")
      p += 1
      if letter < 20 {
        let value = number * 20 + UInt32(letter)
        number = 0
        step += 1
        afterStep = true
        if Int(value) >= named + saved { return tooLarge(value, step, p - 1, saved: saved) }
      } else if letter < 25 {
        if number > UInt32.max / 400 { return tooLarge(number, step + 1, p - 1, saved: saved) }
        number = number * 5 + UInt32(letter - 19)
        afterStep = false
      } else if letter == 25 {
        if number != 0 || !afterStep { return misplacedZ(number, step, p - 1) }
        saved += 1
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
