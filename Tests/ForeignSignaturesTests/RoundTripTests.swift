import ForeignSignatures
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

/// Signatures of which each part is as the grammar allows it, whether or not it makes sense.
struct Invention {
  var random: SeededGenerator
  private static let nowhere = Place(line: 0, column: 0)

  private mutating func one<Element>(_ choices: [Element]) -> Element {
    choices[Int.random(in: 0..<choices.count, using: &random)]
  }

  private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  private mutating func name() -> String { one(["a", "b_2", "len", "Data", "x9", "_n", "zz"]) }

  private mutating func scalar() -> Scalar { one(Scalar.allCases) }

  private mutating func value(_ mayRefer: Bool = true) -> ValueType {
    switch Int.random(in: 0..<(mayRefer ? 5 : 4), using: &random) {
    case 0: return .scalar(scalar())
    case 1: return .pointer
    case 2: return .text
    case 3: return .structure(name())
    default: return .reference(value(false))
    }
  }

  private mutating func text() -> String {
    String(
      (0..<Int.random(in: 0...6, using: &random)).map { _ in
        one(["a", "\"", "\\", "\n", "é", "%", "\u{1}", "\u{7f}"])
      })
  }

  private mutating func constant() -> (ValueType, Constant) {
    let scalar = scalar()
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return (.text, .text(text()))
    case 1: return one([(.text, .null), (.pointer, .null)])
    case 2: return (.pointer, .unsigned(UInt64.random(in: 0 ... .max, using: &random)))
    default: break
    }
    if scalar == .bool { return (.scalar(.bool), .boolean(chance(50))) }
    if scalar.isFloat { return (.scalar(scalar), .real(Double.random(in: -1e30...1e30, using: &random))) }
    let bits = UInt64(scalar.byteCount * 8)
    let value = UInt64.random(in: 0 ... .max, using: &random) >> (64 - bits)
    if scalar.isSigned {
      return (.scalar(scalar), .integer(Int64(bitPattern: value << (64 - bits)) >> Int64(64 - bits)))
    }
    return (.scalar(scalar), .unsigned(value))
  }

  private mutating func capacity() -> Capacity {
    switch Int.random(in: 0..<3, using: &random) {
    case 0: return .none
    case 1: return .fixed(Int.random(in: 0...5000, using: &random))
    default: return .named(name())
    }
  }

  private mutating func parameter() -> Parameter {
    let role: Parameter.Role
    switch Int.random(in: 0..<5, using: &random) {
    case 0: role = .value(value(false))
    case 1:
      let (type, constant) = constant()
      role = .constant(type, constant)
    case 2: role = .callback(name())
    case 3: role = .buffer(one([.in, .out, .inout]), .value(value(false)), .none, nil)
    default:
      let integers = Scalar.allCases.filter(\.isInteger)
      let length =
        chance(50)
        ? LengthBinding(
          type: one(integers), direction: one([.in, .out, .inout]), name: chance(70) ? name() : nil,
          isInFront: chance(30), place: Self.nowhere) : nil
      role = .buffer(
        one([.in, .out, .inout]), chance(50) ? .bytes : .array(value()), capacity(), length)
    }
    return Parameter(role: role, name: chance(60) ? name() : nil, place: Self.nowhere)
  }

  private mutating func parameters(_ most: Int) -> [Parameter] {
    (0..<Int.random(in: 0...most, using: &random)).map { _ in parameter() }
  }

  private mutating func expression(_ level: Int = 0) -> Expression {
    switch Int.random(in: 0..<(level < 3 ? 3 : 2), using: &random) {
    case 0: return .integer(Int64.random(in: .min ... .max, using: &random))
    case 1: return .name(one(["ret", "errno", "len"]), Self.nowhere)
    default: return .minimum(expression(level + 1), expression(level + 1))
    }
  }

  private mutating func result() -> ResultType {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return .void
    case 1: return .ownedText
    default: return .value(value())
    }
  }

  private mutating func function() -> Function {
    var function = Function(
      name: one(["a", "org.example.x", "libc.f_1"]), symbol: name(), result: result(),
      parameters: parameters(5), place: Self.nowhere, symbolPlace: Self.nowhere)
    if chance(30) { function.tail = parameters(3) }
    function.isPure = chance(50)
    function.readsErrno = chance(50)
    if chance(50) { function.timeoutNanoseconds = UInt64.random(in: 1...5_000_000_000_000, using: &random) }
    if chance(20) { function.timeoutNanoseconds = 120_000_000_000 }
    for _ in 0..<Int.random(in: 0...2, using: &random) {
      function.failures.append(
        (0...Int.random(in: 0...2, using: &random)).map { _ in
          Comparison(left: expression(), comparator: one(Comparison.Operator.allCases), right: expression())
        })
    }
    if chance(40) {
      function.resultClause = ResultClause(
        form: one([.bytes, .cstr, .array]), buffer: name(), end: expression(), place: Self.nowhere)
    }
    return function
  }

  mutating func statement() -> Statement {
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return .library(text(), Self.nowhere)
    case 1: return .owner(text(), Self.nowhere)
    case 2:
      return .structure(
        Structure(
          name: name(),
          members: (0..<Int.random(in: 0...4, using: &random)).map { _ in
            Structure.Member(type: value(), name: name(), place: Self.nowhere)
          }, size: chance(50) ? Int.random(in: 0...99, using: &random) : nil,
          alignment: chance(50) ? Int.random(in: 0...99, using: &random) : nil, place: Self.nowhere))
    case 3:
      return .callback(
        Callback(
          name: name(), result: result(),
          parameters: (0..<Int.random(in: 0...3, using: &random)).map { _ in value() }, builtin: name(),
          place: Self.nowhere))
    default: return .function(function())
    }
  }
}

