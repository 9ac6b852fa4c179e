internal import Glibc

extension Loader {
  /// Finds the next token outside comments; false at the end of the file.
  @inline(__always)
  mutating func nextToken() throws -> Bool {
    while true {
      while Bytes.isSpace(next.pointee) { next += 1 }
      token = next
      length = Bytes.tokenLength(next)
      next += length
      if length == 0 {
        if token == end { return false }
        throw illegalByte(token)
      }
      if token[0] == Bytes.dollar && token[1] == UInt8(ascii: "(") {
        try skipComment()
        continue
      }
      return true
    }
  }

  /// Skips the comment that begins at `token`.
  mutating func skipComment() throws {
    let start = token
    guard length == 2 else {
      throw error("'$(' must be followed by white space; found \(shownToken)", at: start)
    }
    var p = start + 2
    while let found = memchr(p, Int32(Bytes.dollar), end - p) {
      let dollar = UnsafePointer(found.assumingMemoryBound(to: UInt8.self))
      if dollar[1] == UInt8(ascii: ")") {
        if !isClean { try checkComment(from: start, to: dollar) }
        guard Bytes.isSpace(dollar[-1]), dollar + 2 == end || Bytes.isSpace(dollar[2]) else {
          throw error("'$)' must stand between white space", at: dollar)
        }
        next = dollar + 2
        return
      }
      if dollar[1] == UInt8(ascii: "(") {
        if !isClean { try checkComment(from: start, to: dollar) }
        throw error("found '$(' inside a comment: comments do not nest", at: dollar)
      }
      p = dollar + 1
    }
    if !isClean { try checkComment(from: start, to: end) }
    throw error("this comment is not closed: the file ends without its '$)'", at: start)
  }

  private func checkComment(from start: UnsafePointer<UInt8>, to stop: UnsafePointer<UInt8>) throws {
    var p = start
    while p < stop {
      if !Bytes.isLegal(p.pointee) { throw illegalByte(p) }
      p += 1
    }
  }

  /// Skips a proof, up to and including its `$.`, and returns its length.
  mutating func skipProof(keyword: UnsafePointer<UInt8>) throws -> Int {
    let start = next
    var p = start
    while let found = memchr(p, Int32(Bytes.dollar), end - p) {
      let dollar = UnsafePointer(found.assumingMemoryBound(to: UInt8.self))
      let isToken = Bytes.isSpace(dollar[-1]) && (dollar + 2 == end || Bytes.isSpace(dollar[2]))
      if isToken && dollar[1] == UInt8(ascii: ".") {
        next = dollar + 2
        return dollar - start
      }
      p = dollar + 1
      if isToken && dollar[1] == UInt8(ascii: "(") { p = try endOfComment(dollar) }
    }
    throw error("this proof is not closed: the file ends without its '$.'", at: keyword)
  }

  private func endOfComment(_ start: UnsafePointer<UInt8>) throws -> UnsafePointer<UInt8> {
    var p = start + 2
    while let found = memchr(p, Int32(Bytes.dollar), end - p) {
      let dollar = UnsafePointer(found.assumingMemoryBound(to: UInt8.self))
      if dollar[1] == UInt8(ascii: ")") { return dollar + 2 }
      p = dollar + 1
    }
    throw error("this comment is not closed: the file ends without its '$)'", at: start)
  }

  // MARK: Errors

  var shownToken: String { Bytes.quoted(token, length) }

  @inline(never)
  func error(_ message: String) -> LoadError { error(message, at: token) }

  @inline(never)
  func error(_ message: String, at p: UnsafePointer<UInt8>) -> LoadError {
    let place = index.files[file].position(of: p)
    return LoadError(
      file: index.files[file].path, line: place.line, column: place.column,
      label: label.map { Bytes.text($0, labelLength) } ?? "", message: message)
  }

  @inline(never)
  func illegalByte(_ p: UnsafePointer<UInt8>) -> LoadError {
    error(
      "illegal byte 0x\(Bytes.hex(p.pointee)); expected printable ASCII or white space", at: p)
  }

  /// Every byte of a name that is declared here must be allowed in it.
  func checkCharacters(_ p: UnsafePointer<UInt8>, _ count: Int, of what: String) throws {
    for i in 0..<count {
      if !Bytes.isLegal(p[i]) { throw illegalByte(p + i) }
      if p[i] == Bytes.dollar {
        throw error("'$' is not allowed in a \(what); found \(Bytes.quoted(p, count))", at: p + i)
      }
    }
  }
}
