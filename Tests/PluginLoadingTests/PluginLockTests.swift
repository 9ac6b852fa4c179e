import PluginLoading
import Testing

/// Files that are pinned, and the text of a lock.
@Suite struct PluginLockTests {
  private let digest = PluginDigest(hex: String(repeating: "a1", count: 32))

  @Test func aLockComesBackAsItWasWritten() throws {
    let digest = try #require(digest)
    let pins = ["org.b", "org.a", "org.c\"\n"].map {
      PluginLock.Pin(id: $0, name: "n", version: "1.0", file: "f.so", digest: digest, buildID: "0f")
    }
    let lock = PluginLock(pins)
    #expect(lock.pins.map(\.id) == ["org.a", "org.b", "org.c\"\n"])
    #expect(try PluginLock(text: lock.text) == lock)
    #expect(lock.text.split(separator: "\n").count == 8)
    #expect(try PluginLock(text: PluginLock().text).pins.isEmpty)
    var other = lock
    other.set(
      PluginLock.Pin(id: "org.b", name: "n", version: "2.0", file: "f.so", digest: digest, buildID: ""))
    #expect(other.pins.map(\.version) == ["1.0", "2.0", "1.0"])
  }

  @Test(arguments: [
    ("", "the end of the text"), ("{", "the end of the text"), ("[]", "an array"), ("{}", "no \"v\""),
    (#"{"v":2,"plugins":[]}"#, "\"v\":2"), (#"{"v":1}"#, "no \"plugins\""),
    (#"{"v":1,"plugins":{}}"#, "an object"),
    (#"{"v":1,"plugins":[7]}"#, "no \"id\""), (#"{"v":1,"plugins":[{"id":7}]}"#, "an integer as \"id\""),
    (
      #"{"v":1,"plugins":[{"id":"a","name":"a","version":"1","file":"f","sha256":"12","build_id":""}]}"#,
      "\"12\" as \"sha256\" of a"
    ),
  ])
  func whatIsNoLockIsNamed(text: String, found: String) throws {
    let error = try #require(throws: PluginLock.Malformed.self) { try PluginLock(text: text) }
    #expect(error.found.contains(found) && !error.expected.isEmpty, "\(error)")
  }

  @Test func aKindIsPinnedOnce() throws {
    let pin =
      #"{"id":"a","name":"a","version":"1","file":"f","sha256":"\#(String(repeating: "0", count: 64))","build_id":""}"#
    let error = try #require(throws: PluginLock.Malformed.self) {
      try PluginLock(text: #"{"v":1,"plugins":[\#(pin),\#(pin)]}"#)
    }
    #expect(error.found == "a twice")
  }

  @Test func L19_aLockRefusesOrTells() throws {
    let shop = try Workshop()
    let path = try shop.build()
    let found = try PluginFile.open(path).digest()
    func pins(_ id: String, _ digest: PluginDigest, required: Bool) -> LoadPolicy {
      var policy = LoadPolicy()
      let pin = PluginLock.Pin(
        id: id, name: "test", version: "0.9", file: "test.so", digest: digest, buildID: "")
      policy.lock = PluginPins(lock: PluginLock([pin]), file: "/project/taskhost.lock", isRequired: required)
      return policy
    }
    let other = try #require(digest)
    let differing = try refusal(path, policy: pins("org.example.test", other, required: true))
    #expect(
      differing.rule == .digest && differing.found.contains("\(found)")
        && differing.expected.contains("\(other)"))
    #expect(
      differing.expected.contains("/project/taskhost.lock") && differing.expected.contains("version 0.9"))
    let unknown = try refusal(path, policy: pins("org.other", found, required: true))
    #expect(unknown.rule == .digest && unknown.found.contains("no pin"))
    for (id, digest) in [("org.example.test", other), ("org.other", found)] {
      let plugin = try Plugin.load(
        path, origin: .environment, policy: pins(id, digest, required: false), host: testHost)
      // A kind without a pin is none of the lock's business.
      #expect(plugin.warnings.map(\.rule) == (id == "org.example.test" ? [.digest] : []))
    }
    let plugin = try Plugin.load(
      path, origin: .environment, policy: pins("org.example.test", found, required: true), host: testHost)
    #expect(plugin.warnings.isEmpty)
  }
}
