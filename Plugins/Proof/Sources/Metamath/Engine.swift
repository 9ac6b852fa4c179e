internal import Glibc

/// An expression on the stack: its symbols lie in a formula of the database or in the arena of the proof.
struct Entry<S: SymbolCode>: BitwiseCopyable {
  var symbols: UnsafePointer<S>
  var length: UInt32
  var typecode: UInt32
  /// The variables in it, as bits numbered for this proof.
  var variables: UInt64

  /// The length that tells a label of an assertion, whose number is then in `typecode`, from an expression.
  static var assertion: UInt32 { UInt32.max }
}

/// What one application of an assertion came to.
enum Applied: UInt8 {
  case ok, underflow, mismatch, disjoint, limit
}

/// What a whole proof came to; `fault` says that a failure was noted.
enum Outcome {
  case ok, fault, cancelled
}

/// Checks proofs, one after the other, with memory that it keeps from proof to proof.
final class Engine<S: SymbolCode> {
  let index: Index<S>
  let options: CheckOptions

  /// The memory that substitutions write.
  let arena: UnsafeMutablePointer<S>
  let arenaBytes: Int
  let masks = UnsafeRawPointer(Blocks.makeMasks())

  @exclusivity(unchecked) var stack: UnsafeMutablePointer<Entry<S>>
  @exclusivity(unchecked) var stackCapacity: Int
  /// What the numbers of a compressed proof stand for: the mandatory hypotheses, then the labels of its list, then the
  /// marked steps.
  @exclusivity(unchecked) var own: Buffer<Entry<S>>
  /// How many labels the list has.
  @exclusivity(unchecked) var labelCount = 0
  @exclusivity(unchecked) var pending: Buffer<PendingLabel>

  // The proof at hand.
  @exclusivity(unchecked) var proof = 0
  @exclusivity(unchecked) var theorem = 0
  @exclusivity(unchecked) var text: UnsafePointer<UInt8>
  @exclusivity(unchecked) var textEnd: UnsafePointer<UInt8>
  @exclusivity(unchecked) var failure: ProofFailure?

  // Variables of the proof at hand, numbered as they come.
  @exclusivity(unchecked) var numberOf: Buffer<Int32>
  @exclusivity(unchecked) var locals: Buffer<S>
  @exclusivity(unchecked) var rows: UnsafeMutablePointer<UInt64>
  @exclusivity(unchecked) var rowsAreBuilt = false

  /// For each file, the number of line feeds before each block of it.
  @exclusivity(unchecked) var lineIndex: [Int: LineIndex] = [:]

  struct PendingLabel: BitwiseCopyable {
    var key: NameTable.Key
    var text: UnsafePointer<UInt8>
    var length: Int
  }

  init?(index: Index<S>, options: CheckOptions) {
    self.index = index
    self.options = options
    arenaBytes = (options.maxSymbols + 64) * MemoryLayout<S>.stride + Pages.slack
    guard let memory = Pages.reserve(arenaBytes) else { return nil }
    arena = memory.assumingMemoryBound(to: S.self)
    stackCapacity = 1024
    stack = .allocate(capacity: stackCapacity)
    own = Buffer(capacity: 1024)
    pending = Buffer(capacity: 256)
    numberOf = Buffer(capacity: index.symbols.count)
    numberOf.append(repeating: -1, count: index.symbols.count)
    locals = Buffer(capacity: 64)
    rows = .allocate(capacity: 64)
    text = UnsafePointer(index.files[0].text)
    textEnd = text
  }

  deinit {
    munmap(arena, arenaBytes)
    masks.deallocate()
    stack.deallocate()
    own.deallocate()
    pending.deallocate()
    numberOf.deallocate()
    locals.deallocate()
    rows.deallocate()
  }

