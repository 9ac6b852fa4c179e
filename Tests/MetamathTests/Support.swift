import Foundation
import Metamath
import Testing

/// Databases for the tests, each in a directory of its own that goes with it.
final class Scratch {
  let directory: String

  init() throws {
    directory = NSTemporaryDirectory() + "metamath-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  deinit {
    do { try FileManager.default.removeItem(atPath: directory) } catch { Issue.record(error) }
  }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = directory + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }
}

struct Verdict: Equatable {
  var counts: Counts
  var failures: [ProofFailure]
}

func load(_ bytes: [UInt8]) throws -> Database {
  let scratch = try Scratch()
  return try Database.load(path: scratch.write("test.mm", bytes), shownAs: "test.mm")
}

func load(_ text: String) throws -> Database { try load(Array(text.utf8)) }

func check(_ database: Database, _ options: CheckOptions = CheckOptions()) throws -> Verdict {
  let checker = try #require(Checker(database, options: options))
  var failures: [ProofFailure] = []
  let counts = checker.check(0..<database.proofCount) { failures.append($0) }
  #expect(counts.total == database.proofCount)
  return Verdict(counts: counts, failures: failures)
}

func check(_ text: String, _ options: CheckOptions = CheckOptions()) throws -> Verdict {
  try check(load(text), options)
}

/// The error that loading ends in, with its place as line:column.
func loadError(_ bytes: [UInt8]) throws -> LoadError? {
  do {
    _ = try load(bytes)
    return nil
  } catch let error as LoadError {
    return error
  }
}

/// A small logic: wffs, implication, modus ponens, and two variables with a `$d`.
enum Logic {
  /// Ten lines, so that what follows begins at line 11.
  static let head = """
    $c |- wff ( ) -> set A. = $.
    $v ph ps ch x y z $.
    wph $f wff ph $.  wps $f wff ps $.  wch $f wff ch $.
    vx $f set x $.  vy $f set y $.  vz $f set z $.
    wi $a wff ( ph -> ps ) $.
    wal $a wff A. x ph $.
    weq $a wff x = y $.
    ax-1 $a |- ( ph -> ( ps -> ph ) ) $.
    ${ mp.1 $e |- ph $.  mp.2 $e |- ( ph -> ps ) $.  ax-mp $a |- ps $. $}
    ${ $d x ph $.  $d x y $.  ax-5 $a |- ( ph -> A. x ph ) $.  ax-6 $a |- x = y $. $}

    """
}
