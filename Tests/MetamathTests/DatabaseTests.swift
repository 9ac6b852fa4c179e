import Foundation
import Metamath
import Testing

/// The databases of Debian's package metamath-databases, judged beside Debian's metamath.
@Suite(.serialized) struct DatabaseTests {
  static let directory = "/usr/share/metamath/databases/"
  static let available = ["set", "iset", "nf", "hol", "ql", "demo0", "peano", "miu", "big-unifier"].filter {
    FileManager.default.fileExists(atPath: directory + $0 + ".mm")
  }
  static let reference = "/usr/bin/metamath"

  @Test(arguments: available)
  func everyProofPasses(_ name: String) throws {
    let database = try Database.load(path: Self.directory + name + ".mm")
    let verdict = try check(database)
    #expect(verdict.failures == [])
    #expect(verdict.counts.ok == database.proofCount)
    if name == "set" { #expect(database.proofCount == 37_759) }
  }

  /// What the reference says of a database: does it find an error?
  static func referenceAccepts(_ path: String) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: reference)
    process.arguments = ["read \"\(path)\"", "verify proof *", "exit"]
    let output = Pipe()
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return !text.contains("?Error") && !text.contains("?Warning")
      && (text.contains("were verified") || text.contains("no $p"))
  }

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: reference)),
    arguments: available.filter { $0 != "set" })
  func theReferenceAgreesThatItIsGood(_ name: String) throws {
    #expect(try Self.referenceAccepts(Self.directory + name + ".mm"))
  }

  /// One letter of one proof is changed; both must say the same of the result.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: reference)), arguments: 0..<40)
  func theReferenceAgreesOnDamagedProofs(_ seed: UInt64) throws {
    var random = SeededGenerator(state: seed)
    var text = PropertyTests.valid
    let dollars = text.indices.filter { text[$0] == UInt8(ascii: "$") }
    let proofs = dollars.filter { text[$0 + 1] == UInt8(ascii: "=") }
    let start = try #require(proofs.randomElement(using: &random)) + 2
    let end = try #require(dollars.first { $0 > start && text[$0 + 1] == UInt8(ascii: ".") })
    let letters = (start..<end).filter { text[$0] >= 65 && text[$0] <= 90 }
    if let at = letters.randomElement(using: &random) { text[at] = UInt8.random(in: 65...84, using: &random) }
    let scratch = try Scratch()
    let path = try scratch.write("test.mm", text)
    let mine = try check(Database.load(path: path)).failures.isEmpty
    #expect(try Self.referenceAccepts(path) == mine, "seed \(seed): \(String(decoding: text, as: UTF8.self))")
  }
}
