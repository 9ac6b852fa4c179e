import Foundation
import PluginLoading
import Testing

@Suite struct WorkerLoadingTests {
  private func load(_ shop: Workshop) throws -> Plugin {
    try Plugin.load(try shop.build(), origin: .environment, host: testHost)
  }

  @Test func theReferenceOfTheHostIsLoaded() throws {
    let shop = try Workshop()
    let plugin = try load(shop)
    let worker = try Plugin.load(plugin.reference, host: testHost)
    #expect(worker.table.id == plugin.table.id && worker.identity == plugin.identity)
  }

  @Test func theDigestIsThatOfTheFile() throws {
    let shop = try Workshop()
    let path = try shop.write(Array("abc".utf8), as: "abc")
    let digest = try PluginFile.open(path).digest()
    #expect("\(digest)" == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(PluginDigest(hex: "\(digest)") == digest)
    for text in ["", "ba", "\(digest)0", "g" + "\(digest)".dropFirst(), "\(digest)".dropLast() + "é"] {
      #expect(PluginDigest(hex: String(text)) == nil)
    }
  }

  @Test func anEqualCopyIsAccepted() throws {
    let shop = try Workshop()
    let plugin = try load(shop)
    var reference = plugin.reference
    reference.path = try shop.write(try shop.bytes(plugin.path), as: "copy.so")
    let copy = try Plugin.load(reference, host: testHost)
    #expect(copy.identity.stamp != plugin.identity.stamp)
    #expect(copy.identity.digest == plugin.identity.digest)
  }

  @Test func anotherFileIsRefusedAndBothAreNamed() throws {
    let shop = try Workshop()
    let plugin = try load(shop)
    var other = PluginSource()
    other.version = "2.0.0"
    var reference = plugin.reference
    reference.path = try shop.build(other, as: "other.so")
    let refusal = try #require(throws: Refusal.self) { _ = try Plugin.load(reference, host: testHost) }
    expectNamed(refusal, in: "other.so")
    #expect(refusal.rule == .sameAsHost)
    #expect(refusal.expected.contains("\(plugin.identity.digest)"))
    #expect(refusal.found.contains("\(try PluginFile.open(reference.path).digest())"))
  }

  @Test func aDifferentTableIsRefusedAndBothAreNamed() throws {
    let shop = try Workshop()
    let plugin = try load(shop)
    for change in [
      { $0.id = "org.example.expected" }, { $0.version = "7" }, { $0.wire = "test/2" },
      { $0.abi = ABIVersion(major: 1, minor: 5) },
    ] as [(inout PluginReference) -> Void] {
      var reference = plugin.reference
      change(&reference)
      let refusal = try #require(throws: Refusal.self) { _ = try Plugin.load(reference, host: testHost) }
      expectNamed(refusal)
      #expect(refusal.rule == .sameAsHost)
    }
  }
}
