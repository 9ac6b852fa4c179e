internal import TaskHostSDK

/// Reads numbers and texts one after the other; what is cut off or left over is bad input.
struct PayloadReader {
  private var rest: Slice<UnsafeRawBufferPointer>

  init(_ bytes: Bytes) { rest = bytes.buffer[...] }

  mutating func number() throws(KindError) -> Int {
    guard rest.count >= 8 else { throw Self.malformed }
    let value = UnsafeRawBufferPointer(rebasing: rest).loadUnaligned(as: Int.self)
    rest = rest.dropFirst(8)
    guard value >= 0 else { throw Self.malformed }
    return value
  }

  mutating func bits() throws(KindError) -> UInt64 {
    guard rest.count >= 8 else { throw Self.malformed }
    defer { rest = rest.dropFirst(8) }
    return UnsafeRawBufferPointer(rebasing: rest).loadUnaligned(as: UInt64.self)
  }

  mutating func text() throws(KindError) -> String {
    let count = try number()
    guard count <= rest.count else { throw Self.malformed }
    defer { rest = rest.dropFirst(count) }
    return String(decoding: rest.prefix(count), as: UTF8.self)
  }

  func end() throws(KindError) {
    guard rest.isEmpty else { throw Self.malformed }
  }

  static var malformed: KindError { .badInput("the payload is not one of this kind") }
}

extension Output {
  func put(_ number: Int) throws(KindError) { try write(number) }

  func put(_ text: String) throws(KindError) {
    try write(text.utf8.count)
    try write(text)
  }
}

/// What every worker is given: the databases and how to check them.
struct SharedState {
  struct Path {
    /// Absolute: a worker may stand in another directory.
    var path: String
    /// As it was given.
    var shown: String
  }

  var maxSymbols: Int
  var width: Int
  var batchBytes: Int
  var paths: [Path]

  init(options: RunOptions, paths: [Path]) {
    maxSymbols = options.maxSymbols
    width = options.width
    batchBytes = options.batchBytes
    self.paths = paths
  }

  init(reading bytes: Bytes) throws(KindError) {
    var reader = PayloadReader(bytes)
    maxSymbols = try reader.number()
    width = try reader.number()
    batchBytes = try reader.number()
    paths = []
    for _ in 0..<(try reader.number()) {
      paths.append(Path(path: try reader.text(), shown: try reader.text()))
    }
    try reader.end()
    // The largest that `--set` takes: memory is reserved for it.
    guard maxSymbols <= 4_000_000_000 else { throw PayloadReader.malformed }
  }

  func write(to output: Output) throws(KindError) {
    try output.put(maxSymbols)
    try output.put(width)
    try output.put(batchBytes)
    try output.put(paths.count)
    for path in paths {
      try output.put(path.path)
      try output.put(path.shown)
    }
  }
}

/// What a task asks for; the request is the same bytes.
struct ProofTask: Equatable {
  enum Work: Equatable {
    /// Check one part of so many.
    case part(Int, of: Int)
    /// Check these proofs.
    case range(Range<Int>)
    /// Say which proofs are in this part, in pieces: its worker died.
    case split(Int, of: Int)
    /// Name this proof: nothing but it was being checked when its worker died, time and again.
    case blame(Int)
  }

  var file: Int
  var shown: String
  var work: Work
  /// Why a worker died or gave up, for `blame`: the text, and whether it was at a limit.
  var reason = ""
  var isLimit = false

  init(file: Int, shown: String, work: Work) {
    self.file = file
    self.shown = shown
    self.work = work
  }

  init(reading bytes: Bytes) throws(KindError) {
    var reader = PayloadReader(bytes)
    let which = try reader.number()
    file = try reader.number()
    let first = try reader.number()
    let second = try reader.number()
    isLimit = try reader.number() != 0
    shown = try reader.text()
    reason = try reader.text()
    try reader.end()
    switch which {
    case 0, 2:
      guard first < second else { throw PayloadReader.malformed }
      work = which == 0 ? .part(first, of: second) : .split(first, of: second)
    case 1:
      guard first <= second else { throw PayloadReader.malformed }
      work = .range(first..<second)
    case 3: work = .blame(first)
    default: throw PayloadReader.malformed
    }
  }

  func write(to output: Output) throws(KindError) {
    let (which, first, second) =
      switch work {
      case .part(let part, let parts): (0, part, parts)
      case .range(let range): (1, range.lowerBound, range.upperBound)
      case .split(let part, let parts): (2, part, parts)
      case .blame(let proof): (3, proof, 0)
      }
    try output.put(which)
    try output.put(file)
    try output.put(first)
    try output.put(second)
    try output.put(isLimit ? 1 : 0)
    try output.put(shown)
    try output.put(reason)
  }

  var name: String {
    let base = shown.split(separator: "/").last.map(String.init) ?? shown
    switch work {
    case .part(let part, let parts): return "\(base) part \(part + 1)/\(parts)"
    case .range(let range) where range.count == 1: return "\(base) proof \(range.lowerBound + 1)"
    case .range(let range): return "\(base) proofs \(range.lowerBound + 1) to \(range.upperBound)"
    case .split(let part, let parts): return "\(base) split part \(part + 1)/\(parts)"
    case .blame(let proof): return "\(base) name proof \(proof + 1)"
    }
  }
}
