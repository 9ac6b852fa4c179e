internal import Glibc
internal import Synchronization
internal import WorkerRuntime

/// First thing in `main` of a program that embeds the library: if the program was started as a worker, it becomes one and this
/// does not return. Else nothing happens.
public func runWorkerIfAsked() {
  if WorkerSwitch.isInWorker {
    if WorkerSwitch.isArgument(1, "worker") { WorkerMain.run() } else { WorkerMain.runForkServer() }
  }
  WorkerSwitch.asked.store(true, ordering: .releasing)
}

/// Workers start thousands of times: without `CommandLine.arguments`, which looks through `/proc` for them.
enum WorkerSwitch {
  static let asked = Atomic(false)

  static var wasAsked: Bool { asked.load(ordering: .acquiring) }

  /// The command line is that of a worker: the word of it, then a host that is our parent, and the name that hosts give.
  static var isInWorker: Bool {
    guard isArgument(1, "worker") || isArgument(1, "fork-server"), let second = argument(2) else {
      return false
    }
    return isArgument(0, "taskhost") || isArgument(2, "relay")
      || String(cString: second).hasPrefix(WorkerMain.launchedPrefix)
  }

  static func isArgument(_ index: Int32, _ word: StaticString) -> Bool {
    argument(index).map { strcmp($0, word.utf8Start) == 0 } ?? false
  }

  private static func argument(_ index: Int32) -> UnsafeMutablePointer<CChar>? {
    index < CommandLine.argc ? CommandLine.unsafeArgv[Int(index)] : nil
  }
}
