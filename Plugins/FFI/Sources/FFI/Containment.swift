internal import ForeignMemory
internal import Glibc
internal import TaskHostSDK

/// What a worker may do beyond its own memory, and how much of the machine it may have.
struct Containment {
  private var limits = fm_limits()

  init() {}

  init(_ host: Host) throws(KindError) {
    limits.open_files = 1024
    limits.address_space = UInt64(try host.option("address-space", in: 0...1 << 30) ?? 0) << 20
    limits.cpu_seconds = UInt64(try host.option("cpu-seconds", in: 0...1 << 30) ?? 0)
    for word in (host.option("permit") ?? "").split(separator: ",") {
      guard let permit = Self.permits.first(where: { $0.name == word }) else {
        throw .badInput("option permit: found '\(word)', expected spawn, network or all")
      }
      limits.permits |= permit.bit
    }
  }

  static let permits: [(name: String, bit: UInt32)] = [
    ("spawn", FM_SPAWN.rawValue), ("network", FM_NETWORK.rawValue), ("all", FM_ALL.rawValue),
  ]

  /// For good. A process that others are forked from must not do it.
  func begin() throws(KindError) {
    if FFIKind.isInHost { return }
    var limits = limits
    let code = fm_contain(&limits)
    guard code == 0 else {
      throw .internal(
        "this worker can not be contained: \(String(cString: strerror(code))); permit=all does without")
    }
  }

  /// What is said of a call of the system that was denied.
  static func explanation(of number: UInt32?) -> String {
    guard let number, let name = fm_system_call_name(number) else {
      return "a system call is not allowed (permit=spawn, network or all allows it)"
    }
    let permit = permits.first { $0.bit == fm_system_call_permit(number) }?.name ?? "all"
    return "the system call \(String(cString: name)) is not allowed (permit=\(permit) allows it)"
  }
}
