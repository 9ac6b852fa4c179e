import Foundation
import TestSupport
import Testing

/// What is refused before anything is called.
@Suite struct ForeignRefusalTests {
  private func refusal(_ signatures: String, allow: String? = "any") throws -> (Taskhost.Finished, String) {
    let foreign = try Foreign(signatures)
    let run = try foreign.run([#"{"call":"a"}"#], allow: allow)
    #expect(run.events.named("worker.spawned").isEmpty, "a worker was started")
    return (run, run.events.last?.text("message") ?? "")
  }

  /// Each is a finding with file, line and column, and an error of the run.
  @Test(arguments: [
    ("lib \"libc.so.6\"\nkind a = fn i32 abs(i33 x)", 2, 21, "unknown type 'i33'"),
    (
      "lib \"libc.so.6\"\nstruct s { s x; }\nkind a = fn i32 abs(s x)", 2, 12,
      "would hold itself by value: cyclic"
    ),
    ("lib \"libc.so.6\"\nstruct s { }\nkind a = fn i32 abs(s x)", 2, 1, "has no members"),
    ("lib \"libc.so.6\"\nkind a = fn i32 abs(void x)", 2, 21, "void is no type of an argument"),
    ("lib \"libc.so.6\"\nkind a = fn i32 printf(const cstr \"\", ... | f32)", 2, 45, "write f64"),
    ("lib \"libc.so.6\"\nkind a = fn i32 printf(const cstr \"\", ... | i16)", 2, 45, "write i32"),
    (
      "lib \"libc.so.6\"\nstruct s { i32 a; i64 b; } size 12\nkind a = fn i32 abs(s x)", 2, 1,
      "has size 16, the line says 12"
    ),
    ("lib \"libnowhere.so.7\"\nkind a = fn i32 abs(i32 x)", 1, 1, "there is no library 'libnowhere.so.7'"),
    ("lib \"libc.so.6\"\nkind a = fn i32 abcdefgh(i32 x)", 2, 17, "does not define 'abcdefgh'"),
    ("lib \"libc.so.6\"\nkind a = fn i32 environ()", 2, 17, "is no function"),
    ("lib \"libc.so.6\"\nkind a = fn i32 system(cstr s)", 2, 17, "'system' may not be called"),
    (
      "lib \"libc.so.6\"\nkind a = fn i32 __sigaction(i32 s, ptr a, ptr b)", 2, 17,
      "is another name of a function that may not be called"
    ),
  ])
  func signaturesThatCanNotBe(text: String, line: Int, column: Int, said: String) throws {
    let (run, message) = try refusal(text)
    let finding = try #require(run.findings.first)
    #expect(finding.number("line") == line && finding.number("column") == column)
    #expect(finding.text("message")?.contains(said) == true, "\(finding.text("message") ?? "")")
    #expect(finding.text("file")?.hasSuffix("/test.ffi") == true && finding.text("severity") == "error")
    #expect(message.contains(":\(line):\(column): ") && message.contains(said))
    #expect(run.end == .exited(104))
  }

  @Test func aLibraryOfAnotherMachineIsRefusedByReadingIt() throws {
    let workshop = try Workshop()
    let library = workshop.path("libforeign.so")
    try TestKind.compile(TestKind.sources + "/../Programs/foreign.c", to: library)
    var bytes = try workshop.read(library)
    bytes[18] = 0xF3
    let other = try workshop.write(bytes, as: "other.so")
    let (_, message) = try refusal("lib \"\(other)\"\nkind a = fn i32 wide(i32 x)")
    #expect(message.contains("is for another machine: found class 2 and machine 243"))
    let (_, missing) = try refusal("lib \"\(workshop.path("none.so"))\"\nkind a = fn i32 wide(i32 x)")
    #expect(missing.contains("cannot find"))
  }

  /// Its address is known only when it is asked for: the worker refuses it before any call.
  @Test func anAliasThatIsResolvedLateIsRefusedByItsAddress() throws {
    let foreign = try Foreign(library: "kind a = fn i32 innocent(cstr command)")
    let run = try foreign.run([#"{"call":"a","command":"exit 3"}"#])
    #expect(run.end != .exited(0))
    #expect(
      (run.output + run.errors).contains("'innocent' is another name of a function that may not be called"))
    #expect(run.events.named("trial.finished").isEmpty)
  }

  /// Off, unless a list or the user says otherwise.
  @Test func nothingIsCalledWithoutPermission() throws {
    let signatures = "lib \"libz.so.1\"\nkind a = fn u64 crc32(u64 seed, in bytes data : u32 len)"
    let (run, message) = try refusal(signatures, allow: nil)
    #expect(run.end == .exited(104) && message.contains("calling C functions is off"))
    let foreign = try Foreign(signatures)
    let call = #"{"call":"a","seed":0,"data":"123456789"}"#
    func allowed(_ list: String) throws -> Taskhost.Finished {
      try foreign.run([call], allow: try foreign.workshop.write(list, as: "allow"))
    }
    let refused = try allowed("# nothing\n")
    let told = try #require(refused.events.last?.text("message"))
    let line = try #require(told.firstMatch(of: /a line that allows it: ([^)]+)\)/)).1
    #expect(line.hasSuffix(" crc32"))
    // The line that the message gives does what it says.
    let run2 = try allowed("\(line)\n")
    #expect(run2.end == .exited(0) && run2.told == [#"1: {"ret":3421780262}"#])
    let others = try allowed(line.replacing(" crc32", with: " adler32") + "\n")
    #expect(others.events.last?.text("message")?.contains("the list does not allow crc32") == true)
    let digest = try #require(line.split(separator: " ").dropFirst().first)
    let changed = try allowed(line.replacing(digest, with: String(repeating: "a", count: 64)) + "\n")
    #expect(changed.events.last?.text("message")?.contains("the list says aaaa") == true)
    let list = foreign.workshop.path("allow")
    try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: list)
    let open = try foreign.run([call], allow: list)
    #expect(open.events.last?.text("message")?.contains("may be written by others") == true)
  }

  @Test func optionsThatCanNotBe() throws {
    let run = try Taskhost.run(["--kind", "ffi", "{}"])
    #expect(run.end == .exited(2))
    #expect(run.errors.contains("the kind ffi needs --signatures FILE"))
    let foreign = try Foreign(PeerTests.signatures)
    #expect(try foreign.run(["{}"], ["--set", "reuse=maybe"]).end == .exited(2))
    #expect(try foreign.run(["{}"], ["--set", "batch=0"]).end == .exited(2))
    #expect(try foreign.start(["/dev/null"]).errors.contains("'/dev/null' is no regular file"))
    let endless = try Taskhost.run(["--kind", "ffi", "--set", "signatures=/dev/zero", "--allow-ffi", "{}"])
    #expect(endless.end == .exited(104))
    #expect(endless.errors.contains("'/dev/zero' is no regular file; expected a file of signatures"))
  }

  private static let calls = """
    kind f = fn i32 wide(u8 a, i64 b, f32 c, bool d, cstr e, in array<i16> g, in bytes h)
    struct s { u8 x; f64 y; }
    kind g = fn i32 wide(s v, ref s r, ptr p)
    kind h = fn i32 wide(out bytes<room> b : u8 n)
    """

  /// All that is wrong with a call is told at once, each with its column; nothing is called.
  @Test(arguments: [
    (
      #"{"call":"f","a":300,"b":9007199254740993,"c":1e40,"d":1,"e":"a\u0000b","g":[1,40000],"h":5}"#,
      [
        "1:17: found 300, expected a whole number from 0 to 255",
        "1:25: found 9007199254740993, expected a text: numbers beyond 2^53 are rounded by many writers of JSON",
        "1:46: found 1e40, expected a number that an f32 holds", "1:55: found 1, expected true or false",
        "1:61: found a NUL at byte 2, expected a text without one: it would end there",
        "1:79: found 40000, expected a whole number from -32768 to 32767",
        "1:90: found a number, expected a text, or an object {\"base64\": ...}",
      ]
    ),
    (
      #"{"call":"f","a":"nan","b":1.5,"c":"x","d":null,"e":1,"g":{},"h":{"base64":"A"}}"#,
      [
        "1:17: found \"nan\", expected a whole number from 0 to 255",
        "1:27: found 1.5, expected a whole number from -9223372036854775808 to 9223372036854775807",
        "1:35: found \"x\", expected a number, or one of \"nan\", \"inf\" and \"-inf\"",
        "1:43: found null, expected true or false",
        "1:52: found a number, expected a text, or an object {\"base64\": ...}",
        "1:58: g: found an object, expected an array",
        "1:65: found 1 digits, expected base64 with padding, in fours",
      ]
    ),
    (
      #"{"call":"f","a":1,"a":2,"z":3}"#,
      [
        "1:1: the argument 'b' is missing", "1:1: the argument 'c' is missing",
        "1:1: the argument 'd' is missing",
        "1:1: the argument 'e' is missing", "1:1: the argument 'g' is missing",
        "1:1: the argument 'h' is missing",
        "1:19: this member is there twice", "1:25: unknown argument 'z', expected a, b, c, d, e, g, h",
      ]
    ),
    (
      #"{"call":"g","v":{"x":256,"z":0},"r":[],"p":5}"#,
      [
        "1:17: the member 'y' of struct s is missing",
        "1:22: found 256, expected a whole number from 0 to 255",
        "1:26: struct s has no member 'z'",
        "1:37: found an array, expected an object with the members of struct s",
        "1:44: found 5, expected null, or an address such as \"0x0\"",
      ]
    ),
    (
      #"{"call":"h","room":256}"#,
      ["1:1: b: 256 elements, more than a u8 tells the function"]
    ),
    (
      #"{"call":"h","room":4294967295}"#,
      ["1:1: b: found 4294967295 elements of 1 bytes, expected at most 67108864"]
    ),
    (#"{"call":"nope"}"#, ["1:9: unknown call 'nope'; there are f, g, h"]),
    (#"{"call":"h","call":"h","room":1}"#, ["1:13: the member \"call\" is there twice"]),
    (#"{"a":1}"#, ["1:1: the member \"call\" is missing"]),
    (#"[1]"#, ["1:1: found an array, expected an object with the member \"call\""]),
    (#"{"call":"f","#, ["1:13: expected the name of a member in quotes"]),
    (#"{"call":7}"#, ["1:9: found a number, expected the name of a kind of calls"]),
  ])
  func callsThatCanNotBe(call: String, said: [String]) throws {
    let foreign = try Foreign(library: Self.calls)
    let run = try foreign.run([call])
    #expect(run.said == said)
    #expect(run.findings.allSatisfy { $0.text("severity") == "error" })
    #expect(run.end == .exited(104) && run.outcomes() == ["error": 1])
  }

  /// A file that is not the one any more from which the tasks were made, by a worker that has it open and by others.
  @Test(arguments: ["", " pure"])
  func aFileOfCallsThatChangesIsNoticed(clause: String) throws {
    let foreign = try Foreign("lib \"libc.so.6\"\nkind nap = fn i32 usleep(u32 us)\(clause)")
    let nap = #"{"call":"nap","us":20000}"# + "\n"
    let file = try foreign.workshop.write(String(repeating: nap, count: 200), as: "calls.jsonl")
    let child = try Taskhost.start([
      "run", "--message-format", "jsonl", "--kind", "ffi", "-j1", "--set", "signatures=\(foreign.signatures)",
      "--set", "allow=any", file,
    ])
    try child.wait(for: "the first result") { try !Taskhost.events($0).named("trial.finished").isEmpty }
    try foreign.workshop.write(nap, as: "calls.jsonl")
    try child.finish()
    let run = try Taskhost.finished(child)
    #expect(run.end == .exited(100))
    #expect(
      run.events.named("task.finished").contains {
        $0.text("message")?.hasSuffix("calls.jsonl' has changed since the run began") == true
      })
  }
}
