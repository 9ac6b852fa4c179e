internal import Glibc
internal import Synchronization
internal import WorkerRuntime

/// First thing in `main` of a program that embeds the library: if the program was started as a worker, it becomes one and this
/// does not return. Else nothing happens.
public func runWorkerIfAsked() {
  WorkerSwitch.asked.store(true, ordering: .releasing)
  guard WorkerSwitch.isInWorker else { return }
  if CommandLine.arguments[1] == "worker" { WorkerMain.run() } else { WorkerMain.runForkServer() }
}

enum WorkerSwitch {
  static let asked = Atomic(false)

  static var wasAsked: Bool { asked.load(ordering: .acquiring) }

  /// The command line is that of a worker: the word of it, then a host that is our parent, and the name that hosts give.
  static let isInWorker: Bool = {
    let arguments = CommandLine.arguments
    guard arguments.count > 2, arguments[1] == "worker" || arguments[1] == "fork-server" else { return false }
    return arguments[0] == "taskhost" || arguments[2] == "relay"
      || arguments[2].hasPrefix(WorkerMain.launchedPrefix)
  }()
}
