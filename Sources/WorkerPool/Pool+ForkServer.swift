internal import CPosix
internal import CTaskHost
internal import ControlGroups
internal import Glibc
internal import Hooks
internal import PluginLoading
internal import Scheduling
internal import Wire

// Workers from the fork server: ordered, confirmed, and executed in place of that when it can not be.
extension Pool {
  /// False: the worker is to be executed.
  func forkWorker(_ id: WorkerID, _ environment: [String]) throws(SystemError) -> Bool {
    guard usesForkServer else { return false }
    if forkServer == nil {
      // For a state that is inherited everything waits for the one that makes it. Else the first workers do not wait, and
      // there is a server only once a worker is wanted after them: a kind that keeps its workers has none.
      // One worker for one task is there sooner when it is executed.
      let isSingle = workerCount == 0 && scheduler.unfinishedCount == 1
      guard inheritsState ? !isSingle : workerCount >= options.workers else { return false }
      do throws(SystemError) {
        let server = try startForkServer(environment)
        forkServer = server
        hadForkServer = true
        if options.ownsProcess { cpx_group_set(UInt32(CPX_FORK_SERVER_GROUP), server.pid) }
      } catch {
        doWithoutForkServer(because: error.message)
        return false
      }
    }
    guard let server = forkServer, server.environment == environment else { return false }
    switch server.phase {
    case .ending: return false
    case .starting:
      guard inheritsState else { return false }
      server.waiting.append(id)
    case .ready: try order(id, from: server)
    }
    return true
  }

  private var usesForkServer: Bool {
    options.forkServer && !isForkServerUseless && options.localWorker == nil && options.launcher == nil
  }
  private var inheritsState: Bool { kind.table.flags.contains(.forkSafe) }

  private static let sparePages = 16

  private func startForkServer(_ environment: [String]) throws(SystemError) -> ForkServer {
    var descriptors = SpawnDescriptors()
    defer { descriptors.closeAll() }
    // One of its own, one for each worker, and some for those that hang in the kernel for ever and keep theirs.
    let pageCount = 1 + workers.count + Self.sparePages
    try makeDescriptors(&descriptors, pages: pageCount)
    let sheet = try descriptors.mapSheet(pageCount)
    let pid = try execute(
      "fork-server", environment + host.additions(to: environment),
      try descriptors.inherited(withControl: true), into: try groups?.takeForServer().group)
    let server = ForkServer(
      pid: pid, process: cpx_pidfd(pid), descriptors: descriptors.handOver(), sheet: sheet,
      environment: environment, maxFrame: options.maxFrame, startedAt: now)
    do throws(SystemError) {
      guard server.process >= 0 else { throw SystemError(errno, "pidfd_open") }
      try reactor.watch(server.process, Source(ForkServer.identity, .process))
      try reactor.watch(server.descriptors.responses, Source(ForkServer.identity, .responses))
      for (stream, kind) in [
        (server.descriptors.standardOutput, Source.Kind.standardOutput),
        (server.descriptors.standardError, .standardError),
      ] where stream >= 0 {
        try reactor.watch(stream, Source(ForkServer.identity, kind))
      }
      try reactor.watch(server.descriptors.control, Source(ForkServer.identity, .control))
    } catch {
      Self.killAndReap(pid)
      server.close(reactor)
      throw error
    }
    greet(server.send, workerNumber: 0)
    flush(server)
    return server
  }

  /// The shared bytes of a plan may be more than a pipe holds.
  private func flush(_ server: ForkServer) {
    let descriptor = server.descriptors.requests
    do throws(SystemError) {
      let wasChoked = server.isChoked
      server.isChoked = try !server.send.flush(to: descriptor)
      if server.isChoked, !wasChoked {
        try reactor.watch(descriptor, Source(ForkServer.identity, .requests), forWriting: true)
      } else if wasChoked, !server.isChoked {
        reactor.forget(descriptor)
      }
    } catch {
      // It is dying: its end will say so.
      reactor.forget(descriptor)
    }
  }

  private func order(_ id: WorkerID, from server: ForkServer) throws(SystemError) {
    var descriptors = SpawnDescriptors()
    defer { descriptors.closeAll() }
    guard let worker = try prepareForkedWorker(id, server.sheet, &descriptors) else {
      executeInstead(id, server.environment)
      return
    }
    // The server has said it for all its workers.
    worker.saidHello = true
    worker.isForked = true
    do throws(SystemError) {
      try takeGroup(worker)
      if let group = worker.place?.group {
        try WorkerGroups.checked { () throws(NoGroups) in try group.hold() }
      }
    } catch {
      worker.close(reactor)
      throw error
    }
    do throws(SystemError) {
      let directory = worker.place.map { [$0.group.directory] } ?? []
      try server.order(worker, descriptors.passed + directory, at: now)
    } catch {
      // Its end of the socket is closed, or it takes no orders: it is of no use, and its death will be seen.
      worker.close(reactor)
      giveUp(server, "it takes no orders: \(error.message)")
      executeInstead(id, server.environment)
      return
    }
    workers[Int(id.slot)] = worker
  }

