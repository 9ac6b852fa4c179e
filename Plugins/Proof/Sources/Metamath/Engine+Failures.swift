extension Engine {
  /// Skips white space and comments inside a proof; false when there is something else that no proof may hold.
  func skipSpace(_ p: inout UnsafePointer<UInt8>) -> Bool {
    while p < textEnd {
      if Bytes.isSpace(p.pointee) {
        p += 1
      } else if p.pointee == Bytes.dollar || p.pointee < 32 {
        guard let after = skipOddity(at: p, 0) else { return false }
        p = after
      } else {
        break
      }
    }
    return true
  }

  /// What is neither letter, label nor white space: a comment is skipped, all else is a failure.
  @inline(never)
  func skipOddity(at p: UnsafePointer<UInt8>, _ step: Int) -> UnsafePointer<UInt8>? {
    let length = min(Bytes.tokenLength(p), textEnd - p)
    if length == 2 && p[0] == Bytes.dollar && p[1] == UInt8(ascii: "(") {
      return skipComment(at: p)
    }
    if !Bytes.isLegal(p.pointee) {
      _ = fault(
        "illegal byte 0x\(Bytes.hex(p.pointee)) in the proof; expected printable ASCII or white space", at: p,
        step: step)
    } else if p.pointee == Bytes.dollar {
      let hint = length == 2 ? "; is the '$.' of this proof missing?" : ""
      _ = fault("found \(Bytes.quoted(p, length)) inside the proof\(hint)", at: p, step: step)
    } else {
      _ = fault(
        "found \(Bytes.quoted(p, 1)) among the letters of a compressed proof; expected 'A' to 'Z' or '?'",
        at: p,
        step: step + 1)
    }
    return nil
  }

  private func skipComment(at start: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
    var p = start + 2
    while p < textEnd {
      if !Bytes.isLegal(p.pointee) {
        _ = fault(
          "illegal byte 0x\(Bytes.hex(p.pointee)) in a comment; expected printable ASCII or white space",
          at: p)
        return nil
      }
      if p[0] == Bytes.dollar && p[1] == UInt8(ascii: "(") {
        _ = fault("found '$(' inside a comment: comments do not nest", at: p)
        return nil
      }
      if p[0] == Bytes.dollar && p[1] == UInt8(ascii: ")") {
        guard Bytes.isSpace(p[-1]), Bytes.isSpace(p[2]) else {
          _ = fault("'$)' must stand between white space", at: p)
          return nil
        }
        return p + 2
      }
      p += 1
    }
    // The load found the comment's end before the proof's, so this is not reached.
    _ = fault("this comment is not closed", at: start)
    return nil
  }

  // MARK: Faults

  func fault(
    _ cause: String, at p: UnsafePointer<UInt8>, step: Int = 0, stepLabel: String = "", expected: String = "",
    found: String = "", severity: Severity = .failed
  ) -> Outcome {
    let place = position(of: p)
    failure = ProofFailure(
      severity: severity, proof: proof, file: place.file, line: place.line, column: place.column,
      label: index.label(ofAssertion: theorem), step: step, stepLabel: stepLabel, cause: cause,
      expected: expected, found: found)
    return .fault
  }

  func incomplete(at p: UnsafePointer<UInt8>, step: Int) -> Outcome {
    fault("the proof is incomplete: it has a step '?'", at: p, step: step, severity: .incomplete)
  }

  func misplacedZ(_ number: UInt32, _ step: Int, _ p: UnsafePointer<UInt8>) -> Outcome {
    if number != 0 { return fault("found 'Z' in the middle of a number", at: p, step: step + 1) }
    return fault(
      step == 0 ? "found 'Z' before any step" : "found 'Z' after a 'Z'; a step is marked once", at: p,
      step: step)
  }

  func tooLarge(_ number: UInt32, _ step: Int, _ p: UnsafePointer<UInt8>, saved: Int) -> Outcome {
    let steps = Int(index.assertions[theorem].frameCount) + labelCount
    let shown = number > UInt32.max / 400 ? "that goes beyond all steps" : String(number + 1)
    return fault(
      "found a number \(shown); so far only 1 to \(steps + saved) stand for something "
        + "(\(index.assertions[theorem].frameCount) hypotheses, \(labelCount) labels, \(saved) marked steps)",
      at: p, step: step)
  }

  func unusable(
    _ p: UnsafePointer<UInt8>, _ length: Int, _ value: UInt32, step: Int, inList: Bool
  ) -> Outcome {
    for i in 0..<length where !Bytes.isLegal(p[i]) {
      return fault(
        "illegal byte 0x\(Bytes.hex(p[i])) in the proof; expected printable ASCII or white space", at: p + i,
        step: step)
    }
    let name = Bytes.quoted(p, length)
    let label = value == NameTable.none ? "" : Bytes.text(p, length)
    let cause: String
    if value == NameTable.none {
      let isLabel = (0..<length).allSatisfy { Bytes.isLabel(p[$0]) }
      cause = isLabel ? "unknown label \(name)" : "found \(name); expected a label"
    } else if value & LabelValue.hypothesis != 0 {
      let hypothesis = index.hypotheses[Int(value & ~LabelValue.hypothesis)]
      if hypothesis.first > UInt32(theorem) {
        cause = "the hypothesis \(name) comes later in the database"
      } else if !isActive(hypothesis) {
        cause = "the hypothesis \(name) is not active here"
      } else {
        cause = "the hypothesis \(name) is mandatory and must not be in the list of labels"
      }
    } else if value == UInt32(theorem) {
      cause = "the proof uses the theorem that it proves"
    } else {
      cause = "\(name) comes later in the database"
    }
    return fault(cause, at: p, step: inList ? 0 : step, stepLabel: label)
  }

  /// Says what kept an assertion from being applied.
  @inline(never)
  func diagnose(
    _ applied: Applied, _ number: Int, _ top: UnsafeMutablePointer<Entry<S>>, _ depth: Int, _ step: Int,
    _ p: UnsafePointer<UInt8>
  ) -> Outcome {
    let assertion = UnsafePointer(index.assertions.base + number)
    let label = index.label(ofAssertion: number)
    let count = Int(assertion.pointee.frameCount)
    let base = UnsafePointer(top - min(count, depth))
    switch applied {
    case .underflow:
      return fault(
        "'\(label)' needs \(count) hypotheses; the stack has \(depth)", at: p, step: step, stepLabel: label)
    case .limit:
      return fault(
        "the proof needs more than \(options.maxSymbols) symbols", at: p, step: step, stepLabel: label,
        severity: .limit)
    case .mismatch:
      return mismatch(number, base, label, step, p)
    case .disjoint:
      guard let overlap = findOverlap(assertion, base) else { break }
      let ids = index.frameIDs.base + Int(assertion.pointee.frame)
      let pair = [overlap.pair.first, overlap.pair.second].map { place in
        index.name(ofSymbol: Int(index.formulas[Int(index.hypotheses[Int(ids[Int(place)])].body)]))
      }
      let brought = [overlap.first, overlap.second].map { index.name(ofSymbol: Int($0)) }
      let what =
        brought[0] == brought[1]
        ? "both contain '\(brought[0])'"
        : "they contain '\(brought[0])' and '\(brought[1])', which no '$d' of this theorem keeps apart"
      return fault(
        "'\(label)' requires its variables '\(pair[0])' and '\(pair[1])' to be disjoint; \(what)", at: p,
        step: step, stepLabel: label,
        expected:
          "$d \(brought[0] == brought[1] ? pair.joined(separator: " ") : brought.joined(separator: " "))",
        found: "\(shown(base[Int(overlap.pair.first)])) / \(shown(base[Int(overlap.pair.second)]))")
    case .ok: break
    }
    return fault("'\(label)' cannot be applied", at: p, step: step, stepLabel: label)
  }

  private func mismatch(
    _ number: Int, _ base: UnsafePointer<Entry<S>>, _ label: String, _ step: Int, _ p: UnsafePointer<UInt8>
  ) -> Outcome {
    let assertion = index.assertions[number]
    for i in 0..<Int(assertion.frameCount) {
      let due = index.frames[Int(assertion.frame) + i]
      let hypothesis = index.label(ofHypothesis: Int(index.frameIDs[Int(assertion.frame) + i]))
      if due.segmentCount == FrameHypothesis.floating {
        guard due.typecode != base[i].typecode else { continue }
        let variable = index.name(ofSymbol: Int(index.formulas[Int(due.body)]))
        return fault(
          "the value of '\(variable)' in '\(label)' has the wrong type (hypothesis '\(hypothesis)')", at: p,
          step: step, stepLabel: label,
          expected: "\(index.name(ofSymbol: Int(due.typecode))) ...", found: shown(base[i]))
      }
      let isMatch =
        due.typecode == base[i].typecode
        && matches(
          index.segments.base + Int(due.segments), Int(due.segmentCount), index.formulas.base + Int(due.body),
          base, base + i)
      if isMatch { continue }
      let texts = shown(
        expected: Template(
          typecode: due.typecode, segments: Int(due.segments), count: Int(due.segmentCount),
          body: Int(due.body)), base, found: base[i])
      return fault(
        "hypothesis '\(hypothesis)' of '\(label)' is not what the stack holds", at: p, step: step,
        stepLabel: label, expected: texts.expected, found: texts.found)
    }
    return fault("'\(label)' cannot be applied", at: p, step: step, stepLabel: label)
  }

  /// The end of a proof: the stack must hold the theorem and nothing else.
  func conclude(
    _ stack: UnsafeMutablePointer<Entry<S>>, _ depth: Int, _ step: Int, _ end: UnsafePointer<UInt8>
  ) -> Outcome {
    if depth != 1 {
      return fault(
        step == 0
          ? "the proof is empty" : "the proof ends with \(depth) expressions on the stack; expected 1",
        at: end,
        step: step)
    }
    let assertion = index.assertions[theorem]
    if stack.pointee.typecode == assertion.typecode
      && matches(
        index.segments.base + Int(assertion.segments), Int(assertion.segmentCount),
        index.formulas.base + Int(assertion.body), own.base, stack)
    {
      return .ok
    }
    let texts = shown(
      expected: Template(
        typecode: assertion.typecode, segments: Int(assertion.segments), count: Int(assertion.segmentCount),
        body: Int(assertion.body)), own.base, found: stack.pointee)
    return fault(
      "the proof proves another statement than '\(index.label(ofAssertion: theorem))'", at: end, step: step,
      expected: texts.expected, found: texts.found)
  }
}
