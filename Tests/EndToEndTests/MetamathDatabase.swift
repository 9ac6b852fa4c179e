/// A database of many small theorems, some of them wrong on purpose.
struct MetamathDatabase {
  enum Theorem {
    case right
    /// Proves something else than it states.
    case wrongStatement
    /// Uses a label that does not exist.
    case unknownLabel
    /// Leaves two entries on the stack.
    case leftover
    case incomplete
    /// Substitutions that double the formula 62 times.
    case explosive
  }

  private(set) var text = """
    $c ( ) -> wff |- $.
    $v p q $.
    wp $f wff p $.
    wq $f wff q $.
    wi $a wff ( p -> q ) $.
    ax-id $a |- ( p -> p ) $.
    """ + "\n"
  private var line = 7

  /// Where a theorem begins, from 1.
  private(set) var lines: [String: Int] = [:]

  init(_ count: Int, except special: [Int: Theorem] = [:]) {
    for number in 0..<count { add("t\(number)", special[number] ?? .right) }
  }

  mutating func add(_ label: String, _ theorem: Theorem) {
    lines[label] = line
    switch theorem {
    case .right: append("\(label) $p |- ( ( p -> q ) -> ( p -> q ) ) $= wp wq wi ax-id $.")
    case .wrongStatement: append("\(label) $p |- ( q -> q ) $= wp ax-id $.")
    case .unknownLabel: append("\(label) $p |- ( p -> p ) $= wp no-such-label $.")
    case .leftover: append("\(label) $p |- ( p -> p ) $= wp wp ax-id $.")
    case .incomplete: append("\(label) $p |- ( p -> p ) $= ? $.")
    case .explosive:
      // Each step doubles the formula of the one before, which the compressed form marks with Z and reuses.
      append("\(label) $p |- ( p -> p ) $= ( wi ax-id ) \(MetamathDatabase.explosion) $.")
    }
  }

  /// wp, then 62 times "the last one twice, and wi": letters A = wp, B = wi, C = ax-id, D and on = what Z has marked.
  private static var explosion: String {
    var proof = "A"
    var marked = 0
    for step in 0..<62 {
      if step == 0 {
        proof += "ABZ"
      } else {
        let again = number(4 + marked - 1)
        proof += again + "BZ"
      }
      marked += 1
    }
    return proof + "C"
  }

  /// A number of a compressed proof: 20 final letters, 5 for what precedes them.
  private static func number(_ value: Int) -> String {
    var high = (value - 1) / 20
    var text = String(UnicodeScalar(UInt8(65 + (value - 1) % 20)))
    while high > 0 {
      text = String(UnicodeScalar(UInt8(85 + (high - 1) % 5))) + text
      high = (high - 1) / 5
    }
    return text
  }

  private mutating func append(_ statement: String) {
    text += statement + "\n"
    line += 1
  }
}
