import CPosix
import Glibc
import Testing
import Wire

/// A frame with its payload kept.
private struct Kept: Equatable {
  var type: FrameType
  var id: UInt64
  var payload: [UInt8]
}

private func stream(_ frames: [Kept]) -> [UInt8] {
  let buffer = SendBuffer()
  for frame in frames {
    frame.payload.withUnsafeBytes { buffer.append(frame.type, id: frame.id, payload: $0) }
  }
  return buffer.drain { Array($0) }
}

private func takeAll(_ buffer: ReceiveBuffer) throws -> [Kept] {
  var frames: [Kept] = []
  while let frame = try buffer.next() {
    #expect(Int(bitPattern: frame.payload.baseAddress) % 8 == 0, "payloads are aligned")
    frames.append(Kept(type: frame.type, id: frame.id, payload: Array(frame.payload)))
  }
  return frames
}

private func append(_ bytes: some Sequence<UInt8>, to buffer: ReceiveBuffer) {
  Array(bytes).withUnsafeBytes { buffer.append($0) }
}

private let types: [FrameType] = [.request, .hostFeedback, .response, .failure, .feedback, .diagnostic, .log]

private func someFrames(_ dice: inout Dice, _ count: Int, upTo size: Int) -> [Kept] {
  (0..<count).map { _ in
    Kept(
      type: types.randomElement(using: &dice)!, id: dice.next(),
      payload: dice.bytes(Int.random(in: 0...size, using: &dice)))
  }
}

@Suite struct FrameStreamTests {
  @Test(arguments: UInt64(0)..<200)
  func comesBackHoweverItIsCut(seed: UInt64) throws {
    var dice = Dice(seed)
    let frames = someFrames(&dice, 12, upTo: seed % 7 == 0 ? 200_000 : 90)
    let bytes = stream(frames)
    let buffer = ReceiveBuffer(limit: 1 << 20)
    var found: [Kept] = []
    var at = 0
    let longest = seed % 7 == 0 ? 70_000 : 60
    while at < bytes.count {
      let size = min(Int.random(in: 1...longest, using: &dice), bytes.count - at)
      append(bytes[at..<at + size], to: buffer)
      at += size
      found += try takeAll(buffer)
    }
    #expect(found == frames)
    #expect(buffer.unparsed == 0)
    try buffer.checkEnd()
  }

  @Test(arguments: UInt64(0)..<20)
  func comesBackThroughAPipe(seed: UInt64) throws {
    var ends: [Int32] = [-1, -1]
    try #require(cpx_pipe(&ends) == 0)
    defer { for end in ends where end >= 0 { close(end) } }
    for end in ends { try #require(cpx_set_nonblocking(end) == 0) }
    var dice = Dice(seed)
    let frames = someFrames(&dice, 40, upTo: 30_000)
    let sender = SendBuffer()
    let receiver = ReceiveBuffer(limit: 1 << 20)
    var found: [Kept] = []
    var waiting = frames[...]
    while found.count < frames.count {
      for _ in 0..<Int.random(in: 0...4, using: &dice) {
        guard let frame = waiting.popFirst() else { break }
        frame.payload.withUnsafeBytes { sender.append(frame.type, id: frame.id, payload: $0) }
      }
      _ = try sender.flush(to: ends[1])
      if case .bytes = try receiver.fill(from: ends[0]) { found += try takeAll(receiver) }
    }
    #expect(found == frames)
    #expect(sender.isEmpty)
    close(ends[1])
    ends[1] = -1
    guard case .endOfFile = try receiver.fill(from: ends[0]) else {
      Issue.record("the pipe is closed")
      return
    }
    try receiver.checkEnd()
  }

  /// The buffer of a very large frame is given back when there is nothing in it.
  @Test func growsAndShrinks() throws {
    let sender = SendBuffer()
    let ordinary = sender.capacity
    let large = [UInt8](repeating: 7, count: 12 << 20)
    large.withUnsafeBytes { sender.append(.request, id: 1, payload: $0) }
    #expect(sender.capacity >= large.count)
    let receiver = ReceiveBuffer(limit: 16 << 20)
    sender.drain { receiver.append($0) }
    #expect(sender.capacity == ordinary)
    #expect(try takeAll(receiver) == [Kept(type: .request, id: 1, payload: large)])
    append(stream([Kept(type: .log, id: 0, payload: [1])]), to: receiver)
    #expect(try takeAll(receiver).count == 1)
  }

  /// Space is asked for bit by bit, as a plugin does, while frames before it leave.
  @Test(arguments: UInt64(0)..<100)
  func makesPayloadsInPlace(seed: UInt64) throws {
    var dice = Dice(seed)
    let sender = SendBuffer()
    let receiver = ReceiveBuffer(limit: 1 << 24)
    var expected: [Kept] = []
    for id in UInt64(1)...20 {
      let payload = dice.bytes(Int.random(in: 0...(id % 5 == 0 ? 150_000 : 300), using: &dice))
      var room = sender.reserve(16)
      var capacity = sender.room
      var written = 0
      while written < payload.count {
        let piece = min(Int.random(in: 1...max(1, payload.count), using: &dice), payload.count - written)
        if written + piece > capacity {
          room = sender.extend(written: written, to: written + piece)
          capacity = sender.room
        }
        #expect(capacity >= written + piece)
        payload.withUnsafeBytes {
          (room + written).copyMemory(from: $0.baseAddress! + written, byteCount: piece)
        }
        written += piece
      }
      // One that is given up leaves no trace.
      if id % 4 == 0 { continue }
      sender.commit(.response, id: id, length: written)
      expected.append(Kept(type: .response, id: id, payload: payload))
      if Bool.random(using: &dice) { sender.drain { receiver.append($0) } }
    }
    sender.drain { receiver.append($0) }
    #expect(try takeAll(receiver) == expected)
  }
}

@Suite struct BadStreamTests {
  private func failure(_ bytes: [UInt8], limit: Int = 1000) -> WireError? {
    let buffer = ReceiveBuffer(limit: limit)
    append(bytes, to: buffer)
    do {
      while try buffer.next() != nil {}
      try buffer.checkEnd()
      return nil
    } catch { return error }
  }

