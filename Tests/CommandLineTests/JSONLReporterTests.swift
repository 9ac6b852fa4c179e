import CommandLineInterface
import Foundation
import TaskHost
import Testing

struct JSONLReporterTests {
  private func lines(_ events: [RunEvent]) throws -> [String] {
    let capture = try Capture()
    let clock = HandClock()
    let reporter = JSONLReporter(output: capture.output, clock: clock.clock)
    for event in events {
      reporter.report(event)
      clock.advance(milliseconds: 1)
    }
    return try capture.lines()
  }

  private func members(_ events: [RunEvent]) throws -> [String] {
    try lines(events).map { line in
      let type = try #require(line.range(of: #""type":"#))
      return String(line[type.lowerBound...].dropLast())
    }
  }

  @Test func `each line begins with what all have in common`() throws {
    let lines = try lines(Script.all)
    #expect(lines.count == Script.all.count)
    #expect(
      lines[0].hasPrefix(
        #"{"v":1,"ts":"2026-11-21T01:16:55.123456Z","run":"7c1e0f42-0000-4000-8000-000000000001","seq":1,"type":"run""#
      ))
    for (index, line) in lines.enumerated() { #expect(line.contains(#""seq":\#(index + 1),"#)) }
    #expect(lines[1].contains(#""ts":"2026-11-21T01:16:55.124456Z""#))
  }

