internal import TaskHost

/// The answer to somebody who has asked what the run is at.
extension HumanReporter {
  func show(_ status: RunEvent.Status) {
    screen.line("Status", .plain) {
      $0.append(
        "\(status.running.count) running, \(status.waiting + status.queued) queued, \(status.done) done")
      if status.starting > 0 { $0.append(", \(status.starting) workers starting") }
    }
    for entry in status.running {
      screen.line(entry.state.rawValue, .plain) {
        $0.append(timing: entry.elapsed)
        $0.append(escaped: entry.name)
        $0.append(" (worker \(entry.worker)")
        if entry.pid > 0 { $0.append(", pid \(entry.pid)") }
        $0.append(")")
        if entry.total > 0 { $0.append(" at \(entry.done) of \(entry.total)") }
      }
    }
    screen.settle()
  }
}
