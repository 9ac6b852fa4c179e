package import CTaskHost
package import PluginLoading
package import Wire

/// A worker inside this process: the same frames, no pipe. A crash of its plugin is a crash of the host.
package protocol LocalWorker: AnyObject {
  func start(shared: UnsafeRawBufferPointer) -> StartFailure?
  /// Performs everything in `requests`, and leaves the answers in `responses`. `turn` is called from inside a request that has left
  /// something there, with true when it waits.
  func exchange(
    _ requests: SendBuffer, _ responses: ReceiveBuffer, turn: @escaping (_ waits: Bool) -> Void
  ) throws(WireError)
  func end()
}

/// Makes one: for this kind, with these settings, logging there, cancelled and observed through these pages, called by that handle.
package typealias LocalWorkerFactory =
  @Sendable (
    _ table: KindTable, _ settings: [(key: String, value: String)],
    _ log: @escaping @Sendable (Int32, String) -> Void, _ cancel: CancelPage, _ claims: ClaimsPage,
    _ maxFrame: Int, _ handle: th_worker_handle, _ isTraced: Bool
  ) -> any LocalWorker