  func check(
    _ range: Range<Int>, cancelled: () -> Bool, report: (ProofFailure) -> Void
  ) -> Counts {
    var counts = Counts()
    for number in range {
      if cancelled() {
        counts.isComplete = false
        break
      }
      switch checkProof(number, cancelled: cancelled) {
      case .ok: counts.ok += 1
      case .cancelled: counts.isComplete = false
      case .fault:
        guard let failure else { continue }
        self.failure = nil
        switch failure.severity {
        case .failed: counts.failed += 1
        case .incomplete: counts.incomplete += 1
        case .limit: counts.limit += 1
        }
        report(failure)
      }
      if !counts.isComplete { break }
    }
    return counts
  }

  private func checkProof(_ number: Int, cancelled: () -> Bool) -> Outcome {
    let source = index.proofs[number]
    proof = number
    theorem = Int(source.assertion)
    text = source.text
    textEnd = source.text + source.length
    begin()
    defer { finish() }
    var first = text
    guard skipSpace(&first) else { return .fault }
    if first < textEnd && first[0] == UInt8(ascii: "(") && (first + 1 == textEnd || Bytes.isSpace(first[1])) {
      return checkCompressed(from: first + 1, cancelled: cancelled)
    }
    return checkNormal(from: first, cancelled: cancelled)
  }

  /// Sets up the mandatory hypotheses as entries.
  @inline(__always)
  private func begin() {
    own.truncate(to: 0)
    labelCount = 0
    rowsAreBuilt = false
    let assertion = index.assertions[theorem]
    let frame = index.frames.base + Int(assertion.frame)
    for i in 0..<Int(assertion.frameCount) {
      let hypothesis = frame[i]
      let body = UnsafePointer(index.formulas.base + Int(hypothesis.body))
      if hypothesis.segmentCount == FrameHypothesis.floating {
        let bit = number(variable: body[0])
        own.append(Entry(symbols: body, length: 1, typecode: hypothesis.typecode, variables: bit))
      } else {
        let id = index.frameIDs[Int(assertion.frame) + i]
        let segments = index.segments.base + Int(hypothesis.segments)
        var variables: UInt64 = 0
        for j in 0..<Int(hypothesis.segmentCount) where segments[j].hypothesis != S.max {
          variables |= own[Int(segments[j].hypothesis)].variables
        }
        own.append(
          Entry(
            symbols: body, length: index.hypotheses[Int(id)].length, typecode: hypothesis.typecode,
            variables: variables))
      }
    }
  }

  @inline(__always)
  private func finish() {
    for i in 0..<locals.count { numberOf[Int(locals[i])] = -1 }
    locals.truncate(to: 0)
  }

  /// The bit of a variable in this proof; none for the 65th and those after it.
  @inline(__always)
  func number(variable: S) -> UInt64 {
    let known = numberOf[Int(variable)]
    if known >= 0 { return known < 64 ? 1 &<< UInt64(known) : 0 }
    let next = locals.count
    numberOf[Int(variable)] = Int32(truncatingIfNeeded: next)
    locals.append(variable)
    rowsAreBuilt = false
    return next < 64 ? 1 &<< UInt64(next) : 0
  }

  /// The entry of a `$f` that is not mandatory.
  func dummy(_ hypothesis: Hypothesis) -> Entry<S> {
    let body = UnsafePointer(index.formulas.base + Int(hypothesis.body))
    return Entry(
      symbols: body, length: 1, typecode: hypothesis.typecode, variables: number(variable: body[0]))
  }

  /// Gives back the memory of a proof that needed much.
  func trimArena(used: Int) {
    let keep = 1 << 20
    let bytes = used * MemoryLayout<S>.stride
    if bytes > keep { _ = madvise(UnsafeMutableRawPointer(arena) + keep, bytes - keep, MADV_DONTNEED) }
  }

  @inline(never)
  func growStack() {
    let larger = UnsafeMutablePointer<Entry<S>>.allocate(capacity: stackCapacity * 2)
    larger.update(from: stack, count: stackCapacity)
    stack.deallocate()
    stack = larger
    stackCapacity *= 2
  }
}
