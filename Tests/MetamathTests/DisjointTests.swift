import Metamath
import Testing

@Suite struct DisjointTests {
  static let shared = "'ax-5' requires its variables 'x' and 'ph' to be disjoint; "

  @Test func aSharedVariableIsNamed() throws {
    let verdict = try check(
      Logic.head + "t $p |- ( x = y -> A. x x = y ) $= vx vy weq vx ax-5 $.")
    let failure = try #require(verdict.failures.first)
    #expect(failure.cause == Self.shared.replacingPH("both contain 'x'"))
    #expect(failure.step == 5)
    #expect(failure.stepLabel == "ax-5")
  }

  @Test func aMissingDisjointStatementIsNamed() throws {
    let verdict = try check(
      Logic.head + "t $p |- ( y = z -> A. x y = z ) $= vy vz weq vx ax-5 $.")
    let failure = try #require(verdict.failures.first)
    #expect(failure.cause.hasSuffix("which no '$d' of this theorem keeps apart"))
    #expect(failure.expected == "$d y x" || failure.expected == "$d x y")
  }

  static let passing = [
    "${ $d x y z $. t $p |- ( y = z -> A. x y = z ) $= vy vz weq vx ax-5 $. $}",
    "${ $d x y $. $d z x $. t $p |- ( y = z -> A. x y = z ) $= ( weq ax-5 ) BCDAE $. $}",
    "${ $d x y $. ${ $d z x $. t $p |- ( y = z -> A. x y = z ) $= ( weq ax-5 ) BCDAE $. $} $}",
  ]

  @Test(arguments: passing)
  func enoughDisjointStatementsPass(_ text: String) throws {
    #expect(try check(Logic.head + text).failures == [])
  }

  @Test func aDisjointStatementEndsWithItsBlock() throws {
    let verdict = try check(
      Logic.head + "${ $d x y z $. $} t $p |- ( y = z -> A. x y = z ) $= vy vz weq vx ax-5 $.")
    #expect(verdict.counts.failed == 1)
  }

  /// With more than 64 variables in one proof, masks of 64 bits no longer do.
  @Test(arguments: [10, 64, 65, 200], [true, false])
  func manyVariables(_ count: Int, _ isComplete: Bool) throws {
    let names = (0..<count).map { "v\($0)" }
    // One pair is left out of the `$d`s when the proof is to fail.
    let others = isComplete ? names : Array(names.dropLast())
    let text = """
      $c |- wff set ( ) -> A. & $.
      $v \(names.joined(separator: " ")) p q w $.
      \(names.map { "f\($0) $f set \($0) $." }.joined(separator: "\n"))
      wp $f wff p $. wq $f wff q $. vw $f set w $.
      atom $a wff v0 $.
      and $a wff ( p & q ) $.
      all $a wff A. w p $.
      ${ $d w p $. gen $a |- ( p -> A. w p ) $. $}
      ${
        \(others.map { "$d w \($0) $." }.joined(separator: "\n"))
        t $p |- ( \(Self.conjunction(names)) -> A. w \(Self.conjunction(names)) ) $=
          \(Self.proof(names)) vw gen $.
      $}
      """
    let verdict = try check(text)
    #expect(verdict.counts.ok == (isComplete ? 1 : 0))
    #expect(verdict.counts.failed == (isComplete ? 0 : 1))
    if !isComplete { #expect(verdict.failures[0].cause.contains("'v\(count - 1)'")) }
  }

  private static func conjunction(_ names: [String]) -> String {
    names.dropFirst().reduce(names[0]) { "( \($0) & \($1) )" }
  }

  private static func proof(_ names: [String]) -> String {
    names.dropFirst().reduce("f\(names[0]) atom") { "\($0) f\($1) atom and" }
  }
}

extension String {
  /// In the frame of ax-5 the order of its two variables is that of their `$f` statements.
  fileprivate func replacingPH(_ rest: String) -> String {
    "'ax-5' requires its variables 'ph' and 'x' to be disjoint; " + rest
  }
}
