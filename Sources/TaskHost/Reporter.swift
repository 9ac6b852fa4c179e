/// Shows or records a run. Called on the thread of the run only.
package protocol Reporter: AnyObject {
  func report(_ event: RunEvent)
  /// The run is about to wait: what is buffered should become visible. Throws when the output cannot be written.
  func flush() throws
  /// Whether all `worker`, `task` and `trial` events are wanted. Ends of workers and of tasks that went wrong are
  /// reported in any case.
  var wantsTaskEvents: Bool { get }
}