  private let good = stream([Kept(type: .response, id: 1, payload: [1, 2, 3])])

  @Test func namesTheOffsetOfGarbage() {
    let error = failure(good + Array("this is not a frame!".utf8))
    #expect(error == .badFrame(found: "the mark 0x2073", expected: "0x4854", offset: 24))
    #expect(error?.message.contains("byte 24 of the stream") == true)
    #expect(error?.word == "bad_frame")
  }

  @Test func namesAnotherVersion() {
    var bytes = good
    bytes[5] = 9
    #expect(
      failure(good + bytes)
        == .badFrame(found: "protocol version 9", expected: "version 1", offset: 24))
  }

  @Test func namesAnUnknownType() {
    var bytes = good
    bytes[4] = 99
    #expect(failure(bytes) == .badFrame(found: "frame type 99", expected: "a known type", offset: 0))
  }

  /// From the header alone: nothing is allocated for it.
  @Test func refusesALengthAboveTheLimit() {
    var bytes = Array(good.prefix(16))
    bytes.replaceSubrange(0..<4, with: [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(failure(bytes) == .tooLarge(length: 0xFFFF_FFFF, limit: 1000))
    #expect(failure(stream([Kept(type: .log, id: 0, payload: [UInt8](repeating: 0, count: 1000))])) == nil)
    #expect(
      failure(stream([Kept(type: .log, id: 0, payload: [UInt8](repeating: 0, count: 1001))]))
        == .tooLarge(length: 1001, limit: 1000))
  }

  @Test func namesWhereItWasCutOff() {
    let bytes = good + good
    for length in 0..<bytes.count {
      let error = failure(Array(bytes.prefix(length)))
      if length == 0 || length == 24 {
        #expect(error == nil)
      } else {
        let offset = length < 24 ? 0 : 24
        let have = length - offset
        #expect(error == .truncated(have: have, need: have < 16 ? 16 : 24, offset: UInt64(offset)))
      }
    }
  }

  @Test(arguments: UInt64(0)..<2000)
  func anyBytesAreFramesOrAnError(seed: UInt64) {
    var dice = Dice(seed)
    var bytes = seed % 2 == 0 ? dice.bytes(Int.random(in: 0...200, using: &dice)) : good + good + good
    if seed % 2 == 1 {
      for _ in 0..<Int.random(in: 1...4, using: &dice) {
        bytes[Int.random(in: bytes.indices, using: &dice)] = UInt8.random(in: .min ... .max, using: &dice)
      }
    }
    // That it returns is the test; what it says depends on what was hit.
    if let error = failure(bytes) { #expect(!error.message.isEmpty) }
  }
}
