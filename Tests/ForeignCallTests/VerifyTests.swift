import Foundation
import TestSupport
import Testing

/// Signatures beside the headers of the machine.
@Suite struct HeaderTests {
  private func verify(_ text: String, _ headers: [String], _ more: [String] = []) throws -> (
    end: Child.End, output: String
  ) {
    let workshop = try Workshop()
    let file = try workshop.write(text, as: "test.ffi")
    let child = try Child(
      Taskhost.directory + "/ffi-verify", [file] + headers.flatMap { ["--header", $0] } + more,
      environment: Taskhost.environment)
    let end = try child.finish(seconds: 300)
    return (end, (child.outputText + child.errorText).replacing(workshop.directory + "/", with: ""))
  }

  @Test func rightSignaturesAreTaken() throws {
    let headers = ["zlib.h", "stdlib.h", "stdio.h", "sys/time.h"]
    let (end, output) = try verify(PeerTests.signatures, headers)
    #expect(end == .exited(0))
    #expect(output == "test.ffi: 7 functions are as in \(headers.joined(separator: ", "))\n")
  }

  /// As a command of the host, which executes the program beside it.
  @Test func itIsACommandOfTheHost() throws {
    let workshop = try Workshop()
    let file = try workshop.write(
      "lib \"libz.so.1\"\nkind a = fn u64 crc32(u64 seed, in bytes data : u32 len)\n", as: "a.ffi")
    let right = try Taskhost.plain(["ffi", "verify", file, "--header", "zlib.h", "--cflag", "-O1"])
    #expect(right.end == .exited(0) && right.output == "\(file): 1 function is as in zlib.h\n", "\(right)")
    try workshop.write("lib \"libz.so.1\"\nkind a = fn u64 crc32(u64 seed)\n", as: "a.ffi")
    #expect(try Taskhost.plain(["ffi", "verify", file, "--header", "zlib.h"]).end == .exited(100))
    let none = try Taskhost.plain(["ffi", "verify", workshop.path("none"), "--header", "zlib.h"])
    #expect(none.end == .exited(104) && none.errors.contains("none"))
    let usage = try Taskhost.plain(["ffi", "verify", file])
    #expect(usage.end == .exited(2) && usage.errors.contains("--header"))
  }

  @Test func theProgramThatIsNotThereIsNamed() throws {
    let workshop = try Workshop()
    let alone = workshop.path("taskhost")
    try FileManager.default.copyItem(atPath: Taskhost.executable, toPath: alone)
    let child = try Child(
      alone, ["ffi", "verify", "x.ffi", "--header", "zlib.h"], environment: Taskhost.environment)
    #expect(try child.finish() == .exited(96))
    #expect(child.errorText.contains("cannot run ffi-verify, which belongs beside taskhost"))
    #expect(child.errorText.contains("\(workshop.directory)/ffi-verify: No such file or directory"))
  }

  /// One lie each.
  @Test(arguments: [
    ("kind a = fn i32 crc32(u64 seed, in bytes data : u32 len)", "test.ffi:2:"),
    (
      "kind a = fn u64 crc32(u64 seed, in bytes data : u16 len)",
      "test.ffi:2:17: argument 3 of crc32 is wider in the header than uint16_t"
    ),
    ("kind a = fn u64 crc32(u64 seed, in bytes data : u64 len)", "test.ffi:2:"),
    ("kind a = fn u64 crc32(u64 seed, u64 data, u32 len)", "test.ffi:2:"),
    ("kind a = fn u64 crc32(u64 seed, in bytes data : i32 len)", "test.ffi:2:"),
    ("kind a = fn u64 crc32(u64 seed, in bytes data)", "test.ffi:2:"),
    ("kind a = fn u64 crc32_of_nothing(u64 seed)", "test.ffi:2:"),
    (
      "kind a = fn i32 printf(const cstr \"x\")",
      "test.ffi:2:17: printf is variadic in the header: write its fixed arguments, then ... |"
    ),
    (
      "kind a = fn f64 hypot(f32 x, f64 y)",
      "test.ffi:2:17: argument 1 of hypot is wider in the header than float"
    ),
    (
      "struct timeval { i32 tv_sec; i32 tv_usec; }\nkind a = fn i32 gettimeofday(out ref timeval tv, ptr zone)",
      "struct timeval has another size in the header"
    ),
    (
      "struct timeval { i64 tv_usec; i64 tv_sec; }\nkind a = fn i32 gettimeofday(out ref timeval tv, ptr zone)",
      "the member 'tv_usec' of struct timeval has another place or size in the header"
    ),
  ])
  func liesAreTold(line: String, said: String) throws {
    let (end, output) = try verify(
      "lib \"libz.so.1\"\n\(line)\n", ["zlib.h", "stdio.h", "math.h", "sys/time.h"])
    #expect(end == .exited(100), "\(output)")
    #expect(output.contains(said), "\(output)")
  }

