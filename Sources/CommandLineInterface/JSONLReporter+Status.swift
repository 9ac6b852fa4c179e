internal import TaskHost

extension ByteBuffer {
  mutating func members(of status: RunEvent.Status) {
    member("running", status.running.count)
    member("waiting", status.waiting)
    member("queued", status.queued)
    member("done", status.done)
    member("starting", status.starting)
    name("at_work")
    append(0x5B)
    for (index, entry) in status.running.enumerated() {
      if index > 0 { append(0x2C) }
      append("{\"task\":")
      append(decimal: entry.task)
      member("name", entry.name)
      member("worker", entry.worker)
      if entry.pid > 0 { member("pid", entry.pid) }
      member("state", entry.state.rawValue)
      member("elapsed", seconds: entry.elapsed)
      if entry.total > 0 {
        member("done", entry.done)
        member("total", entry.total)
      }
      append(0x7D)
    }
    append(0x5D)
  }
}
