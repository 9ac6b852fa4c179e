/// The kinds of frames. Numbers are part of the protocol: a host and its workers are one executable, but a worker may be
/// an older or newer one behind a launcher, and must be told apart by an error, not by a hang.
package enum FrameType: UInt8, Sendable {
  // Host to worker. End of file is the request to end in order.
  case config = 1
  case start = 2
  case request = 3
  case hostFeedback = 4
  /// When the request with this id, which follows, has to be done: 8 bytes, CLOCK_MONOTONIC.
  case deadline = 5
  // Host to relay: for the worker behind it. The first comes before everything else; `signal` carries a number as its id.
  case environment = 6
  case cancel = 7
  case signal = 8
  // Host to worker, of the extensions. Ahead of the request with this id: what it does to a session, and that it has streams.
  case session = 9
  case stream = 10
  /// So many bytes more of items may be sent.
  case credit = 11
  case input = 12
  case inputEnd = 13
  /// To the call of this number.
  case reply = 14
  // Of lanes, and only to a worker that has them: a place in one of them stands for the payload.
  /// Memory that both could share.
  case lanes = 15

  // Worker to host.
  case hello = 16
  case ready = 17
  case startFailed = 18
  case response = 19
  case failure = 20
  case feedback = 21
  case diagnostic = 22
  case log = 23
  // Relay to host.
  case claims = 24
  case relayedEnd = 25
  // Worker to host, of the extensions.
  case item = 26
  /// So many bytes more of input may be sent.
  case inputCredit = 27
  /// The id is the number of the call.
  case call = 28
  /// Of the request whose answer follows.
  case spans = 29
  /// Bytes that the task of this request prints.
  case printedOutput = 30
  case printedError = 31
  /// The same, in a file that the worker has open: a call, which the host answers once it has the file, too.
  case printedFile = 32
  /// To `lanes`, and to `lanesEnd`.
  case lanesReply = 33
  case responseInLane = 34
  // Host to worker again.
  case requestInLane = 35
  /// Everything that lay in them is done with.
  case lanesEnd = 36
}

/// One message: a header of 16 bytes, then the payload, then zeroes up to a multiple of 8, so that each payload of a
/// stream starts 8-aligned.
package struct Frame {
  package var type: FrameType
  /// Of the request that it belongs to; 0 = none.
  package var id: UInt64
  /// Lent: valid until the buffer is filled again.
  package var payload: UnsafeRawBufferPointer

  /// The frame that this one stands for: its payload lies elsewhere.
  package func carrying(_ payload: UnsafeRawBufferPointer, as type: FrameType) -> Frame {
    Frame(type: type, id: id, payload: payload)
  }

  package static let version: UInt8 = 1
  package static let headerSize = 16
  static let magic: UInt16 = 0x4854  // "TH"

  /// What `start` may carry: the shared bytes of a plan are no payload of a task, and as large as a list of tasks may be.
  package static let largestStart = 1 << 30

  /// What a stream must take when requests and responses hold `payloads` bytes at most: diagnostics, messages and feedback
  /// have room whatever that is.
  package static func limit(payloads: Int) -> Int { max(payloads, 1 << 20) }

  /// Bytes that a payload of `length` takes in the stream, without its header.
  @inline(__always)
  package static func padded(_ length: Int) -> Int { (length &+ 7) & ~7 }

  @inline(__always)
  package static func writeHeader(
    _ type: FrameType, id: UInt64, length: Int, at header: UnsafeMutableRawPointer
  ) {
    header.storeBytes(of: UInt32(truncatingIfNeeded: length), as: UInt32.self)
    let rest = UInt32(type.rawValue) | UInt32(version) << 8 | UInt32(magic) << 16
    header.storeBytes(of: rest, toByteOffset: 4, as: UInt32.self)
    header.storeBytes(of: id, toByteOffset: 8, as: UInt64.self)
  }
}

/// What is wrong with the bytes of the other side.
package enum WireError: Error, Equatable {
  /// The header is not one of ours: what was found where.
  case badFrame(found: String, expected: String, offset: UInt64)
  /// The stream ended inside a frame.
  case truncated(have: Int, need: Int, offset: UInt64)
  /// The header announces more than the cap.
  case tooLarge(length: Int, limit: Int)
  /// A control payload ended early or says what it must not.
  case badPayload(of: FrameType, String)

  /// One word for events: `bad_frame`, `truncated`, `too_large`.
  package var word: String {
    switch self {
    case .badFrame, .badPayload: "bad_frame"
    case .truncated: "truncated"
    case .tooLarge: "too_large"
    }
  }

  package var message: String {
    switch self {
    case .badFrame(let found, let expected, let offset):
      "byte \(offset) of the stream starts no frame: found \(found), expected \(expected)"
    case .truncated(let have, let need, let offset):
      "the stream ended inside the frame at byte \(offset): \(have) of \(need) bytes"
    case .tooLarge(let length, let limit):
      "a frame of \(length) bytes was announced, the limit is \(limit)"
    case .badPayload(let type, let what):
      "the payload of a \(type) frame is malformed: \(what)"
    }
  }
}
