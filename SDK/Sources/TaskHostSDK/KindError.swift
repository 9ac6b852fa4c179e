public import CTaskHost

/// Why a hook could not do its work: a code that the host acts on, and a message for people.
public struct KindError: Error, Equatable, Sendable {
  /// One of the `TH_E_*` codes, or a code of the kind's own from -1000 to -9999.
  public var code: th_status
  /// At most 4 KiB of it are kept.
  public var message: String

  /// An error with any code below zero.
  public init(code: th_status, message: String) {
    self.code = code < 0 ? code : internalErrorCode
    self.message = message
  }

  /// The input is wrong and would be wrong again: not retried.
  public static func badInput(_ message: String) -> KindError { KindError(code: -3, message: message) }
  /// Something that should not happen did.
  public static func `internal`(_ message: String) -> KindError { KindError(code: -1, message: message) }
  /// The kind cannot do this.
  public static func unsupported(_ message: String) -> KindError { KindError(code: -2, message: message) }
  /// There is no memory for it.
  public static func noMemory(_ message: String) -> KindError { KindError(code: -4, message: message) }
  /// A limit has been reached.
  public static func limit(_ message: String) -> KindError { KindError(code: -5, message: message) }
  /// The call gave up because it was asked to.
  public static let cancelled = KindError(code: -6, message: "cancelled")
  /// The code of a call to a worker that is not there any more: nothing was performed.
  public static let staleCode: th_status = -9
  /// The code of a call that would wait for itself: nothing was performed.
  public static let cycleCode: th_status = -10
  /// The code of a call whose worker ended before it had answered.
  public static let peerDiedCode: th_status = -11
  /// It may pass next time: retried within the policy.
  public static func retry(_ message: String) -> KindError { KindError(code: -7, message: message) }
  /// The task failed and the worker is spoilt: it is replaced.
  public static func poisoned(_ message: String) -> KindError { KindError(code: -8, message: message) }
}

/// The code of what has no code; the C macro is a cast and is not imported.
let internalErrorCode: th_status = -1
