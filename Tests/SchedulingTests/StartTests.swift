import Scheduling
import Testing

/// How long the parts of a start may take, and the whole of it.
@Suite struct StartTests {
  private func script(handshake: UInt64 = 0, load: UInt64 = 0) -> Script {
    var script = Script {
      $0.handshakeLimit = handshake
      $0.loadLimit = load
    }
    _ = script.add()
    script.take()
    return script
  }

  @Test func eachPartHasItsLimit() {
    var early = script(handshake: 2 * second, load: 5 * second)
    #expect(early.wait(10 * second) == [], "no process yet")
    #expect(early.on(.begins(worker(0), .handshake)) == [])
    #expect(early.wait(2 * second - 1) == [])
    #expect(early.wait(1) == [.kill(worker(0))])
    #expect(!early.scheduler.isWholeStartOver(of: worker(0)))
    var late = script(handshake: 2 * second, load: 5 * second)
    late.on(.begins(worker(0), .handshake))
    late.wait(second)
    #expect(late.on(.begins(worker(0), .load)) == [])
    #expect(late.wait(5 * second - 1) == [], "what the handshake has not used is not added")
    #expect(late.wait(1) == [.kill(worker(0))])
    #expect(!late.scheduler.isWholeStartOver(of: worker(0)))
  }

  @Test func theWholeHoldsAsWell() {
    var script = script(handshake: 20 * second, load: 20 * second)
    script.on(.begins(worker(0), .handshake))
    script.wait(15 * second)
    script.on(.begins(worker(0), .load))
    #expect(script.wait(15 * second - 1) == [])
    #expect(script.wait(1) == [.kill(worker(0))])
    #expect(script.scheduler.isWholeStartOver(of: worker(0)))
  }

  @Test func aPartWithoutALimitHasTheRestOfTheWhole() {
    var script = script(handshake: second)
    script.on(.begins(worker(0), .handshake))
    script.on(.begins(worker(0), .load))
    #expect(script.wait(30 * second - 1) == [])
    #expect(script.wait(1) == [.kill(worker(0))])
  }

  @Test func aStartInAnotherWayBeginsWithNoPart() {
    var script = script(handshake: second)
    script.on(.begins(worker(0), .handshake))
    script.on(.startsAnew(worker(0)))
    #expect(script.wait(10 * second) == [])
    #expect(script.on(.ready(worker(0))).count == 1)
    script.on(.begins(worker(0), .handshake))
    #expect(script.scheduler.nextDeadline == .never, "one that is ready has no start")
  }
}