  // MARK: What it says

  func happened(toForkServer kind: Source.Kind) {
    guard let server = forkServer else { return }
    switch kind {
    case .input, .keyboard, .jobserver, .host: break
    case .process: bury(server)
    case .control: readAnswers(server)
    case .responses: readFrames(server)
    case .requests: flush(server)
    case .standardOutput:
      readOutput(&server.descriptors.standardOutput) { printed($0, by: server, stream: 1) }
    case .standardError:
      readOutput(&server.descriptors.standardError) { printed($0, by: server, stream: 2) }
    }
  }

  private func readAnswers(_ server: ForkServer) {
    while true {
      switch server.nextAnswer() {
      case .nothing: return
      case .endOfFile:
        reactor.forget(server.descriptors.control)
        server.endDeadline = min(server.endDeadline, now.advanced(by: Self.endPatience))
        return
      case .nonsense:
        giveUp(server, "it wrote what is no answer")
        return
      case .answered(let answer):
        guard let worker = server.ordered.removeValue(forKey: answer.serial) else {
          giveUp(server, "it answered an order that was not given")
          return
        }
        server.heardAt = now
        settle(worker, answer.result, server)
      }
    }
  }

  private func settle(_ worker: WorkerHandle, _ result: ForkAnswer.Result, _ server: ForkServer) {
    switch result {
    case .forked(let pid):
      let isTaken = pid == server.pid || workers.contains { $0?.pid == pid }
      guard !isTaken, cpx_is_own_child(pid) else {
        refute(worker, pid, server)
        return
      }
      guard server.phase != .ending else {
        // It may have been killed with the group of the server, which would pass for a death of its own.
        Glibc.kill(pid, SIGKILL)
        killedOrphans.insert(pid)
        expectOrphans()
        replace(worker, server)
        return
      }
      // It does that itself, too, but perhaps not yet: until then it would be killed with the group of the server.
      setpgid(pid, pid)
      do throws(SystemError) {
        try adopt(worker, pid: pid)
        // Given up while it was being made.
        if worker.fault != nil { kill(worker.id) }
      } catch {
        remove(worker)
        couldNotSpawn(worker.id, error.message)
      }
    case .failed(let number):
      replace(worker, server)
      emit(.warning("a worker could not be forked: \(SystemError(number, "clone").message)"))
    case .hasThreads(let count):
      replace(worker, server)
      giveUp(server, "threads have been started in it (\(count) in all)")
      doWithoutForkServer(because: "the plugin has started threads (\(count) in all)")
    }
  }

  /// No accident: code of the plugin runs there. Nothing more of this kind is started.
  private func refute(_ worker: WorkerHandle, _ pid: pid_t, _ server: ForkServer) {
    let what =
      "the fork server of kind \(kind.table.name) said that it had forked process \(pid), which is no worker of its own"
    giveUp(server, what)
    remove(worker)
    failure = KindFailure(message: what, isPermanent: true)
    scheduler.handle(.startFailed(worker.id, permanent: true), at: now)
    scheduler.handle(.ended(worker.id, performing: 0), at: now)
  }

  private func readFrames(_ server: ForkServer) {
    do {
      if case .endOfFile = try server.received.fill(from: server.descriptors.responses) {
        reactor.forget(server.descriptors.responses)
        server.endDeadline = min(server.endDeadline, now.advanced(by: Self.endPatience))
        return
      }
      while let frame = try server.received.next() { try receive(frame, server) }
    } catch let error as WireError {
      giveUp(server, error.message)
    } catch {
      giveUp(server, "\(error)")
    }
  }

  private func receive(_ frame: Frame, _ server: ForkServer) throws(WireError) {
    switch frame.type {
    case .hello:
      server.saidHello = true
      server.heardAt = now
    case .ready:
      guard server.saidHello, server.phase == .starting else {
        throw .badFrame(found: "ready at the wrong time", expected: "hello, then ready, once", offset: 0)
      }
      if let mismatch = try mismatch(frame.payload) {
        giveUp(server, mismatch)
      } else {
        server.phase = .ready
        // Its workers say nothing before they run code of the plugin.
        wasEverHeard = true
        orderWaiting(server)
      }
    case .startFailed:
      server.refusal = try StartFailure(frame.payload)
    case .feedback, .diagnostic, .log: try receiveWords(frame, of: 0)
    default:
      throw .badFrame(found: "a \(frame.type) frame", expected: "a frame of a fork server", offset: 0)
    }
  }

  private func orderWaiting(_ server: ForkServer) {
    let waiting = server.waiting
    server.waiting = []
    for id in waiting {
      scheduler.handle(.startsAnew(id), at: now)
      do throws(SystemError) {
        try order(id, from: server)
      } catch {
        couldNotSpawn(id, error.message)
      }
    }
  }
}
