internal import Glibc

/// The pages of a fork server and of all its workers, in two files: a worker that is forked costs neither a file nor a mapping in
/// the host. The first pages are those of the server. Seen from the host; goes when the last worker has given its pages back.
package final class PageSheet {
  private let cancel: UnsafeMutableRawPointer
  private let claims: UnsafeMutableRawPointer
  private let count: Int
  /// Pages of no worker. Those that were used last are taken first.
  private var free: [UInt32]

  /// Both files hold so many pages.
  package init(cancel: Int32, claims: Int32, count: Int) throws(SystemError) {
    self.count = count
    free = (1..<UInt32(count)).reversed()
    self.cancel = try mapShared(cancel, byteCount: count * CancelPage.byteCount, writable: true)
    do throws(SystemError) {
      self.claims = try mapShared(claims, byteCount: count * ClaimsPage.byteCount, writable: true)
    } catch {
      munmap(self.cancel, count * CancelPage.byteCount)
      throw error
    }
  }

  deinit {
    munmap(cancel, count * CancelPage.byteCount)
    munmap(claims, count * ClaimsPage.byteCount)
  }

  package func cancelPage(_ index: UInt32) -> CancelPage {
    CancelPage((cancel + Int(index) * CancelPage.byteCount).assumingMemoryBound(to: UInt64.self))
  }

  package func claimsPage(_ index: UInt32) -> ClaimsPage {
    ClaimsPage((claims + Int(index) * ClaimsPage.byteCount).assumingMemoryBound(to: UInt64.self))
  }

  /// Pages for a new worker, with nothing in them. Nil: all are taken.
  package func take() -> UInt32? {
    guard let index = free.popLast() else { return nil }
    cancelPage(index).clear()
    claimsPage(index).clear()
    return index
  }

  /// Of a worker that is reaped, or was never forked.
  package func giveBack(_ index: UInt32) { free.append(index) }

  /// How a fork server maps the first file, for itself and its workers: all of it, only to be read.
  package static func mapCancel(_ descriptor: Int32) throws(SystemError) -> UnsafeRawPointer {
    var info = stat()
    guard fstat(descriptor, &info) == 0 else { throw SystemError(errno, "fstat") }
    return UnsafeRawPointer(try mapShared(descriptor, byteCount: Int(info.st_size), writable: false))
  }
}
