import CTaskHost
import Testing

/// What the kind asks of its host, with hosts that do not give it.
@Suite(.serialized) struct HostServiceTests {
  @Test func aHostThatCanNotPrintIsTold() throws {
    let lab = try Lab(hasPrint: false)
    #expect(lab.startWorker() == -2)
    #expect(lab.failure == "this host has no extension taskhost.print/1")
  }

  @Test func outputIsHandedOnInPieces() throws {
    let lab = try Lab()
    let done = try lab.perform(Lab.task(["sh", "-c", "head -c 1000000 /dev/zero; echo end >&2"]))
    #expect(done.status == 0)
    #expect(lab.pieces.filter { $0.stream == 1 }.reduce(0) { $0 + $1.bytes.count } == 1_000_000)
    #expect(lab.pieces.filter { $0.stream == 2 }.flatMap(\.bytes) == Array("end\n".utf8))
    #expect(lab.pieces.allSatisfy { $0.bytes.count <= 1 << 16 } && lab.pieces.count > 10)
  }

  /// It would go on for five minutes.
  @Test func aHostThatTakesNoMoreEndsTheCommand() throws {
    let lab = try Lab()
    lab.printStatus = -6
    #expect(try lab.perform(Lab.task(["sh", "-c", "echo a; exec sleep 300"])).status == -6)
    lab.printStatus = -5
    #expect(try lab.perform(Lab.task(["sh", "-c", "echo a; exec sleep 300"])).status == -5)
    lab.printStatus = 0
    #expect(try lab.perform(Lab.task(["true"])).status == 0, "the next one is not concerned")
  }

  @Test func bytesOfAnotherKindAreRefused() throws {
    let lab = try Lab()
    for bytes in [[], [UInt8](repeating: 255, count: 40), Array(Lab.task(["true"]).dropLast())] {
      #expect(try lab.perform(bytes).status == -3)
      #expect(lab.failure == "the payload is not one of this kind")
    }
    #expect(lab.use([1, 2, 3], of: Lab.task(["true"]), id: 1) == -3)
  }

  @Test func aSlotIsFreeWhenItsTaskHasEnded() throws {
    let lab = try Lab()
    // One slot, at the start of the first word.
    let task: [UInt8] = [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0] + Array("x\0".utf8)
    func slot(_ id: UInt64) -> [UInt8] { Array(lab.request(of: task, id: id).dropFirst(8)) }
    #expect(slot(10) == Array("1x\0".utf8))
    #expect(slot(11) == Array("2x\0".utf8))
    #expect(slot(10) == Array("1x\0".utf8), "another trial of the same task")
    let passed = try lab.perform(Lab.task(["true"])).response
    #expect(lab.use(passed, of: task, id: 10) == 2)
    #expect(slot(12) == Array("1x\0".utf8))
    #expect(slot(13) == Array("3x\0".utf8))
  }
}
