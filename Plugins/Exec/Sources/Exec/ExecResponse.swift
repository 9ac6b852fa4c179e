internal import CExec
internal import Commands
internal import Glibc
internal import TaskHostSDK

/// How a command ended, and what it took.
struct ExecResponse: Equatable {
  enum End: Equatable {
    case exited(Int32)
    case signaled(Int32, hasCore: Bool)
    /// It could not be started: errno.
    case notStarted(Int32)
  }

  var end: End
  var userNanoseconds: UInt64 = 0
  var systemNanoseconds: UInt64 = 0
  /// 0 where it is not known: below what the worker itself has used.
  var peakBytes: UInt64 = 0
  /// What it printed.
  var outputBytes: UInt64 = 0
  var errorBytes: UInt64 = 0

  init(_ end: End) { self.end = end }

  private static let size = 48

  func write(to output: Output) throws(KindError) {
    switch end {
    case .exited(let code):
      try output.write(Int32(0))
      try output.write(code)
    case .signaled(let signal, let hasCore):
      try output.write(Int32(hasCore ? 2 : 1))
      try output.write(signal)
    case .notStarted(let error):
      try output.write(Int32(3))
      try output.write(error)
    }
    for number in [userNanoseconds, systemNanoseconds, peakBytes, outputBytes, errorBytes] {
      try output.write(number)
    }
  }

  init(reading bytes: Bytes) throws(KindError) {
    guard bytes.count == Self.size else { throw ExecQueue.malformed }
    let buffer = bytes.buffer
    let value = buffer.loadUnaligned(fromByteOffset: 4, as: Int32.self)
    switch buffer.loadUnaligned(as: Int32.self) {
    case 0: end = .exited(value)
    case 1: end = .signaled(value, hasCore: false)
    case 2: end = .signaled(value, hasCore: true)
    case 3: end = .notStarted(value)
    default: throw ExecQueue.malformed
    }
    userNanoseconds = buffer.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    systemNanoseconds = buffer.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
    peakBytes = buffer.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
    outputBytes = buffer.loadUnaligned(fromByteOffset: 32, as: UInt64.self)
    errorBytes = buffer.loadUnaligned(fromByteOffset: 40, as: UInt64.self)
  }
}

extension ExecResponse {
  /// What a shell would say; 0 for one that a signal ended.
  var exitCode: Int32 {
    switch end {
    case .exited(let code): code
    case .signaled: 0
    case .notStarted(let error): error == ENOENT ? 127 : 126
    }
  }

  /// 0 for one that exited.
  var signal: Int32 { if case .signaled(let signal, _) = end { signal } else { 0 } }

  /// The code of a trial that has failed as its command has, where that may be tried again: -1000 and the exit code below, or -2000 and the
  /// signal.
  var failureCode: Int32 { signal == 0 ? -1000 - exitCode : -2000 - signal }

  static func end(ofFailure code: Int32) -> (exitCode: Int32, signal: Int32)? {
    switch code {
    case -1255 ... -1000: (-1000 - code, 0)
    case -2255 ... -2000: (0, -2000 - code)
    default: nil
    }
  }

  /// How it ended, for people.
  var how: String {
    switch end {
    case .exited(let code): "exit \(code)"
    case .signaled(let signal, let hasCore):
      "killed by \(Self.name(signal))" + (hasCore ? ", core dumped" : "")
    case .notStarted(let error): "cannot run it: \(String(cString: strerror(error)))"
    }
  }

  /// One line for a command that did not end well, and its numbers for programs.
  func diagnostic(_ command: CommandBytes) -> Diagnostic {
    var json: String
    switch end {
    case .exited(let code):
      json = "{\"exit_code\":\(code)"
    case .signaled(let signal, let hasCore):
      json = "{\"signal\":\(signal),\"signal_name\":\"\(Self.name(signal))\",\"dumped_core\":\(hasCore)"
    case .notStarted(let error):
      // What a shell would have exited with.
      json = "{\"exit_code\":\(exitCode),\"errno\":\(error)"
    }
    let microseconds = (userNanoseconds + systemNanoseconds) / 1000
    json += ",\"cpu_time\":\(microseconds / 1_000_000).\(Self.sixDigits(microseconds % 1_000_000))"
    if peakBytes > 0 { json += ",\"peak_memory\":\(peakBytes)" }
    json += ",\"output_bytes\":\(outputBytes),\"error_bytes\":\(errorBytes)}"
    var diagnostic = Diagnostic(.failed, "\(how): \(CommandName.of(command))")
    diagnostic.json = json
    return diagnostic
  }

  private static func name(_ signal: Int32) -> String {
    exec_signal_name(signal).map { "SIG" + String(cString: $0) } ?? "signal \(signal)"
  }

  private static func sixDigits(_ number: UInt64) -> String {
    let digits = String(number)
    return String(repeating: "0", count: 6 - digits.count) + digits
  }
}
