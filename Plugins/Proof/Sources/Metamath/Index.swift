/// A symbol as it is kept in formulas: 16 bits while they suffice, else 32.
protocol SymbolCode: FixedWidthInteger, UnsignedInteger, BitwiseCopyable, Sendable {}
extension UInt16: SymbolCode {}
extension UInt32: SymbolCode {}

/// A piece of a formula as an assertion uses it: `run` symbols as they stand, then the variable whose `$f` is
/// hypothesis `hypothesis` of the assertion's frame. `S.max` stands for no variable.
struct Segment<S: SymbolCode>: BitwiseCopyable {
  var run: S
  var hypothesis: S
}

/// A formula: a type code and a body of symbols.
struct Hypothesis: BitwiseCopyable {
  var typecode: UInt32
  var body: UInt32
  var length: UInt32
  var isFloating: Bool
  /// It may be used by assertions from `first` up to, but not including, `end`.
  var first: UInt32
  var end: UInt32
  var labelLength: UInt32
  var label: UnsafePointer<UInt8>
}

/// A hypothesis as seen from one assertion. `segmentCount` is `floating` for a `$f`.
struct FrameHypothesis: BitwiseCopyable {
  static let floating = UInt32.max
  var typecode: UInt32
  var segmentCount: UInt32
  var segments: UInt32
  var body: UInt32
}

/// What a proof step needs of a `$a` or `$p`.
struct Assertion: BitwiseCopyable {
  var frame: UInt32
  var frameCount: UInt32
  var segments: UInt32
  var segmentCount: UInt32
  var body: UInt32
  var length: UInt32
  var typecode: UInt32
  var disjoint: UInt32
  var disjointCount: UInt32
  /// The innermost `$d` in force, or -1.
  var disjointHead: Int32
}

struct AssertionName: BitwiseCopyable {
  var label: UnsafePointer<UInt8>
  var length: UInt32
}

/// Two hypotheses of a frame whose variables must be disjoint.
struct DisjointPair<S: SymbolCode>: BitwiseCopyable {
  var first: S
  var second: S
}

/// A `$d` statement, linked to the one before it that is in force.
struct DisjointNode: BitwiseCopyable {
  var start: UInt32
  var count: UInt32
  var parent: Int32
}

/// The text between `$=` and `$.` of one `$p`.
struct ProofText: BitwiseCopyable {
  var text: UnsafePointer<UInt8>
  var length: Int
  var assertion: UInt32
}

struct SymbolInfo: BitwiseCopyable {
  static let constant: UInt8 = 1
  static let variable: UInt8 = 2
  static let active: UInt8 = 4
  var name: UnsafePointer<UInt8>
  var length: UInt32
  var flags: UInt8
}

/// What a label stands for in the label table: the top bit tells hypotheses from assertions.
enum LabelValue {
  static let hypothesis: UInt32 = 0x8000_0000
  static let limit = 0x7FFF_FFFF
}

/// Everything that a checker reads. It is made once and then only read, so any number of checkers may share it.
struct Index<S: SymbolCode> {
  var files: [SourceFile] = []
  var symbolTable: NameTable
  var labelTable: NameTable
  var symbols: Buffer<SymbolInfo>
  var formulas: Buffer<S>
  var hypotheses: Buffer<Hypothesis>
  var assertions: Buffer<Assertion>
  var assertionNames: Buffer<AssertionName>
  var frames: Buffer<FrameHypothesis>
  /// Which hypothesis each entry of `frames` is.
  var frameIDs: Buffer<UInt32>
  var segments: Buffer<Segment<S>>
  var disjointPairs: Buffer<DisjointPair<S>>
  var disjointNodes: Buffer<DisjointNode>
  var disjointVariables: Buffer<S>
  var proofs: Buffer<ProofText>

  /// Sized for a database of that many bytes; everything grows when the guess is too low.
  init(textBytes: Int) {
    symbolTable = NameTable(expecting: min(textBytes / 100, 2000))
    labelTable = NameTable(expecting: textBytes / 440)
    symbols = Buffer(capacity: min(textBytes / 100, 2000))
    formulas = Buffer(capacity: textBytes / 12)
    hypotheses = Buffer(capacity: textBytes / 640)
    assertions = Buffer(capacity: textBytes / 400)
    assertionNames = Buffer(capacity: textBytes / 400)
    frames = Buffer(capacity: textBytes / 90)
    frameIDs = Buffer(capacity: textBytes / 90)
    segments = Buffer(capacity: textBytes / 36)
    disjointPairs = Buffer(capacity: textBytes / 180)
    disjointNodes = Buffer(capacity: textBytes / 400)
    disjointVariables = Buffer(capacity: textBytes / 120)
    proofs = Buffer(capacity: textBytes / 800)
  }

  func deallocate() {
    for file in files { file.deallocate() }
    symbolTable.deallocate()
    labelTable.deallocate()
    symbols.deallocate()
    formulas.deallocate()
    hypotheses.deallocate()
    assertions.deallocate()
    assertionNames.deallocate()
    frames.deallocate()
    frameIDs.deallocate()
    segments.deallocate()
    disjointPairs.deallocate()
    disjointNodes.deallocate()
    disjointVariables.deallocate()
    proofs.deallocate()
  }

  func file(of p: UnsafePointer<UInt8>) -> SourceFile {
    files.first { $0.contains(p) } ?? files[0]
  }

  func name(ofSymbol symbol: Int) -> String {
    Bytes.text(symbols[symbol].name, Int(symbols[symbol].length))
  }

  func label(ofAssertion assertion: Int) -> String {
    Bytes.text(assertionNames[assertion].label, Int(assertionNames[assertion].length))
  }

  func label(ofHypothesis hypothesis: Int) -> String {
    Bytes.text(hypotheses[hypothesis].label, Int(hypotheses[hypothesis].labelLength))
  }
}
