package import Wire

/// Where a request that waits inside `perform` hears the host from.
package protocol HostFrames: AnyObject {
  /// Waits for something from the host. The next frame of it, or nil where only a cancel may have come. The bytes of the request
  /// at hand stay; those of the frame are lent until the next one.
  func awaitFrame() throws(WireError) -> Frame?
  /// A frame for later: it comes again once the request at hand is done.
  func hold(_ frame: Frame) throws(WireError)
  /// The request at hand is done.
  func release()
  /// What was sent is to be seen at once.
  func passOn() throws(WireError)
  /// The host's bytes are not the protocol. Does not return in a process of its own.
  func giveUp(_ error: WireError)
}
