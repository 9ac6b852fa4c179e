internal import CPosix

/// What a host asks of a fork server: one worker. The descriptors of the worker come with it, in the order of `cpx_passed`. One
/// packet.
package struct ForkOrder: Equatable {
  package static let descriptorCount = Int(CPX_PASSED_COUNT.rawValue)
  /// With the control group that the worker is to be in, as the last one.
  package static let mostDescriptors = Int(CPX_PASSED_MOST.rawValue)
  package static let byteCount = 16
  /// Bits of the second word that hold the page; the others are the number of the worker.
  private static let pageBits: UInt64 = 20

  /// Repeated in the answer.
  package var serial: UInt64
  package var workerNumber: UInt64
  /// Which of the shared pages are those of the worker.
  package var page: UInt32

  package init(serial: UInt64, workerNumber: UInt64, page: UInt32) {
    self.serial = serial
    self.workerNumber = workerNumber
    self.page = page
  }

  package func encoded() -> (UInt64, UInt64) { (serial, workerNumber << Self.pageBits | UInt64(page)) }

  /// Nil if the packet is not one.
  package init?(_ packet: UnsafeRawBufferPointer) {
    guard packet.count == Self.byteCount else { return nil }
    serial = packet.loadUnaligned(as: UInt64.self)
    let second = packet.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    workerNumber = second >> Self.pageBits
    page = UInt32(truncatingIfNeeded: second & (1 << Self.pageBits - 1))
  }
}

/// What became of it. The host believes a pid only when the kernel confirms that it is a child of its own.
package struct ForkAnswer: Equatable {
  package static let byteCount = 16

  package enum Result: Equatable {
    case forked(pid: Int32)
    /// The errno of the call.
    case failed(Int32)
    /// Threads have been started in the server: a copy of one thread of several is not safe.
    case hasThreads(Int32)
  }

  package var serial: UInt64
  package var result: Result

  package init(serial: UInt64, result: Result) {
    self.serial = serial
    self.result = result
  }

  package func encoded() -> (UInt64, UInt64) {
    let (word, value): (UInt32, Int32) =
      switch result {
      case .forked(let pid): (0, pid)
      case .failed(let number): (1, number)
      case .hasThreads(let count): (2, count)
      }
    return (serial, UInt64(word) << 32 | UInt64(UInt32(bitPattern: value)))
  }

  /// Nil if the packet is not one.
  package init?(_ packet: UnsafeRawBufferPointer) {
    guard packet.count == Self.byteCount else { return nil }
    serial = packet.loadUnaligned(as: UInt64.self)
    let second = packet.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    let value = Int32(truncatingIfNeeded: second)
    switch second >> 32 {
    case 0: result = .forked(pid: value)
    case 1: result = .failed(value)
    case 2: result = .hasThreads(value)
    default: return nil
    }
  }
}
