// What a host and a worker say to each other about sessions, streams and the calls that a worker makes.

package enum SessionOperation: UInt64, Sendable {
  case open = 1
  case perform = 2
  case close = 3
}

/// What the request that follows does to a session.
package struct SessionMessage: Equatable, Sendable {
  package var operation: SessionOperation
  /// Made by the host, never used again in one worker; not 0.
  package var number: UInt64

  package init(_ operation: SessionOperation, number: UInt64) {
    self.operation = operation
    self.number = number
  }

  package func encoded() -> [UInt8] {
    var out = PayloadWriter()
    out.put(operation.rawValue)
    out.put(number)
    return out.bytes
  }

  package init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
    var reader = PayloadReader(payload, of: .session)
    let word = try reader.number()
    guard let operation = SessionOperation(rawValue: word) else {
      throw .badPayload(of: .session, "operation \(word)")
    }
    self.operation = operation
    number = try reader.number()
    try reader.finish()
    guard number != 0 else { throw .badPayload(of: .session, "number 0") }
  }
}

/// The request that follows has somebody who takes its items, or items behind it.
package struct StreamMessage: Equatable, Sendable {
  /// Bytes of items that may be under way; 0 = nobody takes them.
  package var credit: UInt64
  package var hasInput: Bool

  package init(credit: UInt64, hasInput: Bool) {
    self.credit = credit
    self.hasInput = hasInput
  }

  package func encoded() -> [UInt8] {
    var out = PayloadWriter()
    out.put(credit)
    out.put(hasInput ? 1 : 0)
    return out.bytes
  }

  package init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
    var reader = PayloadReader(payload, of: .stream)
    credit = try reader.number()
    let flags = try reader.number()
    try reader.finish()
    guard flags <= 1 else { throw .badPayload(of: .stream, "flags \(flags)") }
    hasInput = flags == 1
  }
}

/// `credit` and `inputCredit`.
package struct CreditMessage: Equatable, Sendable {
  package var bytes: UInt64

  package init(bytes: UInt64) { self.bytes = bytes }

  package func encoded() -> [UInt8] {
    var out = PayloadWriter()
    out.put(bytes)
    return out.bytes
  }

  package init(_ payload: UnsafeRawBufferPointer, of type: FrameType) throws(WireError) {
    var reader = PayloadReader(payload, of: type)
    bytes = try reader.number()
    try reader.finish()
  }
}

/// A call of a worker: the numbers, then the bytes as they are.
package struct CallMessage: Equatable, Sendable {
  package static let headerSize = 24

  /// The request during which it is made.
  package var request: UInt64
  /// The other worker, by its number and the life of its pool; 0 = the host.
  package var target: UInt64
  package var epoch: UInt64

  package init(request: UInt64, target: UInt64, epoch: UInt64) {
    self.request = request
    self.target = target
    self.epoch = epoch
  }

  package func encoded(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    var out = PayloadWriter()
    for number in [request, target, epoch] { out.put(number) }
    return out.bytes + bytes
  }

  /// The message, and its bytes where they lie.
  package static func read(
    _ payload: UnsafeRawBufferPointer
  ) throws(WireError) -> (CallMessage, UnsafeRawBufferPointer) {
    var reader = PayloadReader(payload, of: .call)
    let message = CallMessage(
      request: try reader.number(), target: try reader.number(), epoch: try reader.number())
    return (message, UnsafeRawBufferPointer(rebasing: payload[headerSize...]))
  }
}

/// `printedFile`.
package struct PrintedFileMessage: Equatable, Sendable {
  /// The request during which it is printed.
  package var request: UInt64
  /// 1 or 2.
  package var stream: UInt64
  /// In the worker; the others say which file that must be.
  package var descriptor: Int32
  package var device: UInt64
  package var inode: UInt64
  package var offset: UInt64
  package var count: UInt64

  package init(
    request: UInt64, stream: UInt64, descriptor: Int32, device: UInt64, inode: UInt64, offset: UInt64,
    count: UInt64
  ) {
    self.request = request
    self.stream = stream
    self.descriptor = descriptor
    self.device = device
    self.inode = inode
    self.offset = offset
    self.count = count
  }

  package func encoded() -> [UInt8] {
    var out = PayloadWriter()
    for number in [request, stream, UInt64(bitPattern: Int64(descriptor)), device, inode, offset, count] {
      out.put(number)
    }
    return out.bytes
  }

  package init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
    var reader = PayloadReader(payload, of: .printedFile)
    request = try reader.number()
    stream = try reader.number()
    descriptor = try reader.int32()
    device = try reader.number()
    inode = try reader.number()
    offset = try reader.number()
    count = try reader.number()
    try reader.finish()
    guard 1...2 ~= stream, descriptor >= 0, offset <= UInt64(Int64.max), count <= UInt64(Int64.max) - offset
    else {
      throw .badPayload(of: .printedFile, "stream \(stream), descriptor \(descriptor), bytes \(count)")
    }
  }
}

/// The answer to one: a status, then the reply or a message for people.
package enum ReplyMessage {
  package static let headerSize = 8

  package static func encoded(_ status: Int32, _ bytes: some Sequence<UInt8>) -> [UInt8] {
    var out = PayloadWriter()
    out.put(UInt64(bitPattern: Int64(status)))
    return out.bytes + bytes
  }

  package static func read(
    _ payload: UnsafeRawBufferPointer
  ) throws(WireError) -> (status: Int32, bytes: UnsafeRawBufferPointer) {
    var reader = PayloadReader(payload, of: .reply)
    return (try reader.int32(), UnsafeRawBufferPointer(rebasing: payload[headerSize...]))
  }
}
