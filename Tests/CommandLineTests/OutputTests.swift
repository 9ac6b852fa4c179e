import CommandLineInterface
import Foundation
import TaskHost
import Testing

struct OutputTests {
  @Test func `a full disk ends with 110 and says so`() throws {
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let harness = try CommandHarness()
    harness.events = Script.all
    let data = DataOutput(descriptor: full.fileDescriptor, name: "standard output")
    let end = CommandLineInterface.execute(["run", "--message-format", "jsonl"], harness.context(data: data))
    #expect(end == .exit(.cannotWrite))
    #expect(
      try harness.text.text()
        == "error: cannot write to standard output\n  caused by: No space left on device (errno 28)\n")
  }

  @Test func `a write error that broke the run off is told once, by its cause`() throws {
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let harness = try CommandHarness()
    harness.events = Script.all
    let data = DataOutput(descriptor: full.fileDescriptor, name: "standard output")
    var context = harness.context(data: data)
    context.run = { (_, reporter, _) throws(RunError) in
      reporter.report(.started(Script.start))
      do {
        try reporter.flush()
      } catch {
        throw RunError(.cannotWrite, "it broke off")
      }
      return Script.summary()
    }
    let end = CommandLineInterface.execute(["run", "--message-format", "jsonl"], context)
    #expect(end == .exit(.cannotWrite))
    #expect(
      try harness.text.text()
        == "error: cannot write to standard output\n  caused by: No space left on device (errno 28)\n")
  }

  @Test func `a write error is thrown by each flush, and no failed task hides it`() throws {
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let output = DataOutput(descriptor: full.fileDescriptor, name: "standard output")
    let reporter = JSONLReporter(output: output)
    reporter.report(.warning("a"))
    #expect(throws: RunError.self) { try reporter.flush() }
    #expect(throws: RunError.self) { try reporter.flush() }
    #expect(output.failure?.exitCode == .cannotWrite)
    #expect(ExitCode.cannotWrite.worse(.failed) == .cannotWrite)
  }

  @Test func `a closed standard output is an error once there is data for it`() throws {
    let harness = try CommandHarness()
    let closed = DataOutput(descriptor: -1, name: "standard output")
    #expect(CommandLineInterface.execute(["run"], harness.context(data: closed)) == .exit(.ok))
    #expect(CommandLineInterface.execute(["kinds"], harness.context(data: closed)) == .exit(.cannotWrite))
    #expect(try harness.text.text().contains("Bad file descriptor"))
  }

  @Test func `a reader that has gone changes nothing about the end of the run`() throws {
    signal(SIGPIPE, SIG_IGN)
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    let harness = try CommandHarness()
    harness.events = Script.all
    harness.result = .success(Script.summary(.failed))
    let data = DataOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor, name: "standard output")
    let end = CommandLineInterface.execute(["run", "--message-format", "jsonl"], harness.context(data: data))
    #expect(end == .exit(.failed))
    #expect(try harness.text.text() == "")
  }

  @Test func `a slow reader that made the pipe non-blocking gets all`() async throws {
    let pipe = Pipe()
    let descriptor = pipe.fileHandleForWriting.fileDescriptor
    #expect(fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0)
    let reader = Task.detached { try pipe.fileHandleForReading.readToEnd() }
    let output = DataOutput(descriptor: descriptor, name: "a pipe")
    let line = String(repeating: "x", count: 99_999) + "\n"
    for _ in 1...20 { output.write(line) }
    try output.flush()
    try pipe.fileHandleForWriting.close()
    #expect(try await reader.value?.count == 2_000_000)
  }

  @Test func `what is printed in the host does not get between the data`() async throws {
    let result = try await #require(
      processExitsWith: .success, observing: [\.standardOutputContent, \.standardErrorContent]
    ) {
      let (data, text) = StandardStreams.takeOver()
      data.write("data\n")
      try FileHandle(fileDescriptor: 1).write(contentsOf: Data("noise\n".utf8))
      text.write("text\n")
      try data.flush()
      try text.flush()
      exit(0)
    }
    #expect(String(decoding: result.standardOutputContent, as: UTF8.self) == "data\n")
    let text = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(text.contains("noise\ntext\n"))
  }

  @Test func `closed standard descriptors are not given to other files`() async throws {
    await #expect(processExitsWith: .exitCode(42)) {
      for descriptor: Int32 in 0...2 { close(descriptor) }
      _ = StandardStreams.takeOver()
      let next = open("/dev/null", O_RDONLY)
      exit(next > 2 ? 42 : 1)
    }
  }

  @Test func `a process that a signal ended dies by it`() async throws {
    await #expect(processExitsWith: .signal(SIGINT)) {
      signal(SIGINT, SIG_IGN)
      ProcessEnd.take(.signal(SIGINT))
    }
    await #expect(processExitsWith: .signal(SIGTERM)) {
      var set = sigset_t()
      sigfillset(&set)
      pthread_sigmask(SIG_BLOCK, &set, nil)
      ProcessEnd.take(.signal(SIGTERM))
    }
    await #expect(processExitsWith: .exitCode(100)) { ProcessEnd.take(.exit(.failed)) }
  }
}
