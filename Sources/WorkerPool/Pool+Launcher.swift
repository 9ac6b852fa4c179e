internal import CPosix
internal import Glibc
internal import PluginLoading
internal import Scheduling
internal import Wire

// Workers that are started by way of another command.
extension Pool {
  /// What is to be executed for a process of ours.
  func command(_ word: String) throws(SystemError) -> (path: String, arguments: [String]) {
    let name = kind.table.name
    guard let launcher = options.launcher else {
      // By its descriptor, which is closed on exec, the file is found even if it has been replaced.
      let path = options.surroundings.executable.map { "/proc/\(getpid())/fd/\($0)" } ?? "/proc/self/exe"
      return (path, ["taskhost", word, "\(getpid())", name, Self.titleRoom])
    }
    let executable =
      options.surroundings.executable == nil
      ? try Self.executablePath() : options.surroundings.executableName
    let own =
      switch launcher.passes {
      case .descriptors: [executable, word, "launched:\(getpid())", name, Self.titleRoom]
      case .standardStreams: [executable, word, "relay", name]
      }
    return (launcher.words[0], launcher.words + own)
  }

  /// A worker shows in the memory of its arguments what it is at.
  private static let titleRoom = String(repeating: " ", count: 200)

  /// By its name, for a launcher: where it runs, /proc/self/exe is the launcher. It must still be the file that is running.
  static func executablePath() throws(SystemError) -> String {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &path, path.count - 1)
    guard count > 0 else { throw SystemError(errno, "readlink(/proc/self/exe)") }
    let name = String(decoding: path.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    var running = stat()
    var found = stat()
    guard stat("/proc/self/exe", &running) == 0 else { throw SystemError(errno, "stat(/proc/self/exe)") }
    guard stat(name, &found) == 0, found.st_ino == running.st_ino, found.st_dev == running.st_dev else {
      throw SystemError(
        ESTALE, "the running executable was replaced or removed, and a launcher needs it by its name, \(name)"
      )
    }
    return name
  }

  func cancelRequest(_ id: WorkerID, _ request: RequestID) {
    guard let worker = handle(id) else { return }
    worker.cancel.cancel(request)
    guard worker.isRelayed else { return wakeForCancel(worker, request) }
    worker.send.append(.cancel, id: request, payload: UnsafeRawBufferPointer(start: nil, count: 0))
    makeDirty(worker)
  }

  /// Why a worker did not start, where the launcher may be to blame.
  func explained(_ message: String, _ worker: WorkerHandle) -> String {
    guard let launcher = options.launcher, !worker.saidHello else {
      let executable = options.surroundings.executableName
      guard !worker.saidHello, options.surroundings.executable != nil else { return message }
      return "\(message); does \(executable) begin with runWorkerIfAsked()?"
    }
    let who = "the launcher \(launcher.words[0])"
    let printed = worker.received.rest.prefix(80)
    guard worker.isRelayed, !printed.isEmpty else { return "\(who), or the worker behind it: \(message)" }
    let text = String(decoding: printed, as: UTF8.self)
    return "\(who) printed \(text.debugDescription) where frames of the worker belong: \(message)"
  }

  /// Nothing that was started has said a word, which it does before it loads anything: it is the machine or the launcher that does not
  /// work, and not the plugin.
  var isPluginInnocent: Bool { options.localWorker == nil && !wasEverHeard }
}
