import Foundation
import TestSupport
import Testing

@Suite struct ForeignCallTests {
  @Test func structsGoAndComeByValueAndByReference() throws {
    let foreign = try Foreign(
      library: """
        struct inner { f32 a; i8 b; }
        struct outer { inner one; f64 two; i16 three; } size 24 align 8
        kind mirror = fn outer mirror(outer value)
        kind kept = fn ref outer kept(outer value)
        kind sum = fn f64 sum(in array<f64> values : size count)
        """)
    let value = #"{"one":{"a":1.5,"b":-7},"two":1e300,"three":300}"#
    let run = try foreign.run([
      "{\"call\":\"mirror\",\"value\":\(value)}", "{\"value\":\(value),\"call\":\"kept\"}",
      #"{"call":"sum","values":[1,2.5,-0.5]}"#, #"{"call":"sum","values":["inf",1]}"#,
    ])
    #expect(run.end == .exited(0), "\(run.said)")
    #expect(
      run.told == [
        #"1: {"ret":{"one":{"a":-1.5,"b":7},"two":-1e+300,"three":-300}}"#,
        #"2: {"ret":{"one":{"a":1.5,"b":-7},"two":1e+300,"three":300}}"#, #"3: {"ret":3.0}"#,
        #"4: {"ret":"inf"}"#,
      ])
  }

  /// What a function leaves in the rest of a register is not seen.
  @Test func narrowResultsAreCutToTheirWidth() throws {
    let foreign = try Foreign(
      library: """
        kind i8 = fn i8 wide(i32 x)
        kind u8 = fn u8 wide(i32 x)
        kind i16 = fn i16 wide(i32 x)
        kind u16 = fn u16 wide(i32 x)
        kind u32 = fn u32 wide(i32 x)
        kind bool = fn bool wide(i32 x)
        """)
    let run = try foreign.run(
      ["i8", "u8", "i16", "u16", "u32", "bool"].map { "{\"call\":\"\($0)\",\"x\":-129}" })
    #expect(
      run.told == [
        #"1: {"ret":127}"#, #"2: {"ret":127}"#, #"3: {"ret":-129}"#, #"4: {"ret":65407}"#,
        #"5: {"ret":4294967167}"#,
        #"6: {"ret":true}"#,
      ])
  }

  @Test func textsThatAreReturned() throws {
    let foreign = try Foreign(
      library: """
        owned cstr = free("give_back")
        kind wild = fn cstr wild(size address)
        kind nothing = fn cstr nothing()
        kind lent = fn owned cstr lent(cstr text)
        kind released = fn i32 how_many()
        kind address = fn ptr wild(size address)
        """)
    let run = try foreign.run(
      [
        #"{"call":"nothing"}"#, #"{"call":"wild","address":4096}"#, #"{"call":"lent","text":"héllo"}"#,
        #"{"call":"lent","text":{"base64":"/w=="}}"#, #"{"call":"released"}"#,
        #"{"call":"address","address":"18446744073709551615"}"#,
        #"{"call":"wild","address":"18446744073709551615"}"#,
      ], ["--set", "reuse=yes", "-j1"])
    #expect(
      run.told == [
        #"1: {"ret":null}"#, #"3: {"ret":"héllo"}"#, #"4: {"ret":{"base64":"/w=="}}"#, #"5: {"ret":2}"#,
        #"6: {"ret":"0xffffffffffffffff"}"#,
      ])
    #expect(
      run.said == [
        "2:0: the function returned the address 0x1000, where nothing can be read",
        "7:0: the function returned the address 0xffffffffffffffff, where nothing can be read",
      ])
    #expect(run.events.named("trial.finished").allSatisfy { $0.text("result") == "answered" })
  }

  /// A worker makes one call that may have left something behind, unless the user says otherwise.
  @Test func aWorkerMakesOneCallThatIsNotPure() throws {
    let foreign = try Foreign(library: "kind count = fn i32 count()\nkind pure.count = fn i32 count() pure")
    func counts(_ name: String, _ options: [String]) throws -> (values: [Int], workers: Int) {
      let run = try foreign.run(Array(repeating: "{\"call\":\"\(name)\"}", count: 5), options)
      #expect(run.end == .exited(0))
      return (
        try run.results().values.compactMap { $0["ret"] as? Int }.sorted(),
        Set(run.events.named("trial.finished").compactMap { $0.number("worker") }).count
      )
    }
    #expect(try counts("count", ["-j1"]) == ([1, 1, 1, 1, 1], 5))
    #expect(try counts("count", ["-j1", "--set", "reuse=yes"]) == ([1, 2, 3, 4, 5], 1))
    #expect(try counts("pure.count", ["-j1"]) == ([1, 2, 3, 4, 5], 1))
  }

  /// The number that tells the function how much there is stands ahead of the memory.
  @Test func lengthsInFrontOfTheirMemory() throws {
    let foreign = try Foreign(
      library: """
        kind total = fn f64 total(size count : in array<f64> values)
        kind room = fn i32 room(inout u32 n : out bytes<8> buffer) result bytes = buffer[0..n]
        """)
    let run = try foreign.run([#"{"call":"total","values":[1,2,0.5]}"#, #"{"call":"room"}"#])
    #expect(run.end == .exited(0), "\(run.said)")
    #expect(run.told == [#"1: {"ret":3.5}"#, #"2: {"ret":7,"result":"yyyyyyy","n":7}"#])
  }

  @Test func callsComeAsWordsToo() throws {
    let foreign = try Foreign("lib \"libc.so.6\"\nkind abs = fn i32 abs(i32 v) pure")
    let list = try foreign.workshop.write(
      "{\"call\":\"abs\",\"v\":-3}\n\n{\"v\":-4,\"call\":\"abs\"}\n", as: "list")
    let run = try foreign.start(["--from", list, #"{"call":"abs","v":-5,"id":"x"}"#])
    #expect(run.end == .exited(0))
    // Those of words have no line.
    #expect(
      Set(run.printed) == [
        #"{"call":"abs","result":{"ret":3}}"#, #"{"call":"abs","result":{"ret":4}}"#,
        #"{"id":"x","call":"abs","result":{"ret":5}}"#,
      ])
  }

  /// Blank lines and lines of any length keep their numbers, however many calls make one task.
  @Test(arguments: [1, 3, 100])
  func everyLineIsOneCallWithItsNumber(batch: Int) throws {
    let foreign = try Foreign(PeerTests.signatures)
    var lines: [String] = []
    var expected: [Int] = []
    for number in 0..<40 {
      if number % 7 == 3 {
        lines.append("  ")
        continue
      }
      let data = String(repeating: "x", count: number % 5 == 0 ? 700_000 : number)
      lines.append("{\"call\":\"crc32\",\"seed\":0,\"data\":\"\(data)\",\"id\":\(number + 1)}")
      expected.append(number + 1)
    }
    let run = try foreign.run(lines, ["--set", "batch=\(batch)", "--keep-order"])
    #expect(run.end == .exited(0) && run.findings.isEmpty)
    #expect(run.summary?.text("summary") == "\(expected.count) calls: \(expected.count) returned, 0 failed")
    var seen: [Int] = []
    for line in run.printed {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      #expect(object["line"] as? Int == object["id"] as? Int && object["call"] as? String == "crc32")
      seen.append(object["line"] as? Int ?? 0)
    }
    #expect(seen == expected)
  }

  /// As data, whatever else is told; and as it is, however long.
  @Test func resultsComeOutAtStandardOutput() throws {
    let foreign = try Foreign(
      """
      lib "libc.so.6"
      kind set = fn ptr memset(out bytes<5000000> b, const i32 97, const u64 5000000)
      kind abs = fn i32 abs(i32 v) pure, fail if ret == 2
      """)
    let file = try foreign.workshop.write(
      "{\"call\":\"abs\",\"v\":-1,\"id\":\"a\"}\n{\"call\":\"set\"}\n{\"call\":\"abs\",\"v\":-2}\n{\"call\":\"abs\"}\n",
      as: "calls.jsonl")
    let (end, output, errors) = try Taskhost.plain([
      "run", "--kind", "ffi", "--keep-order", "--set", "signatures=\(foreign.signatures)", "--set",
      "allow=any", file,
    ])
    #expect(end == .exited(104))
    let lines = output.split(separator: "\n").map { $0.replacing(file, with: "FILE") }
    try #require(lines.count == 3)
    #expect(lines[0] == #"{"file":"FILE","line":1,"id":"a","call":"abs","result":{"ret":1}}"#)
    #expect(lines[1].utf8.count > 5_000_000 && lines[1].hasSuffix(#"aaa"}}"#))
    #expect(lines[2] == #"{"file":"FILE","line":3,"call":"abs","failed":"ret == 2","result":{"ret":2}}"#)
    #expect(errors.contains("calls.jsonl:3: failed: label abs: ret == 2: {\"ret\":2}"))
    #expect(errors.contains("calls.jsonl:4:1: error: label abs: the argument 'v' is missing"))
  }
}
