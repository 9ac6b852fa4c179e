internal import CPosix
package import Synchronization

extension Mutex where Value: ~Copyable {
  /// As `withLock`, in such a way that the thread sanitizer knows of it: by the address of the mutex, as that of the value can not be
  /// had without an access to it, which would come ahead of what orders it.
  @inline(__always)
  package borrowing func guarded<R: ~Copyable, E: Error>(
    _ body: (inout sending Value) throws(E) -> sending R
  ) throws(E) -> sending R {
    let place = withUnsafePointer(to: self) { UnsafeMutableRawPointer(mutating: UnsafeRawPointer($0)) }
    return try withLock { (value: inout sending Value) throws(E) -> sending R in
      cpx_locked(place)
      defer { cpx_unlocking(place) }
      return try body(&value)
    }
  }
}
