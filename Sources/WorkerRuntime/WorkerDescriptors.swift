internal import CPosix
internal import Glibc
internal import Wire

/// What a worker speaks through, out of the way of the plugin: high numbers, close-on-exec.
struct WorkerDescriptors {
  var input: Int32
  var output: Int32
  var cancel: Int32
  var claims: Int32

  /// From where a host has left them.
  static func inherited() throws(SystemError) -> WorkerDescriptors {
    WorkerDescriptors(
      input: try take(InheritedDescriptor.input), output: try take(InheritedDescriptor.output),
      cancel: try take(InheritedDescriptor.cancel), claims: try take(InheritedDescriptor.claims))
  }

  static func take(_ number: Int32) throws(SystemError) -> Int32 {
    let moved = cpx_take(number)
    guard moved >= 0 else { throw SystemError(errno, "descriptor \(number)") }
    return moved
  }

  /// Those of a fork server: the first of all. The descriptor of the claims stays open, as each worker maps its own page and has
  /// none of the others.
  func mapServerPages() throws(SystemError) -> WorkerPages {
    let all = try PageSheet.mapCancel(cancel)
    close(cancel)
    let claims = try ClaimsPage(mapping: claims)
    claims.keepFromForks()
    return WorkerPages(cancel: CancelPage(all.assumingMemoryBound(to: UInt64.self)), claims: claims)
  }

  /// For the main thread, whose end the host is to know of. The descriptors of the pages are closed.
  func mapPages() throws(SystemError) -> WorkerPages {
    let pages = WorkerPages(
      cancel: try CancelPage(mapping: cancel, writable: false), claims: try ClaimsPage(mapping: claims))
    close(cancel)
    close(claims)
    pages.claims.holdLife()
    return pages
  }
}

struct WorkerPages {
  var cancel: CancelPage
  var claims: ClaimsPage
}