@Suite struct RoundTripTests {
  @Test(arguments: 0..<8)
  func whatIsPrintedIsReadAsTheSame(_ seed: UInt64) throws {
    var invention = Invention(random: SeededGenerator(state: seed))
    for round in 0..<400 {
      let statements = (0..<Int.random(in: 1...4, using: &invention.random)).map { _ in invention.statement()
      }
      let text = Printer.text(statements)
      do throws(Problems) {
        let again = try Parser.parse(text.utf8)
        #expect(again == statements, "seed \(seed) round \(round): \(text)")
        #expect(Printer.text(again) == text)
      } catch {
        Issue.record("seed \(seed) round \(round): \(error.list.map { $0.text(of: "x") }) in \(text)")
      }
    }
  }

  @Test func whatPeopleWriteBecomesOneForm() throws {
    let once = try Parser.parse(LanguageTests.whole.utf8)
    let text = Printer.text(once)
    #expect(try Parser.parse(text.utf8) == once)
    #expect(text.contains("kind c.names = fn u64 f(cstr s, size n, u8 c, const i64 -5 k, i64 double_ish)"))
    #expect(
      text.contains(
        "kind org.example.crc32 = fn u64 crc32(u64 seed, in bytes data : u32 len) pure, timeout=2s"))
  }

  /// Whatever is done to a file, it is read or refused with places inside of it.
  @Test(arguments: 0..<4)
  func damagedTextIsRefusedInWords(_ seed: UInt64) {
    var random = SeededGenerator(state: seed)
    let whole = Array(LanguageTests.whole.utf8)
    for _ in 0..<1500 {
      var text = whole
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        let at = Int.random(in: 0..<text.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: text[at] = UInt8.random(in: 0...255, using: &random)
        case 1: text.remove(at: at)
        case 2: text.insert(whole[Int.random(in: 0..<whole.count, using: &random)], at: at)
        default: text.removeSubrange(at..<min(at + 40, text.count))
        }
        if text.isEmpty { text = [0x6B] }
      }
      let lines = text.split(separator: 0x0A, omittingEmptySubsequences: false).count
      do throws(Problems) {
        _ = try Interface(reading: text)
      } catch {
        #expect(!error.list.isEmpty)
        #expect(error.list.allSatisfy { 1...lines ~= $0.place.line && $0.place.column >= 1 })
      }
    }
  }
}
