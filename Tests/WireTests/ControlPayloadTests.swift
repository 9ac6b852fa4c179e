import Testing
import Wire

/// One kind of control payload: how a valid one looks, and how it is read.
struct ControlPayload: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var valid: [UInt8]
  var read: @Sendable (UnsafeRawBufferPointer) throws -> [UInt8]

  static let all: [ControlPayload] = [
    ControlPayload(
      testDescription: "config",
      valid: config.encoded(), read: { try WorkerConfig($0).encoded() }),
    ControlPayload(
      testDescription: "hello", valid: Hello(pid: 77, version: "1.2.3").encoded(),
      read: { try Hello($0).encoded() }),
    ControlPayload(
      testDescription: "ready",
      valid: Ready(
        kindID: "org.example.k", wire: "k/1", abiMajor: 1, digest: "00ff", maxFrame: 1 << 20,
        limits: ProcessLimits()
      ).encoded(),
      read: { try Ready($0).encoded() }),
    ControlPayload(
      testDescription: "startFailed",
      valid: StartFailure(phase: .initialise, code: -1002, message: "no").encoded(),
      read: { try StartFailure($0).encoded() }),
    ControlPayload(
      testDescription: "failure", valid: FailureMessage(code: .min, oversize: .max, message: "why").encoded(),
      read: { try FailureMessage($0).encoded() }),
    ControlPayload(
      testDescription: "diagnostic",
      valid: DiagnosticMessage(
        severity: 3, line: 1, column: 2, step: 3, file: "f", label: "l", message: "m", json: "{}"
      ).encoded(), read: { try DiagnosticMessage($0).encoded() }),
    ControlPayload(
      testDescription: "log", valid: LogMessage(level: 2, text: "text\nof two lines").encoded(),
      read: { try LogMessage($0).encoded() }),
    ControlPayload(
      testDescription: "environment", valid: RelayedEnvironment(items: ["A=1", "", "B=ü"]).encoded(),
      read: { try RelayedEnvironment($0).encoded() }),
    ControlPayload(
      testDescription: "claims", valid: claims.encoded(), read: { try RelayedClaims($0).encoded() }),
    ControlPayload(
      testDescription: "relayedEnd",
      valid: RelayedEnd(
        claims: claims, exitCode: -1, signal: 11, dumpedCore: true, peakMemoryBytes: .max, cpuNanoseconds: 7,
        fault: "eof", message: "why"
      ).encoded(), read: { try RelayedEnd($0).encoded() }),
  ]

  private static let claims = RelayedClaims(
    performing: .max, elapsedNanoseconds: 1, done: 2, total: 3, isInitialising: true)

  private static var config: WorkerConfig {
    var config = WorkerConfig(
      pluginPath: "/a/b.so", kindID: "org.example.k", kindName: "k", wire: "k/1", abiMajor: 1, digest: "ab",
      device: 1, inode: 2, size: 3, changed: 4, maxFrame: 5, workerID: 6,
      settings: ["key", "value", "", "ü"],
      version: "1.0.0", abiMinor: 0)
    config.limits.memory = 1
    config.limits.openFiles = 2
    config.limits.processes = 3
    config.limits.fileSize = 4
    config.limits.keepsCores = true
    return config
  }

  func failure(of bytes: [UInt8]) -> WireError? {
    do {
      _ = try bytes.withUnsafeBytes { try read($0) }
      return nil
    } catch { return error as? WireError }
  }
}

@Suite struct ControlPayloadTests {
  @Test(arguments: ControlPayload.all)
  func comesBack(payload: ControlPayload) throws {
    #expect(try payload.valid.withUnsafeBytes { try payload.read($0) } == payload.valid)
  }

  @Test(arguments: ControlPayload.all)
  func everyPrefixIsANamedError(payload: ControlPayload) throws {
    for length in 0..<payload.valid.count {
      guard case .badPayload(let type, let what) = payload.failure(of: Array(payload.valid.prefix(length)))
      else {
        Issue.record("a prefix of \(length) bytes was read")
        continue
      }
      #expect("\(type)" == payload.testDescription && !what.isEmpty)
    }
  }

  @Test(arguments: ControlPayload.all)
  func moreThanAWholeOneIsANamedError(payload: ControlPayload) throws {
    guard case .badPayload(let type, let what) = payload.failure(of: payload.valid + [0]) else {
      Issue.record("a byte more was read")
      return
    }
    #expect("\(type)" == payload.testDescription && what == "1 bytes more than expected")
  }

  @Test(arguments: ControlPayload.all)
  func anyBytesAreReadOrRefused(payload: ControlPayload) throws {
    var dice = Dice(1)
    for round in 0..<3000 {
      var bytes = payload.valid
      if round % 2 == 0 {
        bytes = dice.bytes(Int.random(in: 0...bytes.count + 9, using: &dice))
      } else {
        for _ in 0..<Int.random(in: 1...8, using: &dice) {
          bytes[Int.random(in: bytes.indices, using: &dice)] = UInt8.random(in: .min ... .max, using: &dice)
        }
      }
      // That it returns is the test: lengths and counts of 2^64 - 1 are among them.
      if let error = payload.failure(of: bytes) { #expect(!error.message.isEmpty) }
    }
  }

  /// Lengths and counts that would overflow a sum.
  @Test(arguments: [UInt64.max, UInt64.max - 7, 1 << 63, 1 << 62, 1 << 32])
  func hugeLengthsAreRefused(length: UInt64) throws {
    var writer = PayloadWriter()
    writer.put(length)
    writer.put(length)
    for payload in ControlPayload.all { #expect(payload.failure(of: writer.bytes) != nil) }
  }

  @Test func aMismatchNamesBothSides() throws {
    let host = Ready(
      kindID: "a", wire: "w/1", abiMajor: 1, digest: "11", maxFrame: 64, limits: ProcessLimits())
    #expect(host.mismatch(with: host) == nil)
    var worker = host
    worker.digest = "22"
    #expect(worker.mismatch(with: host) == "SHA-256 differs: the host has 11, the worker 22")
    worker = host
    worker.maxFrame = 65
    #expect(worker.mismatch(with: host) == "the largest frame differs: the host has 64, the worker 65")
    worker = host
    worker.limits.openFiles = 99
    let differs = try #require(worker.mismatch(with: host))
    #expect(differs.hasPrefix("limits differ: the host has ") && differs.contains("open files 99"))
  }
}
