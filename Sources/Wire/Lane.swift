internal import CPosix
internal import Glibc

/// Payloads that are too large for the pipe lie in memory that a host and one of its workers share: requests in one file, which
/// the worker can only read, responses in another one. A frame says where. What finds no room goes through the pipe.
package enum Lane {
  /// Of each of the two files. Only what was used has memory behind it.
  package static let byteCount = 32 << 20
  /// What is not larger goes through the pipe. Beyond it the copies and pages of a pipe cost several times the rest.
  package static let least = 64 << 10
  /// Payloads that may lie in a lane at a time.
  static let mostPayloads = 64
  /// In front of the requests, for a word: how many responses the host has taken out.
  static let headerSize = 4096
  static let alignment = 64
}

/// Where a payload lies in its lane.
package struct LanePlace: Equatable, Sendable {
  package var offset: UInt64
  package var count: UInt64

  package static let byteCount = 16

  package init(offset: UInt64, count: UInt64) {
    self.offset = offset
    self.count = count
  }

  package func write(to room: UnsafeMutableRawPointer) {
    room.storeBytes(of: offset, as: UInt64.self)
    room.storeBytes(of: count, toByteOffset: 8, as: UInt64.self)
  }

  package init(_ frame: Frame) throws(WireError) {
    guard frame.payload.count == Self.byteCount else {
      throw .badPayload(of: frame.type, "a place of \(frame.payload.count) bytes")
    }
    offset = frame.payload.loadUnaligned(as: UInt64.self)
    count = frame.payload.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
  }
}

/// A host that shares memory with a worker: where the worker finds both files.
package struct LaneOffer: Equatable, Sendable {
  /// An open file of the host, and which one it is.
  package struct File: Equatable, Sendable {
    package var descriptor: UInt64
    package var device: UInt64
    package var inode: UInt64

    package init(_ descriptor: Int32) throws(SystemError) {
      var info = stat()
      guard fstat(descriptor, &info) == 0 else { throw SystemError(errno, "fstat") }
      self.descriptor = UInt64(descriptor)
      device = UInt64(info.st_dev)
      inode = UInt64(info.st_ino)
    }

    fileprivate init(_ reader: inout PayloadReader) throws(WireError) {
      descriptor = UInt64(bitPattern: Int64(try reader.int32()))
      device = try reader.number()
      inode = try reader.number()
    }

    /// Opened once more, in the worker.
    fileprivate func open(of process: pid_t, writable: Bool) throws(SystemError) -> Int32 {
      let opened = cpx_open_lane(process, Int32(truncatingIfNeeded: descriptor), writable)
      guard opened >= 0 else { throw SystemError(errno, "open") }
      var info = stat()
      guard fstat(opened, &info) == 0, UInt64(info.st_dev) == device, UInt64(info.st_ino) == inode else {
        close(opened)
        throw SystemError(ESTALE, "open")
      }
      return opened
    }
  }

  package var process: Int32
  package var byteCount: UInt64
  package var requests: File
  package var responses: File

  package init(process: Int32, byteCount: Int, requests: File, responses: File) {
    self.process = process
    self.byteCount = UInt64(byteCount)
    self.requests = requests
    self.responses = responses
  }

  package func encoded() -> [UInt8] {
    var out = PayloadWriter()
    out.put(UInt64(process))
    out.put(byteCount)
    for file in [requests, responses] {
      for number in [file.descriptor, file.device, file.inode] { out.put(number) }
    }
    return out.bytes
  }

  package init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
    var reader = PayloadReader(payload, of: .lanes)
    process = try reader.int32()
    byteCount = try reader.number()
    requests = try File(&reader)
    responses = try File(&reader)
    try reader.finish()
  }

  /// The worker's ends of both.
  package func open() throws(SystemError) -> (requests: IncomingLane, responses: OutgoingLane) {
    let size = Int(clamping: byteCount)
    let requestFile = try requests.open(of: process, writable: false)
    defer { close(requestFile) }
    let responseFile = try responses.open(of: process, writable: true)
    defer { close(responseFile) }
    let incoming = try LaneMemory(mapping: requestFile, byteCount: size, writable: false)
    let outgoing = try LaneMemory(mapping: responseFile, byteCount: size, writable: true)
    return (
      IncomingLane(incoming, from: Lane.headerSize), OutgoingLane(outgoing, takenOut: incoming)
    )
  }
}

/// To an offer: nothing, or what went wrong. Once more when the lanes are closed.
package enum LaneReply {
  package static func encoded(_ error: SystemError?) -> [UInt8] {
    var out = PayloadWriter()
    out.put(UInt64(error?.number ?? 0))
    return out.bytes
  }

  /// 0: the lanes are there.
  package static func read(_ payload: UnsafeRawBufferPointer) throws(WireError) -> Int32 {
    var reader = PayloadReader(payload, of: .lanesReply)
    let number = try reader.int32()
    try reader.finish()
    return number
  }
}
