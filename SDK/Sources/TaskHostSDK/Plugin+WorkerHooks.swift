internal import CTaskHost

extension Plugin {
  /// Sets the hooks that workers of this type implement, and leaves the others absent.
  static func setWorkerHooks(_ c: inout th_kind, _ type: any TaskWorker.Type) {
    c.worker_new = { host, call, shared, result in
      Plugin.status(call) { call in
        let box = try Plugin.kind.makeWorker(Host(host!), call, Bytes(shared))
        result!.pointee = OpaquePointer(Unmanaged.passRetained(box).toOpaque())
        return 0
      }
    }
    c.worker_free = { worker in
      Unmanaged<WorkerBox>.fromOpaque(UnsafeRawPointer(worker!)).release()
    }
    c.perform = { worker, call, request, response in
      Plugin.status(call) { call in
        try WorkerBox.of(worker).worker.perform(
          request: Bytes(request), call: call, response: Output(response!))
        return 0
      }
    }
    if type is any ForkAwareWorker.Type {
      c.worker_forked = { worker, call in
        Plugin.status(call) { call in
          try WorkerBox.of(worker).forkAware!.forked(call: call)
          return 0
        }
      }
    }
    if type is any FeedbackWorker.Type {
      c.on_feedback = { worker, call, bytes in
        WorkerBox.of(worker).feedback!.feedback(Bytes(bytes), call: Call(call!))
      }
    }
  }

  /// Sets the hooks that name tasks and requests.
  static func setNamingHooks(_ c: inout th_kind) {
    c.name_of_task = { task, text in
      Plugin.write(Plugin.kind.naming!.name(ofTask: Bytes(task)), text)
    }
    c.name_of_request = { request, text in
      Plugin.write(Plugin.kind.naming!.name(ofRequest: Bytes(request)), text)
    }
  }

  private static func write(_ name: String, _ text: UnsafeMutablePointer<th_out>?) -> th_status {
    // No call is at hand to carry a message.
    do throws(KindError) {
      var cut = name
      while cut.utf8.count > 256 { cut.removeLast() }
      try Output(text!).write(cut)
      return 0
    } catch { return error.code }
  }
}
