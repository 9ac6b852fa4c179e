// What only a relay and its host say to each other: what shared pages and the kernel tell of a worker that is near.

/// Of a worker behind a relay: what it is at. Times are lengths, as the clocks of two machines have nothing in common.
package struct RelayedClaims: Equatable {
  package var performing: UInt64
  package var elapsedNanoseconds: UInt64
  package var done: UInt64
  package var total: UInt64
  package var isInitialising: Bool

  package init(
    performing: UInt64, elapsedNanoseconds: UInt64, done: UInt64, total: UInt64, isInitialising: Bool
  ) {
    self.performing = performing
    self.elapsedNanoseconds = elapsedNanoseconds
    self.done = done
    self.total = total
    self.isInitialising = isInitialising
  }

  package func encoded() -> [UInt8] {
    var out = PayloadWriter()
    put(in: &out)
    return out.bytes
  }

  func put(in out: inout PayloadWriter) {
    for number in [performing, elapsedNanoseconds, done, total, isInitialising ? 1 : 0] { out.put(number) }
  }

  package init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
    var reader = PayloadReader(payload, of: .claims)
    try self.init(reading: &reader)
    try reader.finish()
  }

  init(reading reader: inout PayloadReader) throws(WireError) {
    performing = try reader.number()
    elapsedNanoseconds = try reader.number()
    done = try reader.number()
    total = try reader.number()
    isInitialising = try reader.number() != 0
  }
}

/// The end of a worker behind a relay, with its last claims.
package struct RelayedEnd: Equatable {
  package var claims: RelayedClaims
  /// -1 if by signal.
  package var exitCode: Int32
  /// -1 if by exit.
  package var signal: Int32
  package var dumpedCore: Bool
  package var peakMemoryBytes: UInt64
  package var cpuNanoseconds: UInt64
  /// What the relay has killed it for: `stopped`, or a word for a fault of the protocol; empty if nothing.
  package var fault: String
  package var message: String

  package init(
    claims: RelayedClaims, exitCode: Int32, signal: Int32, dumpedCore: Bool, peakMemoryBytes: UInt64,
    cpuNanoseconds: UInt64, fault: String, message: String
  ) {
    self.claims = claims
    self.exitCode = exitCode
    self.signal = signal
    self.dumpedCore = dumpedCore
    self.peakMemoryBytes = peakMemoryBytes
    self.cpuNanoseconds = cpuNanoseconds
    self.fault = fault
    self.message = message
  }

  package func encoded() -> [UInt8] {
    var out = PayloadWriter()
    claims.put(in: &out)
    out.put(UInt64(bitPattern: Int64(exitCode)))
    out.put(UInt64(bitPattern: Int64(signal)))
    for number in [dumpedCore ? 1 : 0, peakMemoryBytes, cpuNanoseconds] { out.put(number) }
    out.put(fault)
    out.put(message)
    return out.bytes
  }

  package init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
    var reader = PayloadReader(payload, of: .relayedEnd)
    claims = try RelayedClaims(reading: &reader)
    exitCode = try reader.int32()
    signal = try reader.int32()
    dumpedCore = try reader.number() != 0
    peakMemoryBytes = try reader.number()
    cpuNanoseconds = try reader.number()
    fault = try reader.text()
    message = try reader.text()
    try reader.finish()
  }
}

/// What a relay is told first: variables for the worker, NAME=value.
package struct RelayedEnvironment: Equatable {
  package var items: [String]

  package init(items: [String]) { self.items = items }

  package func encoded() -> [UInt8] {
    var out = PayloadWriter()
    out.put(items)
    return out.bytes
  }

  package init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
    var reader = PayloadReader(payload, of: .environment)
    items = try reader.texts()
    try reader.finish()
  }
}
