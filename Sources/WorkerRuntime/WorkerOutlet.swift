internal import CPosix
internal import Glibc
package import Wire

/// Where the frames of a worker go.
package protocol WorkerOutlet: AnyObject {
  /// Responses are made in place here and leave with `flush`.
  var buffer: SendBuffer { get }
  /// Everything committed, then this frame, at once: for what must be seen before the request at hand is done. A payload
  /// that is being made in `buffer` stays where it is. From any thread if `isWholeFrameOnly`.
  func sendNow(_ type: FrameType, id: UInt64, _ payload: UnsafeRawBufferPointer)
  func flush()
}

extension WorkerOutlet {
  func sendNow(_ type: FrameType, id: UInt64, _ payload: [UInt8]) {
    payload.withUnsafeBytes { sendNow(type, id: id, $0) }
  }
}

/// The pipe to the host. Every write is of whole frames and under one lock, so that a line of the log from a thread of
/// the plugin never lands inside a response.
package final class PipeOutlet: WorkerOutlet, @unchecked Sendable {
  package let buffer = SendBuffer()
  private let descriptor: Int32
  /// Of the one who holds the lock.
  private let single = SendBuffer()
  private let lock: UnsafeMutablePointer<pthread_mutex_t>

  package init(_ descriptor: Int32) {
    self.descriptor = descriptor
    lock = .allocate(capacity: 1)
    pthread_mutex_init(lock, nil)
  }

  deinit {
    pthread_mutex_destroy(lock)
    lock.deallocate()
  }

  package func sendNow(_ type: FrameType, id: UInt64, _ payload: UnsafeRawBufferPointer) {
    locked {
      try buffer.flushInPlace(to: descriptor)
      single.append(type, id: id, payload: payload)
      _ = try single.flush(to: descriptor)
    }
  }

  /// From any thread: does not touch `buffer`.
  package func sendBeside(_ type: FrameType, id: UInt64, _ payload: [UInt8]) {
    locked {
      payload.withUnsafeBytes { single.append(type, id: id, payload: $0) }
      _ = try single.flush(to: descriptor)
    }
  }

  package func flush() {
    locked { _ = try buffer.flush(to: descriptor) }
  }

  private func locked(_ body: () throws -> Void) {
    // Nothing in here starts a thread.
    let isShared = !cpx_never_had_threads()
    if isShared { pthread_mutex_lock(lock) }
    defer { if isShared { pthread_mutex_unlock(lock) } }
    do {
      try body()
    } catch {
      // The host is gone or has given this worker up: nobody is left to report to.
      _exit(WorkerExit.hostGone)
    }
  }
}

/// What our own part of a worker exits with; everything else is the plugin's doing.
package enum WorkerExit {
  package static let inOrder: Int32 = 0
  /// Not started by a host.
  package static let misuse: Int32 = 2
  /// It has said why in a frame.
  package static let startFailed: Int32 = 101
  package static let hostGone: Int32 = 107
  /// The host's bytes were not our protocol.
  package static let protocolFault: Int32 = 108
}