  @Test func theProgramCanBeKept() throws {
    let workshop = try Workshop()
    let (end, _) = try verify(
      "lib \"libz.so.1\"\nkind a = fn u64 crc32(u64 seed, in bytes data : u32 len)\n", ["zlib.h"],
      ["--emit", workshop.path("check.c")])
    #expect(end == .exited(0))
    let text = String(decoding: try workshop.read(workshop.path("check.c")), as: UTF8.self)
    #expect(text.contains("_Static_assert(__builtin_types_compatible_p("))
  }

  @Test func whatCanNotBeComparedIsAnErrorOfTheCommand() throws {
    #expect(try verify("lib \"l\"\nkind a = fn i32 f()\n", ["nowhere.h"]).end == .exited(104))
    #expect(
      try verify("lib \"l\"\nkind a = fn i32 f()\n", ["zlib.h"], ["--cc", "no-such-cc"]).end == .exited(96))
    let (end, output) = try verify("lib \"l\"\nkind a = fn u65 f()\n", ["zlib.h"])
    #expect(end == .exited(104) && output.contains("unknown type 'u65'"), "\(output)")
    #expect(try verify("", []).end == .exited(2))
  }

  private static let fine = "lib \"libz.so.1\"\nkind a = fn u64 crc32(u64 seed, in bytes data : u32 len)\n"

  /// An input without end is no file of signatures.
  @Test func whatIsReadIsBounded() throws {
    let run = try Taskhost.plain(["ffi", "verify", "/dev/zero", "--header", "zlib.h"])
    #expect(run.end == .exited(104), "\(run)")
    #expect(run.errors == "error: '/dev/zero' is larger than 16 MiB; expected a file of signatures\n")
  }

  @Test func nothingThatIsReadIsWrittenOver() throws {
    let workshop = try Workshop()
    let file = try workshop.write(Self.fine, as: "a.ffi")
    let header = try workshop.write("#include <zlib.h>\n", as: "a.h")
    for (taken, name) in [(file, "link"), (header, "other")] {
      let link = workshop.path(name)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: taken)
      let before = try workshop.read(taken)
      let run = try Taskhost.plain(["ffi", "verify", file, "--header", header, "--emit", link])
      #expect(
        run.end == .exited(2) && run.errors.contains("--emit is '\(link)', which is the file '\(taken)'"))
      #expect(try workshop.read(taken) == before)
    }
  }

  /// Each as the table of exit codes says.
  @Test(arguments: ["> /dev/full", ">&-", "--emit /dev/full"])
  func outputThatIsLostIsAnError(how: String) throws {
    let workshop = try Workshop()
    let file = try workshop.write(Self.fine, as: "a.ffi")
    let child = try Child(
      "/bin/sh", ["-c", "exec \"$0\" ffi verify \"$1\" --header zlib.h \(how)", Taskhost.executable, file],
      environment: Taskhost.environment)
    #expect(try child.finish() == .exited(110), "\(child.errorText)")
    #expect(child.errorText.hasPrefix("error: cannot write"), "\(child.errorText)")
  }

  @Test func aNameIsNoProgram() throws {
    let workshop = try Workshop()
    let file = try workshop.write(
      "lib \"libz.so.1\"\nkind a = fn u64 crc32_of_nothing(u64 seed)\n", as: "a\"\\\n.ffi")
    let run = try Taskhost.plain(["ffi", "verify", file, "--header", "zlib.h"])
    #expect(run.end == .exited(100) && run.output.contains("crc32_of_nothing"), "\(run)")
    #expect(!run.output.contains("missing terminating"), "\(run)")
  }

  /// Whatever ends it.
  @Test(arguments: [SIGTERM, SIGHUP, SIGKILL])
  func aSignalLeavesNothingBehind(signal: Int32) throws {
    let workshop = try Workshop()
    let file = try workshop.write(Self.fine, as: "a.ffi")
    let temporary = try workshop.makeDirectory("tmp")
    // It says that it is there, and stays until its output is closed.
    let compiler = try workshop.write(
      "#!/bin/sh\necho started > \"\(workshop.path("mark"))\"\nexec tail -f /dev/null\n", as: "cc")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: compiler)
    let child = try Taskhost.start(
      ["ffi", "verify", file, "--header", "zlib.h", "--cc", compiler], environment: ["TMPDIR": temporary])
    try child.wait(for: "the compiler") { _ in FileManager.default.fileExists(atPath: workshop.path("mark")) }
    child.send(signal)
    #expect(try child.finish() == .signaled(signal))
    #expect(try FileManager.default.contentsOfDirectory(atPath: temporary).isEmpty)
    // What it has started is in its group.
    kill(-child.pid, SIGKILL)
  }
}
