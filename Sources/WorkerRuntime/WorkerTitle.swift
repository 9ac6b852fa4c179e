internal import CPosix
internal import CTaskHost
internal import Glibc
internal import Hooks
internal import PluginLoading

/// What `ps` shows for a worker process behind `taskhost worker`, or `taskhost fork-server` for one that was forked: its kind
/// and number, and the request that it is at, where the kind can name it.
///
/// A name costs a call of the hook and a copy. So none is made for requests that follow each other within a millisecond: nobody
/// could read it.
final class WorkerTitle {
  private static let shortest: UInt64 = 1_000_000

  private let hook: (@convention(c) (th_bytes, UnsafeMutablePointer<th_out>?) -> th_status)?
  private let text = ListOutput(limit: 4096)
  private var last: UInt64 = 0
  private var isNamed = false

  /// Shows nothing yet: a fork server makes it once for all its workers.
  init(kind: KindTable) {
    hook = kind.hooks.name_of_request
    cpx_title_kind(kind.hooks.name)
  }

  var namesRequests: Bool { hook != nil }

  func show(worker number: UInt64) { cpx_title_worker(number) }

  func begin(_ request: UnsafeRawBufferPointer, at now: UInt64) {
    let isSlow = now &- last > Self.shortest
    last = now
    guard isSlow, let hook else { return }
    text.begin()
    guard hook(th_bytes(request), text.out) >= 0, text.isSane, !text.rest.isEmpty else { return }
    isNamed = true
    let name = text.rest
    cpx_title_detail(name.baseAddress, name.count)
  }

  func finish() {
    guard isNamed else { return }
    isNamed = false
    cpx_title_detail(nil, 0)
  }
}
