import Foundation
import TestSupport
import Testing

/// Ctrl-Z where nobody reads, or not fast enough.
@Suite struct PauseInWriteTests {
  private let workshop: Workshop
  private let fifo: HeldFIFO

  init() throws {
    workshop = try Workshop()
    fifo = try HeldFIFO(in: workshop)
  }

  private func start(_ options: String, _ tasks: String) throws -> Child {
    try Child(
      "/bin/sh",
      [
        "-c", "exec \"$0\" run --kind exec -j1 \(options) -- \(tasks) > \"$1\"", Taskhost.executable,
        fifo.path,
      ],
      environment: Taskhost.environment)
  }

  /// At most so many bytes.
  private func read(_ limit: Int) -> [UInt8] {
    var chunk = [UInt8](repeating: 0, count: limit)
    let size = Glibc.read(fifo.descriptor, &chunk, limit)
    return size > 0 ? Array(chunk[..<size]) : []
  }

  private func readAll(until child: Child) throws -> [UInt8] {
    var all: [UInt8] = []
    func drain() { while case let some = read(1 << 16), !some.isEmpty { all += some } }
    try child.wait(for: "the end") { _ in
      drain()
      return false
    }
    drain()
    return all
  }

  private func isStopped(_ pid: Int) -> Bool { ProcessTable.state(pid) == "T" }

  /// It is not held up, and costs no byte.
  @Test(arguments: ["", "--message-format jsonl"])
  func itDoesNotWaitForTheReader(options: String) throws {
    let child = try start(options, "sh -c 'head -c 300000 /dev/zero' ::: a b")
    try child.wait(for: "a full FIFO") { _ in fifo.isFull }
    child.send(SIGTSTP)
    try child.wait(for: "the stop") { _ in isStopped(Int(child.pid)) }
    child.send(SIGCONT)
    let all = try readAll(until: child)
    #expect(child.end == .exited(0), "\(child.errorText)")
    if options.isEmpty { #expect(all.count == 600_000) }
    close(fifo.descriptor)
  }

  /// What a reader takes meanwhile does not put it off.
  @Test func norForASlowOne() throws {
    let child = try start("", "sh -c 'head -c 30000000 /dev/zero' ::: a")
    try child.wait(for: "a full FIFO") { _ in fifo.isFull }
    child.send(SIGTSTP)
    var count = 0
    try child.wait(for: "the stop") { _ in
      count += read(1 << 14).count
      return isStopped(Int(child.pid))
    }
    #expect(count < 10_000_000)
    child.send(SIGCONT)
    count += try readAll(until: child).count
    #expect(child.end == .exited(0) && count == 30_000_000, "\(count) \(child.errorText)")
    close(fifo.descriptor)
  }

  /// The word that the run is paused is what can not be written: all stop once, and once they are told to have.
  @Test func evenWhatTellsItMayWait() throws {
    let gate = workshop.path("gate")
    let mark = workshop.path("mark")
    try #require(mkfifo(gate, 0o600) == 0)
    let child = try start(
      "--message-format jsonl", "sh -c 'echo > \(mark); cat \(gate); echo done' ::: a")
    try child.wait(for: "the task") { _ in FileManager.default.fileExists(atPath: mark) }
    var said = read(1 << 16)
    let filler = [UInt8](repeating: 10, count: 1 << 16)
    while !fifo.isFull { _ = write(fifo.descriptor, filler, filler.count) }
    child.send(SIGTSTP)
    let pid = Int(child.pid)
    try child.wait(for: "the stop") { _ in
      isStopped(pid) && ProcessTable.children(of: pid).allSatisfy(isStopped)
    }
    child.send(SIGCONT)
    try child.wait(for: "the workers") { _ in
      said += read(1 << 16)
      return !ProcessTable.children(of: pid).contains(where: isStopped)
    }
    #expect(!isStopped(pid))
    let opener = open(gate, O_WRONLY | O_CLOEXEC)
    try #require(opener >= 0)
    close(opener)
    said += try readAll(until: child)
    #expect(child.end == .exited(0), "\(child.errorText)")
    let lines = String(decoding: said, as: UTF8.self).split(separator: "\n")
    for event in ["paused", "resumed"] {
      #expect(lines.filter { $0.contains("\"type\":\"run\",\"event\":\"\(event)\"") }.count == 1, "\(lines)")
    }
    close(fifo.descriptor)
  }
}
