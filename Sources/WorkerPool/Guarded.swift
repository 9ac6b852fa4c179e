internal import CPosix
package import Synchronization

extension Mutex {
  /// As `withLock`, in such a way that the thread sanitizer knows of it.
  @inline(__always)
  package borrowing func guarded<R, E: Error>(
    _ body: (inout sending Value) throws(E) -> sending R
  ) throws(E) -> sending R {
    try withLock { (value: inout sending Value) throws(E) -> sending R in
      withUnsafeMutablePointer(to: &value) { cpx_locked($0) }
      defer { withUnsafeMutablePointer(to: &value) { cpx_unlocking($0) } }
      return try body(&value)
    }
  }
}
