import Metamath
import Testing

/// A generator that a failing seed can be repeated with.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@Suite struct PropertyTests {
  static let valid = Array(
    (Logic.head + """
      ${ h $e |- ps $.
      th $p |- ( ch -> ps ) $= ( wi ax-1 ax-mp ) ABADCABEF $. $}
      ${ $d x y z $. t $p |- ( y = z -> A. x y = z ) $= ( weq ax-5 ) BCDAE $. $}
      u $p |- ( ch -> ( ph -> ( ps -> ph ) ) ) $= ( wi ax-1 th ) ABADDCABEF $.
      v $p wff ( ph -> ph ) $= wph wph wi $.

      """).utf8)

  /// Whatever is done to the text, the load ends in an error or each proof gets one verdict.
  @Test(arguments: 0..<8)
  func damagedTextNeverDoesHarm(_ seed: UInt64) throws {
    var random = SeededGenerator(state: seed)
    let scratch = try Scratch()
    for _ in 0..<1500 {
      var text = Self.valid
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let at = Int.random(in: 0..<text.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: text[at] = UInt8.random(in: 0...255, using: &random)
        case 1: text[at] = UInt8.random(in: 65...90, using: &random)
        case 2: text.remove(at: at)
        case 3: text.insert(Self.valid[Int.random(in: 0..<Self.valid.count, using: &random)], at: at)
        default: text.removeSubrange(at..<min(at + Int.random(in: 1...30, using: &random), text.count))
        }
      }
      let path = try scratch.write("test.mm", text)
      guard let database = try? Database.load(path: path) else { continue }
      let verdict = try check(database)
      #expect(verdict.failures.count == database.proofCount - verdict.counts.ok, "seed \(seed)")
    }
  }

  /// Letters at random: nothing false is ever proved, since each theorem states what no axiom gives.
  @Test(arguments: 0..<4)
  func randomLettersNeverProve(_ seed: UInt64) throws {
    var random = SeededGenerator(state: seed)
    var text = Logic.head
    for i in 0..<3000 {
      let letters = (0..<Int.random(in: 1...40, using: &random)).map { _ in
        Character(UnicodeScalar(Array("ABCDEFGHIJKUZ".utf8).randomElement(using: &random)!))
      }
      text += "t\(i) $p |- ph $= ( wi ax-1 ax-mp ax-5 weq vx vy vz wps ) \(String(letters)) $.\n"
    }
    let verdict = try check(text)
    #expect(verdict.counts.ok == 0)
    #expect(verdict.counts.failed == 3000)
  }

  @Test(arguments: [0, 1, 2, 7, 100])
  func aCutCoversEachProofOnce(_ proofs: Int) throws {
    var text = Logic.head
    var random = SeededGenerator(state: UInt64(proofs))
    for i in 0..<proofs {
      let padding = String(repeating: " ", count: Int.random(in: 0...300, using: &random))
      text += "t\(i) $p wff ph $= \(padding) wph $.\n"
    }
    let database = try load(text)
    for parts in [1, 2, 3, 5, 10, 99, 1000] {
      let cut = database.cut(parts: parts)
      #expect(cut.count == parts)
      #expect(cut.flatMap { Array($0) } == Array(0..<proofs))
      for part in 0..<parts {
        #expect(database.range(ofPart: part, of: parts) == cut[part])
        let halves = [2 * part, 2 * part + 1].map { database.range(ofPart: $0, of: 2 * parts) }
        #expect(halves[0].lowerBound == cut[part].lowerBound)
        #expect(halves[0].upperBound == halves[1].lowerBound)
        #expect(halves[1].upperBound == cut[part].upperBound)
      }
      let pieces = database.cut(0..<proofs, pieces: parts)
      #expect(pieces.count < 2 * max(parts, 2))
      #expect(proofs < 2 || pieces.count >= 2)
      #expect(pieces.allSatisfy { !$0.isEmpty })
      #expect(pieces.flatMap { Array($0) } == Array(0..<proofs))
    }
  }

  /// A long proof behind short ones is a piece of its own, not the whole range once more.
  @Test func everyPieceIsSmaller() throws {
    let long =
      Logic.head + "s $p wff ph $= wph $.\nl $p wff ph $= " + String(repeating: " ", count: 5000) + "wph $.\n"
    let database = try load(long)
    for pieces in [1, 2, 3, 50] { #expect(database.cut(0..<2, pieces: pieces) == [0..<1, 1..<2]) }
    #expect(database.cut(1..<2, pieces: 2) == [1..<2])
  }

  /// Ranges in any order and any cut give the verdicts of one pass.
  @Test func partsGiveTheSameFailures() throws {
    var text = Logic.head
    for i in 0..<200 { text += "t\(i) $p wff ph $= \(i % 3 == 0 ? "wps" : i % 7 == 0 ? "?" : "wph") $.\n" }
    let database = try load(text)
    let whole = try check(database)
    let checker = try #require(Checker(database))
    var failures: [ProofFailure] = []
    for range in database.cut(parts: 7).reversed() {
      _ = checker.check(range) { failures.append($0) }
    }
    #expect(failures.sorted { $0.proof < $1.proof } == whole.failures)
  }

  @Test func moreSymbolsThanSixteenBitsHold() throws {
    let names = (0..<70_000).map { "c\($0)" }
    let text = """
      $c |- wff ( ) -> \(names.joined(separator: " ")) $.
      $v ph ps $. wph $f wff ph $. wps $f wff ps $.
      wi $a wff ( ph -> ps ) $.
      wc $a wff c0 $. wd $a wff c65535 $. we $a wff c69999 $.
      good $p wff ( c65535 -> ( c69999 -> c0 ) ) $= ( wi wd we wc ) BCDAA $.
      bad $p wff ( c65535 -> ( c69999 -> c0 ) ) $= ( wi wd we wc ) BCCAA $.
      $( The first symbol whose low 16 bits equal those of c0. $)
      worse $p wff c\(65536) $= wc $.
      """
    let verdict = try check(text)
    #expect(verdict.counts.ok == 1)
    #expect(verdict.counts.failed == 2)
    #expect(verdict.failures[0].found == "wff ( c65535 -> ( c69999 -> c69999 ) )")
  }
}
