internal import ForeignLibraries
internal import TaskHostSDK

/// Reads numbers and texts one after the other; what is cut off or left over is bad input.
struct PayloadReader {
  private var rest: Slice<UnsafeRawBufferPointer>

  init(_ bytes: Bytes) { rest = bytes.buffer[...] }

  mutating func bits() throws(KindError) -> UInt64 {
    guard rest.count >= 8 else { throw Self.malformed }
    defer { rest = rest.dropFirst(8) }
    return UnsafeRawBufferPointer(rebasing: rest).loadUnaligned(as: UInt64.self)
  }

  mutating func number() throws(KindError) -> Int {
    guard let value = Int(exactly: try bits()) else { throw Self.malformed }
    return value
  }

  mutating func bytes() throws(KindError) -> UnsafeRawBufferPointer {
    let count = try number()
    guard count <= rest.count else { throw Self.malformed }
    defer { rest = rest.dropFirst(count) }
    return UnsafeRawBufferPointer(rebasing: rest.prefix(count))
  }

  mutating func text() throws(KindError) -> String { String(decoding: try bytes(), as: UTF8.self) }

  func end() throws(KindError) {
    guard rest.isEmpty else { throw Self.malformed }
  }

  static var malformed: KindError { .badInput("the payload is not one of this kind") }
}

extension Output {
  func put(_ number: Int) throws(KindError) { try write(UInt64(number)) }

  func put(_ bits: UInt64) throws(KindError) { try write(bits) }

  func put(_ text: String) throws(KindError) {
    try put(text.utf8.count)
    try write(text)
  }

  func put(_ bytes: [UInt8]) throws(KindError) {
    try put(bytes.count)
    try write(upTo: bytes.count) { memory in
      memory.copyBytes(from: bytes)
      return bytes.count
    }
  }
}

/// What every worker is given.
struct SharedState {
  struct Library: Equatable {
    var path: String
    var identity: SharedObject.Identity
  }

  /// As it was read by the host.
  var signatures: String
  /// In the order of the signatures.
  var libraries: [Library]

  init(signatures: String, libraries: [Library]) {
    self.signatures = signatures
    self.libraries = libraries
  }

  init(reading bytes: Bytes) throws(KindError) {
    var reader = PayloadReader(bytes)
    signatures = try reader.text()
    libraries = []
    for _ in 0..<(try reader.number()) {
      let path = try reader.text()
      libraries.append(
        Library(
          path: path,
          identity: SharedObject.Identity(
            device: try reader.bits(), inode: try reader.bits(), size: try reader.bits(),
            changed: try reader.bits())))
    }
    try reader.end()
  }

  func write(to output: Output) throws(KindError) {
    try output.put(signatures)
    try output.put(libraries.count)
    for library in libraries {
      try output.put(library.path)
      try output.put(library.identity.device)
      try output.put(library.identity.inode)
      try output.put(library.identity.size)
      try output.put(library.identity.changed)
    }
  }
}

/// What a task asks for; the request is the same bytes. The calls themselves stay in their file, where the worker reads them.
struct CallTask {
  /// Names the task in the report of a crash.
  var serial: UInt64
  /// Its worker may go on with other calls, and it may be called again.
  var isPure: Bool
  var line: Int
  var count: Int
  /// Where in the file, in bytes.
  var offset: Int
  var length: Int
  /// Size and time of the file when it was split.
  var fileSize: UInt64
  var fileChanged: UInt64
  /// Absolute; empty for a call that was given as a word.
  var path: String
  /// As the user wrote it.
  var shown: String
  /// The first function that it calls.
  var name: String
  /// The call itself, where there is no file.
  var text: String

  init(reading bytes: Bytes) throws(KindError) {
    var reader = PayloadReader(bytes)
    serial = try reader.bits()
    isPure = try reader.bits() != 0
    line = try reader.number()
    count = try reader.number()
    offset = try reader.number()
    length = try reader.number()
    fileSize = try reader.bits()
    fileChanged = try reader.bits()
    path = try reader.text()
    shown = try reader.text()
    name = try reader.text()
    text = try reader.text()
    try reader.end()
  }

  init(
    serial: UInt64, isPure: Bool, line: Int, count: Int, offset: Int, length: Int, file: CallFile?,
    name: String, text: String
  ) {
    self.serial = serial
    self.isPure = isPure
    self.line = line
    self.count = count
    self.offset = offset
    self.length = length
    fileSize = file?.size ?? 0
    fileChanged = file?.changed ?? 0
    path = file?.path ?? ""
    shown = file?.shown ?? ""
    self.name = name
    self.text = text
  }

  func write(to output: Output) throws(KindError) {
    try output.put(serial)
    try output.put(isPure ? 1 : 0)
    try output.put(line)
    try output.put(count)
    try output.put(offset)
    try output.put(length)
    try output.put(fileSize)
    try output.put(fileChanged)
    try output.put(path)
    try output.put(shown)
    try output.put(name)
    try output.put(text)
  }
}

/// What became of one call.
struct CallRecord {
  enum End: Int {
    case returned, failed, badInput, unreadable
  }

  var end: End
  var line: Int
  var column: Int
  /// Of the function; `Int.max` where there is none.
  var function: Int
  /// Why it failed or could not be made; empty otherwise.
  var message: String
  /// The result; empty without one.
  var json: [UInt8]
  /// The `id` of the call as it was written, or empty.
  var id: String

  func write(to output: Output) throws(KindError) {
    try output.put(end.rawValue)
    try output.put(line)
    try output.put(column)
    try output.put(function)
    try output.put(message)
    try output.put(json)
    try output.put(id)
  }
}

extension CallRecord {
  init(from reader: inout PayloadReader) throws(KindError) {
    guard let end = End(rawValue: try reader.number()) else { throw PayloadReader.malformed }
    self.end = end
    line = try reader.number()
    column = try reader.number()
    function = try reader.number()
    message = try reader.text()
    json = Array(try reader.bytes())
    id = try reader.text()
  }
}
