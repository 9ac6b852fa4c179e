internal import CPosix
internal import Glibc
internal import PluginLoading

/// What an embedding program has of taskhost: it finds kinds, and knows which program its workers are.
///
/// A host starts nothing: threads, pipes and processes come with the first task of a pool or the first worker. It installs no
/// signal handler and changes nothing that belongs to the program. Any number of hosts, kinds and pools may live side by side.
public final class Host: Sendable {
  /// What a host is told.
  public struct Options: Sendable {
    /// The program that is started as a worker: one whose `main` begins with ``runWorkerIfAsked()``, for example the installed
    /// `taskhost`. Nil: this program itself, which then must do that. The file is opened once, so it may be renamed or replaced
    /// while the host lives.
    public var workerExecutable: String?
    /// Plugin files that come before everything else.
    public var pluginFiles: [String] = []
    /// Absolute directories that come next. The search goes on as that of the command: TASKHOST_PLUGIN_PATH, the user's, the
    /// system's and the executable's directory.
    public var pluginDirectories: [String] = []
    /// Absolute directories that come after those of TASKHOST_PLUGIN_PATH, and only where that is not set: what a configuration
    /// says.
    public var configuredDirectories: [String] = []
    /// What the lock of a project says of the kinds.
    package var lock: ProjectLock?
    /// A kind that the lock does not pin to this very file is refused.
    package var isLocked = false
    /// Where to remember what plugin files say, which saves time where there are many; nil: nowhere. A directory for this alone.
    public var cacheDirectory: String?
    /// Nothing but these files and directories is searched.
    public var searchesNothingElse = false

    /// Workers are this program.
    public init() {}
  }

  let options: Options
  /// -1: workers are this program.
  let executable: Int32

  /// Throws ``HostError``: workers could not be started by this program, or only wrongly.
  public init(_ options: Options = Options()) throws(HostError) {
    if WorkerSwitch.isInWorker { throw .insideWorker }
    self.options = options
    guard let path = options.workerExecutable else {
      guard WorkerSwitch.wasAsked else { throw .workerSwitchMissing }
      executable = -1
      return
    }
    let descriptor = cpx_open_path(path)
    guard descriptor >= 0 else {
      throw .workerExecutable(path: path, reason: String(cString: strerror(errno)))
    }
    guard access(path, X_OK) == 0 else {
      let reason = String(cString: strerror(errno))
      close(descriptor)
      throw .workerExecutable(path: path, reason: reason)
    }
    executable = descriptor
  }

  deinit { if executable >= 0 { close(executable) } }
}

/// A host was made where none can be, or with options that can not hold.
public enum HostError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Workers are to be this program, and its `main` has not called ``runWorkerIfAsked()`` yet.
  case workerSwitchMissing
  /// This process is a worker itself: plugin code has tried to be a host, or a worker program has not called
  /// ``runWorkerIfAsked()`` first thing.
  case insideWorker
  /// The program that was named can not be one of workers.
  case workerExecutable(path: String, reason: String)

  /// For people.
  public var description: String {
    switch self {
    case .workerSwitchMissing:
      "workers would be this program, whose main has not called runWorkerIfAsked(): call it first thing, or name another program as Host.Options.workerExecutable"
    case .insideWorker:
      "this process was started as a worker and can not be a host: its main must begin with runWorkerIfAsked(), and a plugin must not make a Host"
    case .workerExecutable(let path, let reason): "the worker program \(path) can not be used: \(reason)"
    }
  }
}
