internal import Glibc
internal import WorkerPool

/// How one worker has ended. Its process is reaped when this is told.
public struct ExitReport: Hashable, Sendable, CustomStringConvertible {
  /// Why it ended.
  public enum Reason: Hashable, Sendable {
    /// In order: told to, between requests.
    case retired
    /// The same, as it had done enough, was old enough or large enough to give way to a fresh one.
    case recycled
    /// It could not start; the phase is "handshake", "load" or "init".
    case startFailed(phase: String, message: String)
    /// By a signal that nobody of the host has sent.
    case crashed(signal: Int32)
    /// By itself, with requests or without.
    case exited(code: Int32)
    /// What it wrote is not the protocol: `bad_frame`, `truncated`, `too_large`, `eof` or `backlog`.
    case protocolFault(String)
    /// Killed at a time limit of the trial that it was at.
    case timedOut
    /// `memory`, `cpu`, `file_size` or `output`.
    case limit(String)
    /// Killed for a trial that was cancelled and did not end in the grace.
    case cancelled
    /// Somebody has stopped it: it was killed.
    case stopped
    /// SIGKILL did not end it within 5 s: it hangs in the kernel, and is not waited for.
    case unkillable
    /// The pool was ended before it.
    case shutdown
  }

  /// Counts the workers of a pool from 1.
  public var worker: UInt64
  /// -1 for a worker in this process.
  public var pid: Int32
  /// Why it ended.
  public var reason: Reason
  /// Nil for a signal.
  public var exitCode: Int32?
  /// Nil for an exit.
  public var signal: Int32?
  /// The kernel has written a core file.
  public var dumpedCore: Bool
  /// The most that was resident.
  public var peakMemoryBytes: UInt64
  /// Of all its threads, in it and in the kernel.
  public var processorTime: Duration
  /// The last 4 KiB that it printed on its standard error, where that comes to this program.
  public var errorTail: String

  /// Neither told to end nor ended by what was asked for.
  public var isAbnormal: Bool {
    switch reason {
    case .retired, .recycled, .shutdown, .cancelled, .timedOut: false
    case .startFailed, .crashed, .exited, .protocolFault, .limit, .stopped, .unkillable: true
    }
  }

  /// For people.
  public var description: String {
    let how: String =
      switch reason {
      case .retired: "ended in order"
      case .recycled: "gave way to a fresh one"
      case .startFailed(let phase, let message): "could not start (\(phase)): \(message)"
      case .crashed(let signal): "was ended by signal \(signal) (\(signalName(signal)))"
      case .exited(let code): "exited with code \(code)"
      case .protocolFault(let word): "broke the protocol (\(word))"
      case .timedOut: "was ended for a time limit"
      case .limit(let word): "met its limit of \(word)"
      case .cancelled: "was ended for a cancelled request"
      case .stopped: "was stopped by somebody"
      case .unkillable: "can not be killed"
      case .shutdown: "was ended with its pool"
      }
    return "worker \(worker) \(how)"
  }

  /// The name of a signal: `SIGSEGV`.
  public static func name(ofSignal number: Int32) -> String { signalName(number) }

  package init(
    worker: UInt64, pid: Int32, reason: Reason, exitCode: Int32? = nil, signal: Int32? = nil,
    dumpedCore: Bool = false, peakMemoryBytes: UInt64, processorTime: Duration, errorTail: String = ""
  ) {
    self.worker = worker
    self.pid = pid
    self.reason = reason
    self.exitCode = exitCode
    self.signal = signal
    self.dumpedCore = dumpedCore
    self.peakMemoryBytes = peakMemoryBytes
    self.processorTime = processorTime
    self.errorTail = errorTail
  }

  init(worker: UInt64, pid: Int32, _ end: WorkerEnd) {
    self.worker = worker
    self.pid = pid
    reason =
      switch end.reason {
      case .retired: .retired
      case .recycled: .recycled
      case .bootFailed(let phase, let message): .startFailed(phase: phase, message: message)
      case .crashed(let signal): .crashed(signal: signal)
      case .exited(let code): .exited(code: code)
      case .protocolFault(let word): .protocolFault(word)
      case .timedOut: .timedOut
      case .limit(let word): .limit(word)
      case .cancelled: .cancelled
      case .stopped: .stopped
      case .unkillable: .unkillable
      case .shutdown: .shutdown
      }
    exitCode = end.exitCode
    signal = end.signal
    dumpedCore = end.dumpedCore
    peakMemoryBytes = end.peakMemoryBytes
    processorTime = Duration(nanoseconds: end.cpuNanoseconds)
    errorTail = end.outputTail
  }
}
