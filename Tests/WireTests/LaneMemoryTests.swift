import CPosix
import CTaskHost
import Glibc
import Hooks
import Testing
import Wire

/// Both ends of both lanes, in one process: each is mapped twice, as it is by a host and a worker.
private final class BothEnds {
  let requests: OutgoingLane
  let takenRequests: IncomingLane
  let responses: OutgoingLane
  let takenResponses: IncomingLane
  private let memory: LaneMemory
  private var taken: UInt64 = 0

  init() throws {
    let files = (cpx_memfd("requests", Lane.byteCount), cpx_memfd("responses", Lane.byteCount))
    defer {
      close(files.0)
      close(files.1)
    }
    memory = try LaneMemory(mapping: files.0, byteCount: Lane.byteCount, writable: true)
    requests = OutgoingLane(requests: memory)
    takenResponses = IncomingLane(
      try LaneMemory(mapping: files.1, byteCount: Lane.byteCount, writable: false))
    #expect(cpx_seal_for_reader(files.0) == 0 && cpx_seal_size_first(files.1) == 0)
    let offer = LaneOffer(
      process: getpid(), byteCount: Lane.byteCount, requests: try .init(files.0),
      responses: try .init(files.1))
    let worker = try offer.encoded().withUnsafeBytes { try LaneOffer($0) }.open()
    (takenRequests, responses) = (worker.requests, worker.responses)
  }

  /// The host has a copy of one more response.
  func takeOut() {
    taken += 1
    cpx_store(memory.takenOut, taken)
  }
}

/// A sender's end: what a hook writes becomes frames.
private final class Sender {
  private let buffer = SendBuffer()
  let output: FrameOutput
  let type: FrameType

  init(_ type: FrameType, _ lane: OutgoingLane, limit: Int) {
    self.type = type
    output = FrameOutput(into: buffer, limit: limit)
    output.use(lane)
  }

  /// As a hook does: in pieces, and some through `th_reserve`.
  func write(_ bytes: [UInt8], _ dice: inout Dice) -> Bool {
    output.begin()
    let longest = [7, 5000, 400_000, 4_000_000].randomElement(using: &dice)!
    var at = 0
    while at < bytes.count {
      let size = min(Int.random(in: 1...longest, using: &dice), bytes.count - at)
      let isWritten = bytes[at..<at + size].withUnsafeBytes { piece in
        if Bool.random(using: &dice) {
          return th_write(output.out, piece.baseAddress, size) == TH_OK
        }
        guard let room = th_reserve(output.out, size) else { return false }
        UnsafeMutableRawPointer(room).copyMemory(from: piece.baseAddress!, byteCount: size)
        output.out.pointee.len += size
        return true
      }
      guard isWritten else { return false }
      at += size
    }
    return output.isSane
  }

  func send(to receiver: ReceiveBuffer) { buffer.drain { receiver.append($0) } }
}

private func word(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "nothing"
  } catch let error as WireError {
    return error.word
  } catch {
    return "\(error)"
  }
}

@Suite struct LaneMemoryTests {
  private struct Sent {
    var id: UInt64
    var bytes: [UInt8]
  }

  private static func size(_ dice: inout Dice) -> Int {
    switch Int.random(in: 0..<10, using: &dice) {
    case 0: 0
    case 1...3: Int.random(in: 0...200, using: &dice)
    case 4: Lane.least + Int.random(in: -9...9, using: &dice)
    case 5...8: Int.random(in: 0...700_000, using: &dice)
    default: Int.random(in: 0...9_000_000, using: &dice)
    }
  }

  /// Cheaper than `dice.bytes` for millions of them.
  private static func bytes(_ dice: inout Dice) -> [UInt8] {
    let seed = dice.next()
    return (0..<size(&dice)).map { UInt8(truncatingIfNeeded: (seed &+ UInt64($0)) &* 0x9e37_79b9 >> 11) }
  }

  /// Requests and responses of all sizes, through lanes and through the pipe: whatever was written comes, in order, and stays as it is until
  /// the sender hears that it is not needed any more.
  @Test(arguments: UInt64(0)..<12)
  func payloadsOfAllSizesComeAsTheyWere(seed: UInt64) throws {
    var dice = Dice(seed)
    let ends = try BothEnds()
    let limit = 8_000_000
    let host = Sender(.request, ends.requests, limit: limit)
    let worker = Sender(.response, ends.responses, limit: limit)
    let atWorker = ReceiveBuffer(limit: limit)
    let atHost = ReceiveBuffer(limit: limit)
    var inFlight: [Sent] = []
    var inLanes = 0
    var inPipes = 0
    for id in UInt64(1)...60 {
      let request = Self.bytes(&dice)
      let isWritten = host.write(request, &dice)
      #expect(isWritten == (request.count <= limit))
      // A hook may fail after it has written.
      guard isWritten, dice.next() % 9 > 0 else { continue }
      host.output.commit(.request, id: id)
      inFlight.append(Sent(id: id, bytes: request))
      host.send(to: atWorker)
      guard dice.next() % 3 == 0 else { continue }
      let batch = inFlight.prefix(Int.random(in: 1...inFlight.count, using: &dice))
      var answers: [Sent] = []
      for expected in batch {
        let frame = try #require(try atWorker.next())
        #expect(frame.id == expected.id)
        let payload =
          frame.type == .requestInLane
          ? try ends.takenRequests.payload(of: frame, limit: limit) : frame.payload
        #expect(Int(bitPattern: payload.baseAddress) % 8 == 0)
        #expect(payload.elementsEqual(expected.bytes))
        if frame.type == .requestInLane { inLanes += 1 } else { inPipes += 1 }
        let response = Self.bytes(&dice)
        guard worker.write(response, &dice) else { continue }
        worker.output.commit(.response, id: frame.id)
        answers.append(Sent(id: frame.id, bytes: response))
      }
      worker.send(to: atHost)
      for expected in answers {
        let answer = try #require(try atHost.next())
        let isInLane = answer.type == .responseInLane
        let found =
          isInLane ? try ends.takenResponses.payload(of: answer, limit: limit) : answer.payload
        #expect(answer.id == expected.id && found.elementsEqual(expected.bytes))
        if isInLane { ends.takeOut() }
      }
      // Not in the order in which they were made; what is still in flight stays as it is.
      for sent in batch.shuffled(using: &dice) { ends.requests.release(sent.id) }
      inFlight.removeFirst(batch.count)
    }
    for sent in inFlight { ends.requests.release(sent.id) }
    #expect(ends.requests.isEmpty)
    #expect(inLanes > 0 && inPipes > 0)
  }