  @Test func `the members of each event`() throws {
    let a = String(repeating: "a", count: 2040)
    let b = String(repeating: "b", count: 2048)
    #expect(
      try members(Script.all) == [
        #""type":"run","event":"started","kind":"proof","kind_id":"org.taskhost.proof","kind_version":"1.0.0","plugin":"/p/libproof.so","abi":"1.0","workers":2,"in_process":false,"tasks":3"#,
        #""type":"worker","event":"spawned","worker":1,"slot":0,"pid":4711"#,
        #""type":"worker","event":"fresh","worker":1,"slot":0,"pid":4711"#,
        #""type":"task","event":"queued","task":1,"name":"a""#,
        #""type":"task","event":"queued","task":2,"name":"b","parent":1"#,
        #""type":"task","event":"pinned","task":3,"name":"c","worker":1,"parent":1"#,
        #""type":"task","event":"marshal_error","task":3,"name":"c","direction":"to_worker","actual":200,"limit":100,"message":"too long""#,
        #""type":"task","event":"stale","task":3,"name":"c""#,
        #""type":"trial","event":"finished","task":1,"worker":1,"trial":1,"result":"answered","exec_time":0.001000000"#,
        #""type":"trial","event":"finished","task":2,"worker":1,"trial":1,"result":"failed","code":-3,"message":"no","exec_time":0.000000002"#,
        #""type":"trial","event":"finished","task":2,"worker":1,"trial":2,"result":"crashed","signal":11,"signal_name":"SIGSEGV","dumped_core":false,"peak_memory":12582912,"cpu_time":1.500000000,"exec_time":0.000000002"#,
        #""type":"trial","event":"finished","task":2,"worker":1,"trial":3,"result":"limit","limit":"memory","signal":11,"signal_name":"SIGSEGV","dumped_core":false,"peak_memory":12582912,"cpu_time":1.500000000,"exec_time":0.000000002,"output_head":"\#(a)the head","output_omitted":1952,"output_tail":"\#(b)""#,
        #""type":"trial","event":"finished","task":2,"worker":1,"trial":3,"result":"timed_out","exec_time":0.000000002"#,
        #""type":"trial","event":"finished","task":2,"worker":1,"trial":4,"result":"cancelled","exec_time":0.000000002"#,
        #""type":"trial","event":"finished","task":2,"worker":2,"trial":4,"result":"superseded","exec_time":0.000000002"#,
        #""type":"feedback","event":"received","worker":1,"data":"half""#,
        #""type":"feedback","event":"received","worker":1,"data_base64":"/wBhYg==""#,
        #""type":"diagnostic","event":"reported","severity":"failed","task":2,"file":"set.mm","line":12,"column":7,"label":"id","step":3,"message":"stack has 2 entries","found":["a",1.5e3,null]"#,
        #""type":"diagnostic","event":"reported","severity":"note","message":"x""#,
        #""type":"output","event":"written","worker":1,"stream":"stdout","data":"hello\nwor""#,
        #""type":"output","event":"written","worker":1,"stream":"stderr","data_base64":"wyg=""#,
        #""type":"log","event":"written","level":"warn","worker":1,"message":"low""#,
        #""type":"log","event":"written","level":"info","message":"fine""#,
        #""type":"progress","event":"updated","done":1,"total":3,"units":"proofs","running":2"#,
        #""type":"run","event":"status","running":1,"waiting":1,"queued":4,"done":7,"starting":2,"at_work":[{"task":2,"name":"b","worker":1,"pid":4711,"state":"performing","elapsed":1.500000000,"done":3,"total":10}]"#,
        #""type":"warning","event":"raised","message":"odd""#,
        #""type":"task","event":"finished","task":1,"name":"a","outcome":"passed","tries":1,"exec_time":0.001000000,"passed":5,"pending":1,"failed":0"#,
        #""type":"worker","event":"old","worker":1,"slot":0,"pid":4711,"jobs_done":1,"competence_bytes":8"#,
        #""type":"worker","event":"dying","worker":1,"slot":0,"pid":4711"#,
        #""type":"task","event":"finished","task":2,"name":"b","outcome":"crashed","tries":4,"exec_time":0.412000000,"passed":0,"pending":0,"failed":1,"message":"SIGSEGV""#,
        #""type":"worker","event":"ended","worker":1,"slot":0,"pid":4711,"reason":"crashed","signal":11,"signal_name":"SIGSEGV","dumped_core":false,"peak_memory":12582912,"cpu_time":1.500000000,"output_tail":"oops\nhelp\n""#,
        #""type":"worker","event":"ended","worker":1,"slot":0,"pid":4711,"reason":"boot_failed","phase":"load","message":"no such file","exit_code":3,"dumped_core":false,"peak_memory":12582912,"cpu_time":1.500000000"#,
        #""type":"worker","event":"ended","worker":1,"slot":0,"pid":4711,"reason":"protocol","fault":"bad_frame","signal":9,"signal_name":"SIGKILL","dumped_core":false,"peak_memory":12582912,"cpu_time":1.500000000"#,
        #""type":"worker","event":"ended","worker":1,"slot":0,"pid":4711,"reason":"limit","limit":"memory","signal":9,"signal_name":"SIGKILL","dumped_core":false,"peak_memory":12582912,"cpu_time":1.500000000"#,
        #""type":"worker","event":"ended","worker":1,"slot":0,"pid":4711,"reason":"recycled","exit_code":0,"dumped_core":false,"peak_memory":12582912,"cpu_time":1.500000000"#,
        #""type":"worker","event":"ended","worker":1,"slot":0,"pid":4711,"reason":"unkillable","dumped_core":false,"peak_memory":12582912,"cpu_time":1.500000000"#,
        #""type":"run","event":"paused","running":2"#,
        #""type":"run","event":"resumed","paused":1.500000000"#,
        #""type":"run","event":"cancelling","cause":"timeout","limit":2.000000000,"running":2"#,
        #""type":"run","event":"cancelling","cause":"signal","signal":2,"signal_name":"SIGINT","running":1"#,
        #""type":"run","event":"finished","summary":"proof: 5 of 8 proofs are good","exit_code":100,"outcomes":{"passed":1,"failed":1,"crashed":1},"tasks":3,"cases":{"passed":5,"pending":1,"failed":2},"elapsed":2.500000000,"workers_started":3,"peak_memory":12582912"#,
      ])
  }

  @Test func `every line is JSON, whatever the text`() throws {
    let evil = "\u{0}\u{1F}\"\\\n\u{7F}\u{2028}😀"
    let lines = try lines([.warning(evil), Script.task(1, evil, .stale)])
    for (line, member) in zip(lines, ["message", "name"]) {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      #expect(object[member] as? String == evil)
    }
  }

  @Test(arguments: [0, 1, 2, 3, 4, 5, 63, 64, 65])
  func `bytes survive base64`(count: Int) throws {
    let bytes = [0xFF] + (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    let line = try #require(try lines([.feedback(worker: 1, bytes: bytes)]).first)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(Data(base64Encoded: try #require(object["data_base64"] as? String)) == Data(bytes))
  }

  @Test(arguments: [
    (#"{}"#, ""),
    (
      " {\n \"a\" : [ 1 , -2.5E+3 , { \"b\" : \"x y\" } , [ ] ] , \"c\":true}\n",
      #","a":[1,-2.5E+3,{"b":"x y"},[]],"c":true"#
    ),
    (#"{"message":1,"seq":2,"type":{"x":1},"mine":"\u00e9"}"#, #","mine":"\u00e9""#),
    (#"{"mess\u0061ge":1,"a":1,"a":2}"#, #","a":1"#),
  ])
  func `members of a kind are merged, never in place of ours`(json: String, expected: String) throws {
    #expect(
      try merged(json)
        == #""type":"diagnostic","event":"reported","severity":"note","message":"m"\#(expected)"#)
  }

  @Test(arguments: [
    "[1]", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1} x", "{\"a\":01}", "{\"a\":1.}", "{\"a\":+1}",
    "{\"a\":nul}",
    "{\"a\":\"\n\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u+123\"}", "{\"a\":\"", "{a:1}",
    "{\"a\":" + String(repeating: "[", count: 500) + String(repeating: "]", count: 500) + "}",
  ])
  func `what is no object stays text`(json: String) throws {
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data("{\(try merged(json))}".utf8)) as? [String: Any])
    #expect(object["invalid_json"] as? String == json)
    #expect(object["a"] == nil)
  }

  private func merged(_ json: String) throws -> String {
    let report = Finding(
      task: nil, severity: .note, file: "", line: 0, column: 0, label: "", step: 0, message: "m", json: json)
    return try #require(try members([.finding(report)]).first)
  }

  @Test func `a run that could not be made is one line`() throws {
    let capture = try Capture()
    let reporter = JSONLReporter(output: capture.output, clock: HandClock().clock)
    reporter.fail(RunError(.pluginRefused, "no kind", causes: ["a", "b"], hint: "taskhost kinds"))
    let lines = try capture.lines()
    #expect(lines.count == 1)
    #expect(
      lines[0].hasSuffix(
        #""seq":1,"type":"run","event":"error","message":"no kind","causes":["a","b"],"hint":"taskhost kinds","exit_code":101}"#
      ))
    #expect(
      lines[0].contains(#/"run":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"/#))
  }

  @Test func `lines wait for a flush, but not for long`() throws {
    let capture = try Capture()
    let clock = HandClock()
    let reporter = JSONLReporter(output: capture.output, clock: clock.clock)
    func size() throws -> UInt64 { try capture.file.seekToEnd() }
    reporter.report(.warning("a"))
    #expect(try size() == 0)
    try reporter.flush()
    let first = try size()
    #expect(first > 0)
    reporter.report(.warning("b"))
    #expect(try size() == first)
    clock.advance(milliseconds: 50)
    reporter.report(.warning("c"))
    let second = try size()
    #expect(second > first)
    reporter.report(.warning(String(repeating: "d", count: 70_000)))
    #expect(try size() > second + 70_000)
  }

  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000000Z"), (951_782_400, "2000-02-29T00:00:00.000000Z"),
      (1_709_251_199, "2024-02-29T23:59:59.000000Z"), (4_107_542_400, "2100-03-01T00:00:00.000000Z"),
      (1_767_225_599, "2025-12-31T23:59:59.000000Z"),
    ] as [(UInt64, String)])
  func `time stamps`(second: UInt64, expected: String) throws {
    let capture = try Capture()
    let reporter = JSONLReporter(
      output: capture.output, clock: Clock(wall: { second * 1_000_000_000 }, monotonic: { 0 }))
    reporter.report(.warning("a"))
    #expect(try capture.text().contains(#""ts":"\#(expected)""#))
  }
}
