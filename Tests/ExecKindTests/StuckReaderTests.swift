import Foundation
import TestSupport
import Testing

/// Readers that are there and do not read.
@Suite struct StuckReaderTests {
  private let workshop: Workshop
  private let fifo: HeldFIFO

  init() throws {
    workshop = try Workshop()
    fifo = try HeldFIFO(in: workshop)
  }

  /// A run with a redirection to the FIFO, which has filled it and got a signal.
  private func stopped(_ options: String, _ redirection: String, _ signal: Int32) throws -> Child {
    let child = try Child(
      "/bin/sh",
      [
        "-c",
        "exec \"$0\" run --kind exec -j1 \(options) -- sh -c 'echo begun; head -c 3000000 /dev/zero; echo end >&2' ::: a b \(redirection)",
        Taskhost.executable, fifo.path,
      ], environment: Taskhost.environment)
    try child.wait(for: "a full FIFO") { _ in fifo.isFull }
    child.send(signal)
    try child.finish()
    close(fifo.descriptor)
    return child
  }

  /// One signal is enough, and what did not come out is told.
  @Test(arguments: [
    ("", SIGTERM), ("--message-format jsonl", SIGINT), ("--keep-order --grace 100ms", SIGHUP),
  ])
  func aReaderThatDoesNotReadIsGivenUp(options: String, signal: Int32) throws {
    let child = try stopped(options, "> \"$1\"", signal)
    #expect(child.end == .signaled(signal), "\(child.errorText)")
    #expect(child.errorText.contains("error: cannot write to standard output"), "\(child.errorText)")
    #expect(child.errorText.contains("did not take them in time after the signal: "), "\(child.errorText)")
    #expect(!child.errorText.contains(" 0 bytes are lost"))
  }

  /// What is lost is not noted as done.
  @Test func whatDidNotComeOutIsNotNoted() throws {
    let journal = workshop.path("journal")
    let child = try stopped("--journal \(journal)", "> \"$1\"", SIGTERM)
    #expect(child.end == .signaled(SIGTERM), "\(child.errorText)")
    let noted = String(decoding: try workshop.read(journal), as: UTF8.self)
    #expect(!noted.contains("passed"), "\(noted)")
  }

  /// There is nowhere left to tell it.
  @Test func neitherOutputHasToBeRead() throws {
    let child = try stopped("-v", "> \"$1\" 2>&1", SIGTERM)
    #expect(child.end == .signaled(SIGTERM))
  }

  @Test(arguments: ["--trace", "--joblog"])
  func norAFileOfTheRun(option: String) throws {
    // More than a FIFO holds.
    let words = (0..<2000).map { String(repeating: "x", count: 200) + "\($0)\n" }.joined()
    let child = try Taskhost.start([
      "run", "--kind", "exec", "-j1", option, fifo.path,
      "--from", try workshop.write(words, as: "words"), "--", "true",
    ])
    try child.wait(for: "a full FIFO") { _ in fifo.isFull }
    child.send(SIGTERM)
    #expect(try child.finish() == .signaled(SIGTERM), "\(child.errorText)")
    close(fifo.descriptor)
  }
}

/// Files of a run that are FIFOs, or the same.
@Suite struct RecordPlaceTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop() }

  @Test(arguments: [("--trace", 110), ("--joblog", 110), ("--journal", 110)])
  func aFIFOThatNobodyReadsIsAnError(option: String, code: Int32) throws {
    let fifo = workshop.path("fifo")
    try #require(mkfifo(fifo, 0o600) == 0)
    let run = try Exec.run([option, fifo, "--", "echo", ":::", "a"])
    #expect(run.end == .exited(code) && run.output.isEmpty, "\(run)")
    #expect(run.errors.contains(option == "--journal" ? "is not a file" : "nobody reads it"), "\(run.errors)")
  }

  @Test func aFIFOWithAReaderIsWritten() throws {
    let fifo = workshop.path("fifo")
    try #require(mkfifo(fifo, 0o600) == 0)
    for options in [
      ["--joblog", fifo], ["--journal", workshop.path("journal"), "--resume", "--joblog", fifo],
    ] {
      let descriptor = open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC)
      defer { close(descriptor) }
      let run = try Exec.run(options + ["--", "true", ":::", "a"])
      #expect(run.end == .exited(0), "\(run.errors)")
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = read(descriptor, &bytes, bytes.count)
      #expect(String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).hasSuffix("\ttrue a\n"))
    }
  }

  @Test func oneFileForTwoIsRefused() throws {
    func refused(_ arguments: [String], _ words: String...) throws {
      let run = try Exec.run(arguments + ["--", "true", ":::", "a"])
      #expect(run.end == .exited(2), "\(arguments): \(run)")
      for word in words + ["are the same file"] { #expect(run.errors.contains(word), "\(run.errors)") }
    }
    let new = workshop.path("new")
    try refused(["--joblog", new, "--journal", new], "--journal '\(new)' and --joblog '\(new)'")
    try refused(["--trace", new, "--journal", workshop.directory + "/./new"], "--journal", "--trace")
    let link = workshop.path("link")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "new")
    try refused(["--joblog", link, "--journal", new], link)
    #expect(!FileManager.default.fileExists(atPath: new))
    let list = try workshop.write("a\n", as: "list")
    let hard = workshop.path("hard")
    try FileManager.default.linkItem(atPath: list, toPath: hard)
    try refused(["--joblog", hard, "--from", list], "--joblog '\(hard)' and --from '\(list)'")
    #expect(try workshop.read(list) == Array("a\n".utf8))
    let apart = try Exec.run(
      ["--joblog", workshop.path("one"), "--journal", workshop.path("two"), "--", "true", ":::", "a"])
    #expect(apart.end == .exited(0), "\(apart.errors)")
    let nowhere = try Exec.run(["--joblog", "/dev/null", "--trace", "/dev/null", "--", "true", ":::", "a"])
    #expect(nowhere.end == .exited(0), "\(nowhere.errors)")
  }
}
