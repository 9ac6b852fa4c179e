package import PluginLoading
package import Wire

/// A worker inside this process: the same frames, no pipe. A crash of its plugin is a crash of the host.
package protocol LocalWorker: AnyObject {
  func start(shared: UnsafeRawBufferPointer) -> StartFailure?
  /// Performs everything in `requests`, and leaves the answers in `responses`.
  func exchange(_ requests: SendBuffer, _ responses: ReceiveBuffer) throws(WireError)
  func end()
}

/// Makes one: for this kind, with these settings, logging there, cancelled and observed through these pages.
package typealias LocalWorkerFactory =
  @Sendable (
    _ table: KindTable, _ settings: [(key: String, value: String)],
    _ log: @escaping @Sendable (Int32, String) -> Void, _ cancel: CancelPage, _ claims: ClaimsPage,
    _ maxFrame: Int
  ) -> any LocalWorker
