import Testing
import Wire

@Suite struct ExtensionMessageTests {
  @Test(arguments: UInt64(0)..<100)
  func callsAndRepliesComeBack(seed: UInt64) throws {
    var dice = Dice(seed)
    let bytes = dice.bytes(Int.random(in: 0...300, using: &dice))
    let message = CallMessage(request: dice.next(), target: dice.next(), epoch: dice.next())
    let call = bytes.withUnsafeBytes { message.encoded($0) }
    try call.withUnsafeBytes {
      let (read, rest) = try CallMessage.read($0)
      #expect(read == message)
      #expect(Array(rest) == bytes)
    }
    let status = Int32.random(in: .min ... .max, using: &dice)
    try ReplyMessage.encoded(status, bytes).withUnsafeBytes {
      let reply = try ReplyMessage.read($0)
      #expect(reply.status == status)
      #expect(Array(reply.bytes) == bytes)
    }
  }

  @Test func whatIsCutOffIsANamedError() throws {
    let call = [7].withUnsafeBytes { CallMessage(request: 1, target: 2, epoch: 3).encoded($0) }
    for length in 0..<CallMessage.headerSize {
      #expect(throws: WireError.self) {
        try call.prefix(length).withUnsafeBytes { _ = try CallMessage.read($0) }
      }
    }
    for length in 0..<ReplyMessage.headerSize {
      #expect(throws: WireError.self) {
        try ReplyMessage.encoded(-1, []).prefix(length).withUnsafeBytes { _ = try ReplyMessage.read($0) }
      }
    }
  }

  @Test func aStatusIsOf32Bits() {
    var writer = PayloadWriter()
    writer.put(UInt64(1) << 40)
    #expect(throws: WireError.badPayload(of: .reply, "\(UInt64(1) << 40) does not fit 32 bits")) {
      try writer.bytes.withUnsafeBytes { _ = try ReplyMessage.read($0) }
    }
  }

  @Test(arguments: [UInt64(0), 4, .max]) func unknownSessionOperationsAreRefused(operation: UInt64) {
    var writer = PayloadWriter()
    writer.put(operation)
    writer.put(UInt64(1))
    #expect(throws: WireError.badPayload(of: .session, "operation \(operation)")) {
      try writer.bytes.withUnsafeBytes { _ = try SessionMessage($0) }
    }
  }

  @Test func aSessionHasANumber() {
    #expect(throws: WireError.badPayload(of: .session, "number 0")) {
      try SessionMessage(.open, number: 0).encoded().withUnsafeBytes { _ = try SessionMessage($0) }
    }
  }

  @Test func oneItemMayGoBeyondTheCredit() {
    var credit = Credit(100)
    credit.spend(0)
    #expect(credit.left == 84)
    credit.spend(1000)
    #expect(credit.isSpent)
    let isGranted = credit.grant(UInt64(Credit.cost(1000)))
    #expect(isGranted)
    #expect(credit.left == 84 && !credit.isSpent)
  }

  @Test func creditBeyondTheLimitIsRefused() {
    var credit = Credit(100)
    let grants = [credit.grant(1, upTo: 100), credit.grant(.max)]
    #expect(grants == [false, false])
    credit.spend(0)
    let isGranted = credit.grant(16, upTo: 100)
    #expect(isGranted && credit.left == 100)
  }

  /// A request stays where it is while frames behind it are read.
  @Test(arguments: UInt64(0)..<50) func lentBytesStay(seed: UInt64) throws {
    var dice = Dice(seed)
    let buffer = ReceiveBuffer(limit: 1 << 20)
    for _ in 0..<6 {
      let payload = dice.bytes(Int.random(in: 1...(seed % 5 == 0 ? 150_000 : 500), using: &dice))
      let later = (0..<4).map { _ in dice.bytes(Int.random(in: 0...80_000, using: &dice)) }
      let sender = SendBuffer()
      payload.withUnsafeBytes { sender.append(.request, id: 1, payload: $0) }
      for item in later { item.withUnsafeBytes { sender.append(.input, id: 1, payload: $0) } }
      let bytes = sender.drain { Array($0) }
      // The first piece ends inside the frames behind the request.
      let cut = Int.random(in: Credit.cost(payload.count)...bytes.count, using: &dice)
      Array(bytes[..<cut]).withUnsafeBytes { buffer.append($0) }
      let request = try #require(try buffer.next())
      buffer.keepLent()
      Array(bytes[cut...]).withUnsafeBytes { buffer.append($0) }
      for item in later {
        let frame = try #require(try buffer.next())
        #expect(Array(frame.payload) == item)
      }
      #expect(Array(request.payload) == payload)
      buffer.release()
      try buffer.checkEnd()
    }
  }
}