  /// What has not been released is not written over, and what finds no room there is sent all the same.
  @Test func aFullLaneLeavesItsPayloadsAlone() throws {
    var dice = Dice(7)
    let ends = try BothEnds()
    let host = Sender(.request, ends.requests, limit: 1 << 26)
    let receiver = ReceiveBuffer(limit: 1 << 26)
    let request = [UInt8](repeating: 5, count: 3_000_000)
    for id in UInt64(1)...14 {
      #expect(host.write(request, &dice))
      host.output.commit(.request, id: id)
    }
    host.send(to: receiver)
    var types: [FrameType] = []
    while let frame = try receiver.next() {
      types.append(frame.type)
      let payload =
        frame.type == .request
        ? frame.payload : try ends.takenRequests.payload(of: frame, limit: 1 << 26)
      #expect(payload.elementsEqual(request))
    }
    #expect(types.filter { $0 == .requestInLane }.count == 11 && types.last == .request)
  }

  /// A payload that has begun in a lane goes on in the pipe when the lane is too short for it.
  @Test func aPayloadThatOutgrowsTheLaneGoesOnInThePipe() throws {
    let ends = try BothEnds()
    let host = Sender(.request, ends.requests, limit: 1 << 26)
    let receiver = ReceiveBuffer(limit: 1 << 26)
    host.output.begin()
    let piece = [UInt8](repeating: 9, count: 1 << 20)
    for _ in 0..<40 { #expect(th_write(host.output.out, piece, piece.count) == TH_OK) }
    #expect(host.output.isSane)
    host.output.commit(.request, id: 1)
    #expect(ends.requests.isEmpty)
    host.send(to: receiver)
    let frame = try #require(try receiver.next())
    #expect(frame.type == .request && frame.payload.count == 40 << 20)
    #expect(frame.payload.allSatisfy { $0 == 9 })
  }

  /// The first payload begins behind the word of the host.
  @Test(arguments: [
    (UInt64(0), UInt64(8), "bad_frame"), (4088, 8, "bad_frame"), (4100, 8, "bad_frame"),
    (UInt64(Lane.byteCount), 1, "bad_frame"), (UInt64(Lane.byteCount) - 8, 9, "bad_frame"),
    (.max - 7, 16, "bad_frame"), (.max, .max, "too_large"), (4096, .max, "too_large"),
    (4096, UInt64(Lane.byteCount), "bad_frame"), (8192, UInt64(Lane.byteCount) - 8191, "bad_frame"),
    (8192, UInt64(Lane.byteCount) - 8192, "nothing"), (UInt64(Lane.byteCount), 0, "nothing"),
    (4096, 0, "nothing"), (4096, 8, "nothing"),
  ])
  func placesOutsideAreRefused(offset: UInt64, count: UInt64, expected: String) throws {
    let ends = try BothEnds()
    let buffer = SendBuffer()
    LanePlace(offset: offset, count: count).write(to: buffer.reserve(LanePlace.byteCount))
    buffer.commit(.requestInLane, id: 1, length: LanePlace.byteCount)
    let receiver = ReceiveBuffer(limit: 1 << 26)
    buffer.drain { receiver.append($0) }
    let frame = try #require(try receiver.next())
    #expect(word { _ = try ends.takenRequests.payload(of: frame, limit: 1 << 26) } == expected)
  }

  /// A worker that can not have the memory says so with a number; nothing else does.
  @Test func offersAreReadAsTheyWere() throws {
    let file = cpx_memfd("offered", 4096)
    defer { close(file) }
    let offer = LaneOffer(
      process: getpid(), byteCount: 4096, requests: try .init(file), responses: try .init(file))
    #expect(try offer.encoded().withUnsafeBytes { try LaneOffer($0) } == offer)
    for count in 0..<offer.encoded().count {
      #expect(
        word { _ = try offer.encoded().prefix(count).withUnsafeBytes { try LaneOffer($0) } } == "bad_frame")
    }
    var other = offer
    other.requests.inode += 1
    #expect(throws: SystemError(ESTALE, "open")) { try other.open() }
    other = offer
    other.requests.descriptor = 1_000_000
    #expect(throws: SystemError(ENOENT, "open")) { try other.open() }
    #expect(
      try LaneReply.encoded(SystemError(EMFILE, "open")).withUnsafeBytes { try LaneReply.read($0) } == EMFILE)
    #expect(try LaneReply.encoded(nil).withUnsafeBytes { try LaneReply.read($0) } == 0)
  }
}
