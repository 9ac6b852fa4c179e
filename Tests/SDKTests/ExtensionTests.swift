import Foundation
import TaskHost
import TestSupport
import Testing

/// A kind that uses every extension does the same in each language. What C does is expected of the others, and is what the header says.
@Suite(.serialized) struct ExtensionTests {
  /// Sessions, streams and calls, by a program that embeds the host.
  @Test(arguments: Language.allCases)
  func sessionsStreamsAndCallsAreTheSame(language: Language) async throws {
    let said = try await conversation(of: try await library(language), talk(with:))
    #expect(
      said == [
        "host say: hello there", "host refuse: code -1500: refused by the host",
        "host else: the program heard 'else'",
        "emit for nobody: code -2", "emit: 0 x|1 x|2 x", "emit result: 3 sent",
        "emit for one who leaves: cancelled",
        "sum: 3 items, 10 bytes", "sum of nothing: 0 items, 0 bytes",
        "peer: it came around", "peer that fails: code -1234: as it was told",
        "peer that is itself: code -10",
        "peer that is not there: code -9", "open: -3 'much' is no number", "add: 105", "other add: 9",
        "wrong add: -3 'x' is no number", "other request: -1234 as it was told", "collect: 106|108|111",
        "collect result: 111", "close: closed at 111", "other close: closed at 9",
      ])
  }

  /// What is printed, the trace, the log of jobs and the list of tasks, by the command.
  @Test(arguments: Language.allCases)
  func whatIsPrintedTracedAndLoggedIsTheSame(language: Language) async throws {
    let library = try await library(language)
    let shop = try Workshop()
    let (log, trace) = (shop.path("log"), shop.path("trace"))
    let file = try shop.write("0123456789", as: "digits")
    let words = [
      "out to output\n", "err to error\n", "file \(file) 2 5", "file \(file) 8 5", "file /nowhere 0 1",
      "errfile \(file) 0 3",
      "emit 1 x", "sum", "span of its own", "ends 3 0", "ends 0 9", "fail",
      "x" + String(repeating: "y", count: 300),
    ]
    let run = try Taskhost.plain(
      ["run", "--plugin", library, "-j1", "--keep-order", "--joblog", log, "--trace", trace, "--"] + words)
    #expect(run.output.contains("to output\nfrom the host\n") && run.output.contains("23456from the host\n"))
    #expect(run.errors.contains("to error\n") && run.errors.contains("012"))
    for found in [
      "note: code -3\n", "note: code -2\n", "note: 0 items, 0 bytes\n", "note: spanned\n", "as it was told",
      "no such file", "no such request",
    ] {
      #expect((run.output + run.errors).contains(found), "\(found): \(run.output)\(run.errors)")
    }
    let jobs = String(decoding: try shop.read(log), as: UTF8.self).split(separator: "\n").dropFirst().map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).dropFirst(6).joined(separator: " ")
    }
    #expect(jobs.contains("3 0 in full: ends 3 0") && jobs.contains("0 9 in full: ends 0 9"), "\(jobs)")
    #expect(jobs.contains("1 0 in full: fail") && jobs.contains("1 0 in full: \(words[12])"), "\(jobs)")
    let spans = try #require(
      try JSONSerialization.jsonObject(with: Data(shop.read(trace))) as? [[String: Any]]
    )
    .filter { $0["cat"] as? String == "plugin" }.compactMap { $0["name"] as? String }.sorted()
    #expect(spans == ["of its own"] + Array(repeating: "use", count: 10))
    let listed = try Taskhost.plain(["run", "--plugin", library, "--dry-run", "--"] + words)
    #expect(listed.output.contains("in full: \(words[12])"), "\(listed.output)")
  }

  /// Options of tasks that the others do not use: by when one must have begun, and what it needs.
  @Test(arguments: Language.allCases)
  func tasksExpireAndWaitForResources(language: Language) async throws {
    let run = try Taskhost.run(
      [
        "--plugin", try await library(language), "-j1", "--resource", "gpu=1", "--", "late sum", "both sum",
        "sum",
      ])
    #expect(run.outcomes() == ["expired": 1, "error": 1, "passed": 1], "\(run.output)")
  }

  /// The table of wrappers has a row for each function of the header, and each wrapper is there and used by the kind of this suite.
  @Test func theTableOfWrappersIsTrue() throws {
    func text(_ path: String) throws -> String {
      try String(contentsOfFile: "\(Language.sdk)/../\(path)", encoding: .utf8)
    }
    func all(_ folder: String, _ ending: String) throws -> String {
      let names = try FileManager.default.subpathsOfDirectory(atPath: "\(Language.sdk)/\(folder)")
      return try names.filter { $0.hasSuffix(ending) }.map { try text("SDK/\(folder)/\($0)") }.joined()
    }
    let kinds = "Tests/Kinds/services"
    let languages = [
      (sdk: try all("cpp", ".hpp"), kind: try text("\(kinds)/services.cpp")),
      (sdk: try all("rust/src", ".rs"), kind: try text("\(kinds)/rust/src/lib.rs")),
      (
        sdk: try all("Sources/TaskHostSDK", ".swift"),
        kind: try text("\(kinds)/swift/Sources/Services/Services.swift")
      ),
    ]
    let page = try text("docs/abi/extensions.md")
    let section = try #require(page.range(of: "## In each language"))
    let rows = page[section.upperBound...].split(separator: "\n").filter { $0.hasPrefix("| `") }
    let members = try text("SDK/include/taskhost_ext.h").matches(of: /\(\*(\w+)\)\s*\(/).map { String($0.1) }
    #expect(members.count > 10)
    #expect(rows.compactMap { $0.firstMatch(of: /^\| `(\w+)` \|/).map { String($0.1) } } == members)
    for row in rows {
      let cells = row.split(separator: "|").map(String.init)
      try #require(cells.count == 4, "\(row)")
      for (cell, (sdk, kind)) in zip(cells.dropFirst(), languages) {
        let wrappers = cell.matches(of: /`([^`]+)`/).map { String($0.1) }
        #expect(!wrappers.isEmpty, "\(row)")
        for wrapper in wrappers {
          for word in wrapper.split(whereSeparator: { !($0.isLetter || $0 == "_") }).map(String.init) {
            let isWord = try Regex("\\b\(word)\\b").wordBoundaryKind(.simple)
            let (isThere, isUsed) = (sdk.contains(isWord), kind.contains(isWord))
            #expect(isThere && isUsed, "\(wrapper): \(word)")
          }
        }
      }
    }
  }

  @Test(arguments: Language.allCases)
  func itsCheckIsGreen(language: Language) async throws {
    let library = try await library(language)
    let check = try Taskhost.plain(
      ["plugin", "check", library, "--strict", "--", "host say a", "sum", "span a", "ends 3 0"], seconds: 300)
    #expect(check.end == .exited(0), "\(check.output)\(check.errors)")
  }

  /// The example of a kind that has sessions, streams, calls and spans. That in Swift is in `SwiftKindTests`.
  @Test(arguments: [Language.cpp, .rust])
  func theLedgerKeepsAccounts(language: Language) async throws {
    let library = try await library(language, "ledger")
    let said = try await conversation(of: library) { pool in
      let account = try await pool.session(open: Array("100".utf8))
      var said: [String] = []
      for amount in ["-40", "5000", "9223372036854775807"] {
        said.append(text(await account.run(Array(amount.utf8))))
      }
      said.append(text(await account.close()))
      let stream = try pool.stream(Array("1".utf8), input: Self.input(["5", "-3", "10"]))
      said.append(await joined(stream))
      said.append(text(await stream.result))
      return said
    }
    #expect(
      said == [
        "60", "-5 5060 is above the limit of 1000", "-5 nobody has as much", "60", "6|3|13", "13",
      ])
    let check = try Taskhost.plain(["plugin", "check", library, "--strict", "--", "5"], seconds: 300)
    #expect(check.end == .exited(0), "\(check.output)\(check.errors)")
  }

  // MARK: The conversation

  /// What `talk` hears of two workers of this kind.
  private func conversation(
    of library: String, _ talk: (WorkerPool) async throws -> [String]
  ) async throws -> [String] {
    var setting = TaskHost.Host.Options()
    setting.workerExecutable = Taskhost.executable
    var options = WorkerPool.Options()
    options.workers = 2
    options.startsAtOnce = true
    options.worker.onCall = {
      Array("the program heard '\(String(decoding: $0.request, as: UTF8.self))'".utf8)
    }
    let pool = try WorkerPool(TaskHost.Host(setting).kind(at: library), options)
    do {
      let said = try await talk(pool)
      try await pool.close()
      return said
    } catch {
      try await pool.close(.kill)
      throw error
    }
  }

  private func talk(with pool: WorkerPool) async throws -> [String] {
    var said: [String] = []
    func call(_ label: String, _ request: String) async {
      said.append("\(label): \(text(await pool.call(Array(request.utf8))))")
    }
    await call("host say", "host say hello there")
    await call("host refuse", "host refuse it")
    await call("host else", "host else")
    await call("emit for nobody", "emit 1 x")
    let items = try pool.stream(Array("emit 3 x".utf8))
    said.append("emit: \(await joined(items))")
    said.append("emit result: \(text(await items.result))")
    let endless = try pool.stream(Array("emit 1000000000 x".utf8))
    for await _ in endless { break }
    said.append("emit for one who leaves: \(text(await endless.result))")
    let sum = try pool.stream(Array("sum".utf8), input: Self.input(["a", "", "123456789"]))
    said.append("sum: \(text(await sum.result))")
    await call("sum of nothing", "sum")

    let one = try await pool.session(open: Array("100".utf8))
    let other = try await pool.session(open: Array("9".utf8))
    // Workers have the numbers 1 and 2; both must be there.
    var ready = 0
    for await event in pool.events {
      if case .ready = event { ready += 1 }
      if ready == 2 { break }
    }
    let address = text(await pool.call(Array("self".utf8), on: 1))
    try #require(address.hasPrefix("1 "))
    let epoch = address.dropFirst(2)
    for (label, id, request) in [
      ("peer", 1, "host say it came around"), ("peer that fails", 1, "fail"),
      ("peer that is itself", 2, "sum"), ("peer that is not there", 77, "sum"),
    ] {
      let reply = text(await pool.call(Array("peer \(id) \(epoch) \(request)".utf8), on: 2))
      // The words of the host for what it refuses are its own.
      let isOfHost = id != 1
      said.append("\(label): \(isOfHost ? String(reply.prefix { $0 != ":" }) : reply)")
    }

    do {
      _ = try await pool.session(open: Array("much".utf8))
    } catch let failure as KindFailure {
      said.append("open: \(failure.code) \(failure.message)")
    }
    said.append("add: \(text(await one.run(Array("add 5".utf8))))")
    said.append("other add: \(text(await other.run(Array("add 0".utf8))))")
    said.append("wrong add: \(text(await one.run(Array("add x".utf8))))")
    said.append("other request: \(text(await one.run(Array("fail".utf8))))")
    let sums = try one.stream(Array("collect".utf8), input: Self.input(["1", "2", "3"]))
    said.append("collect: \(await joined(sums))")
    said.append("collect result: \(text(await sums.result))")
    said.append("close: \(text(await one.close()))")
    said.append("other close: \(text(await other.close()))")
    return said
  }

  private static func input(_ items: [String]) -> AsyncStream<[UInt8]> {
    let (stream, source) = AsyncStream.makeStream(of: [UInt8].self)
    for item in items { source.yield(Array(item.utf8)) }
    source.finish()
    return stream
  }

  private func joined(_ stream: CallStream) async -> String {
    var items: [String] = []
    for await item in stream { items.append(String(decoding: item, as: UTF8.self)) }
    return items.joined(separator: "|")
  }

  private func text(_ result: CallResult) -> String {
    switch result {
    case .answer(let bytes): String(decoding: bytes, as: UTF8.self)
    case .kindError(let failure): "\(failure.code) \(failure.message)"
    case .infrastructure(let failure): "\(failure.cause)"
    }
  }

  /// Builders are waited for on a thread of their own: those of tasks are few.
  private func library(_ language: Language, _ example: String? = nil) async throws -> String {
    try await withCheckedThrowingContinuation { continuation in
      Thread {
        continuation.resume(
          with: Result { try example.map { try language.example($0) } ?? language.services() })
      }.start()
    }
  }
}
