/// Where the line feeds of a file are, coarsely: many failures must not each read the file from its start.
struct LineIndex {
  static let block = 1 << 16
  let lines: [Int]

  init(_ file: SourceFile) {
    var lines: [Int] = []
    var line = 1
    var i = 0
    while i < file.count {
      if i % Self.block == 0 { lines.append(line) }
      if file.text[i] == 10 { line += 1 }
      i += 1
    }
    self.lines = lines
  }
}

/// A formula in which the entries of a frame are to be put for the variables.
struct Template {
  var typecode: UInt32
  var segments: Int
  var count: Int
  var body: Int
}

extension Engine {
  func position(of p: UnsafePointer<UInt8>) -> (file: String, line: Int, column: Int) {
    let number = index.files.firstIndex { $0.contains(p) } ?? 0
    let file = index.files[number]
    let lines = lineIndex[number] ?? LineIndex(file)
    lineIndex[number] = lines
    let offset = p - UnsafePointer(file.text)
    var at = min(offset / LineIndex.block, max(lines.lines.count - 1, 0)) * LineIndex.block
    var line = lines.lines.isEmpty ? 1 : lines.lines[at / LineIndex.block]
    while at < offset {
      if file.text[at] == 10 { line += 1 }
      at += 1
    }
    var lineStart = offset
    while lineStart > 0 && file.text[lineStart - 1] != 10 { lineStart -= 1 }
    return (file.path, line, offset - lineStart + 1)
  }

  func shown(_ entry: Entry<S>) -> String {
    shown(symbols(entry), from: 0)
  }

  /// Both texts cut at the same place, so that the first difference is in sight.
  func shown(
    expected template: Template, _ base: UnsafePointer<Entry<S>>, found entry: Entry<S>
  ) -> (expected: String, found: String) {
    // Beyond this many symbols a difference is not looked for.
    let most = 1 << 16
    var due: [UInt32] = [template.typecode]
    var body = template.body
    for i in 0..<template.count where due.count < most {
      let segment = index.segments[template.segments + i]
      for _ in 0..<Int(segment.run) {
        due.append(UInt32(index.formulas[body]))
        body += 1
      }
      guard segment.hypothesis != S.max else { continue }
      body += 1
      let value = base[Int(segment.hypothesis)]
      for j in 0..<min(Int(value.length), most) { due.append(UInt32(value.symbols[j])) }
    }
    let came = symbols(entry, most: most)
    let same = zip(due, came).prefix { $0 == $1 }.count
    let before = due[..<same].reduce(0) { $0 + Int(index.symbols[Int($1)].length) + 1 }
    // A third of the width is kept for what comes before the difference.
    var start = 0
    if before > options.width * 2 / 3 {
      var room = options.width / 3
      start = same
      while start > 0, room > 0 {
        start -= 1
        room -= Int(index.symbols[Int(due[start])].length) + 1
      }
    }
    return (shown(due, from: start), shown(came, from: start))
  }

  private func symbols(_ entry: Entry<S>, most: Int = 1 << 16) -> [UInt32] {
    [entry.typecode] + (0..<min(Int(entry.length), most)).map { UInt32(entry.symbols[$0]) }
  }

  private func shown(_ symbols: [UInt32], from start: Int) -> String {
    var text = start > 0 ? "..." : ""
    for symbol in symbols.dropFirst(start) {
      let name = index.name(ofSymbol: Int(symbol))
      if text.utf8.count + name.utf8.count + 1 > options.width {
        return text + (text.isEmpty ? "" : " ") + "..."
      }
      if !text.isEmpty { text += " " }
      text += name
    }
    return text
  }
}
