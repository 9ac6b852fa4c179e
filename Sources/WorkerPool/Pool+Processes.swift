internal import CPosix
internal import ControlGroups
internal import Glibc
internal import PluginLoading
internal import Scheduling
internal import Wire

// How a worker process comes into being: executed, or forked by the fork server.
extension Pool {
  /// `pages`: as many of each kind.
  func makeDescriptors(_ descriptors: inout SpawnDescriptors, pages: Int) throws(SystemError) {
    try outputFiles.open(options.surroundings)
    try descriptors.make(outputFiles, pages: pages)
  }

  /// Everything of a worker that is executed but its process: pipes, pages, buffers. The descriptors of the other side are
  /// `descriptors`.
  private func prepareWorker(
    _ id: WorkerID, _ descriptors: inout SpawnDescriptors
  ) throws(SystemError) -> WorkerHandle {
    try makeDescriptors(&descriptors, pages: 1)
    let pages = try descriptors.mapPages()
    workerCount += 1
    let worker = WorkerHandle(
      id: id, number: workerCount, maxFrame: options.maxFrame, cancel: pages.cancel, claims: pages.claims)
    worker.take(descriptors.handOver())
    return worker
  }

  /// The same for one that is forked. Nil if the pages of the server are all taken: workers that hang in the kernel keep theirs.
  func prepareForkedWorker(
    _ id: WorkerID, _ sheet: PageSheet, _ descriptors: inout SpawnDescriptors
  ) throws(SystemError) -> WorkerHandle? {
    try makeDescriptors(&descriptors, pages: 0)
    guard let page = sheet.take() else { return nil }
    workerCount += 1
    let worker = WorkerHandle(
      id: id, number: workerCount, maxFrame: options.maxFrame, cancel: sheet.cancelPage(page),
      claims: sheet.claimsPage(page), lent: (sheet, page))
    worker.take(descriptors.handOver())
    return worker
  }

  /// Starts the executable once more, as a worker.
  func executeWorker(_ id: WorkerID, _ environment: [String]) throws(SystemError) -> WorkerHandle {
    if options.launcher?.passes == .standardStreams { return try relayWorker(id, environment) }
    var descriptors = SpawnDescriptors()
    defer { descriptors.closeAll() }
    let worker = try prepareWorker(id, &descriptors)
    do throws(SystemError) {
      try takeGroup(worker)
      let pid = try execute(
        "worker", environment, try descriptors.inherited(), into: worker.place?.group)
      try adopt(worker, pid: pid)
    } catch {
      worker.close(reactor)
      throw error
    }
    return worker
  }

  /// The running executable as it was when it started, even if its file has been replaced since then; or the launcher, which is
  /// to start it.
  func execute(
    _ word: String, _ environment: [String], _ inherited: [Int32], into group: WorkerGroup?
  ) throws(SystemError) -> pid_t {
    var pid: pid_t = -1
    let command = try command(word)
    let (inherited, environment) = withJobserver(inherited, environment)
    let arguments: [UnsafeMutablePointer<CChar>?] = command.arguments.map { strdup($0) }
    defer { for text in arguments { free(text) } }
    if let group { try WorkerGroups.checked { () throws(NoGroups) in try group.lift() } }
    let error = host.with(environment) { variables in
      (arguments + [nil]).withUnsafeBufferPointer {
        let (path, words, count) = (command.path, $0.baseAddress!, Int32(inherited.count))
        return group.map { cpx_spawn_into($0.members, path, words, variables, inherited, count, &pid) }
          ?? cpx_spawn(path, words, variables, inherited, count, &pid)
      }
    }
    if let group, error < 0 { throw SystemError(-error, "\(group.path)/cgroup.procs") }
    guard error == 0 else { throw SystemError(error, "posix_spawn") }
    guard let group else { return pid }
    do throws(SystemError) {
      try WorkerGroups.checked { () throws(NoGroups) in try group.hold() }
    } catch {
      Self.killAndReap(pid)
      throw error
    }
    return pid
  }

  /// From here on the process belongs to the worker, and what both have to say is heard. If that can not be, the process is
  /// killed and reaped.
  func adopt(_ worker: WorkerHandle, pid: pid_t) throws(SystemError) {
    do throws(SystemError) {
      worker.process = cpx_pidfd(pid)
      guard worker.process >= 0 else { throw SystemError(errno, "pidfd_open") }
      try reactor.watch(worker.process, Source(worker.id, .process))
      try reactor.watch(worker.responses, Source(worker.id, .responses))
      if worker.standardOutput >= 0 {
        try reactor.watch(worker.standardOutput, Source(worker.id, .standardOutput))
      }
      if worker.standardError >= 0 {
        try reactor.watch(worker.standardError, Source(worker.id, .standardError))
      }
    } catch {
      Self.killAndReap(pid)
      throw error
    }
    worker.pid = pid
    if options.ownsProcess { cpx_group_set(worker.id.slot, pid) }
    // For a forked one, its server has said the first word.
    begins(worker, worker.saidHello ? .load : .handshake)
    report(worker, .spawned)
  }

  static func killAndReap(_ pid: pid_t) {
    Glibc.kill(-pid, SIGKILL)
    Glibc.kill(pid, SIGKILL)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
  }

  /// Both halves of what a new process must know; it checks the first before it looks at the second.
  func greet(_ send: SendBuffer, workerNumber: UInt64) {
    let plugin = kind.plugin
    var config = WorkerConfig(
      pluginPath: plugin.path, kindID: plugin.table.id, kindName: plugin.table.name, wire: plugin.table.wire,
      abiMajor: UInt64(plugin.table.abi.major), digest: "\(plugin.identity.digest)",
      device: plugin.identity.stamp.device, inode: plugin.identity.stamp.inode,
      size: plugin.identity.stamp.size, changed: UInt64(bitPattern: plugin.identity.stamp.changed),
      maxFrame: UInt64(options.maxFrame), workerID: workerNumber,
      settings: options.settings.flatMap { [$0.key, $0.value] }, version: plugin.table.version,
      abiMinor: UInt64(plugin.table.abi.minor))
    config.limits = limits.process
    config.epoch = epoch
    config.directory = options.surroundings.directory ?? ""
    config.isTraced = tracer != nil
    if let mode = options.surroundings.fileMode { config.fileMode = UInt64(mode) }
    config.encoded().withUnsafeBytes { send.append(.config, id: 0, payload: $0) }
    shared.withUnsafeBytes { send.append(.start, id: 0, payload: $0) }
  }
}
