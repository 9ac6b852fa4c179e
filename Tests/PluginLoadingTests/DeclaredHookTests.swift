import CTaskHost
import Foundation
import PluginLoading
import Testing

/// Hooks that only the manifest of a kind declares.
@Suite struct DeclaredHookTests {
  private static func manifest(_ hooks: String) -> String {
    """
    {"schema":1,"id":"org.example.test","name":"test","version":"1.0.0","abi":{"major":1},"wire":"test/1","flags":["idempotent"],\
    "hooks":\(hooks)}
    """
  }

  @Test func newerHooksAreRead() throws {
    let manifest = try Manifest(
      text: Self.manifest(
        """
        [{"name":"perform_many","offset":200,"signature":"status(worker, call, bytes, out)"},\
        {"table":"org.example.x/2","name":"a","offset":8,"signature":"void a()"},\
        {"name":"perform","offset":152,"signature":"status(worker, call, bytes what, items where)"}]
        """
      ).utf8)
    #expect(manifest.hooks.map(\.id) == ["perform_many", "org.example.x/2:a", "perform"])
    #expect(manifest.hooks.map(\.offset) == [200, 8, 152] && manifest.hooks.allSatisfy(\.isDeclared))
    // What this host knows itself comes once, as it knows it.
    let all = KindTable.hooks(declared: manifest.hooks)
    #expect(all.filter { $0.name == "perform" }.map(\.isDeclared) == [false])
    #expect(all.count == Hook.known.count + 2)
  }

  @Test(arguments: [
    (#"7"#, "7 as \"hooks\"", "an array"), (#"[7]"#, "an integer as item 1 of", "an object"),
    (#"[{}]"#, "no \"name\" in item 1", "text"),
    (#"[{"name":"a b"}]"#, "as \"name\"", "letters"),
    (#"[{"name":"a"}]"#, "no \"offset\" in item 1", "offset of the member"),
    (#"[{"name":"a","offset":201}]"#, "201 as \"offset\"", "a multiple of 8 from 8 to 65528"),
    (#"[{"name":"a","offset":0}]"#, "0 as \"offset\"", "a multiple of 8"),
    (#"[{"name":"a","offset":65536}]"#, "65536 as \"offset\"", "to 65528"),
    (#"[{"name":"a","offset":9223372036854775800}]"#, "9223372036854775800 as \"offset\"", "to 65528"),
    (#"[{"name":"a","offset":200}]"#, "no \"signature\" in item 1", "text"),
    (
      #"[{"name":"a","offset":200,"signature":"status(worker, byte)"}]"#,
      "'byte' in column 16 of the signature of item 1", "one of host"
    ),
    (#"[{"name":"a","offset":200,"signature":"void b()"}]"#, "'b' in the signature of item 1", "'a'"),
    (#"[{"name":"a","offset":192,"signature":"void()"}]"#, "void a() at offset 192", "summary"),
    (#"[{"name":"a","offset":40,"signature":"void()"}]"#, "offset 40 in item 1", "200 or more"),
    (
      #"[{"name":"perform","offset":200,"signature":"status(worker, call, bytes, out)"}]"#,
      "at offset 200 in item 1", "at offset 152, as this host knows it"
    ),
    (
      #"[{"name":"perform","offset":152,"signature":"status(worker)"}]"#, "status perform(worker)",
      "bytes request"
    ),
    (
      #"[{"table":"","name":"a","offset":8,"signature":"void()"}]"#, "\"\" as \"table\"",
      "the id of an extension"
    ),
    (
      #"[{"table":"taskhost.session/1","name":"a","offset":16,"signature":"void()"}]"#,
      "void a() at offset 16",
      "session_perform"
    ),
    (
      #"[{"name":"a","offset":200,"signature":"void()"},{"name":"a","offset":208,"signature":"void()"}]"#,
      "a again in item 2", "each hook once"
    ),
    (
      #"[{"name":"a","offset":200,"signature":"void()"},{"name":"b","offset":200,"signature":"void()"}]"#,
      "offset 200 of a again in item 2", "each offset once"
    ),
  ])
  func aWrongDeclarationIsRefusedWithItsPlace(hooks: String, found: String, expected: String) {
    #expect {
      _ = try Manifest(text: Self.manifest(hooks).utf8)
    } throws: { error in
      guard let error = error as? ManifestError else { return false }
      return error.found.contains(found) && error.expected.contains(expected)
    }
  }

  @Test func thereAreNotTooManyOfThem() {
    let hooks = (0..<65).map { #"{"name":"h\#($0)","offset":\#(200 + 8 * $0),"signature":"void()"}"# }
    #expect {
      _ = try Manifest(text: Self.manifest("[" + hooks.joined(separator: ",") + "]").utf8)
    } throws: { "\($0)".contains("65 items") }
  }

  /// L07 for what is wrong by itself, L25 for what the table does not have.
  @Test func theLoaderRefusesWhatTheTableCanNotHave() throws {
    let shop = try Workshop()
    var source = PluginSource()
    source.moreManifest = #","flags":["idempotent"],"hooks":[{"name":"a","offset":200,"signature":"void()"}]"#
    let short = try shop.build(source)
    #expect {
      _ = try Plugin.load(short, origin: .environment, host: testHost)
    } throws: { error in
      guard let refusal = error as? Refusal else { return false }
      return refusal.rule == .tableMatchesManifest && refusal.found.contains("a table of 200 bytes")
    }
    source.extra = "static struct { th_kind known; uint64_t newer[1]; } longer;"
    source.entryBody = "longer.known = table; longer.known.size = sizeof longer; return &longer.known;"
    let plugin = try Plugin.load(
      try shop.build(source, as: "longer.so"), origin: .environment, host: testHost)
    let hook = try #require(plugin.manifest?.hooks.first)
    #expect(plugin.table.function(of: hook) == nil)
    let perform = try #require(Hook.kind.first { $0.name == "perform" })
    #expect(plugin.table.function(of: perform) != nil)
    source.moreManifest = #","hooks":[{"name":"a","offset":200,"signature":"void(x)"}]"#
    let wrong = try shop.build(source, as: "wrong.so")
    #expect(Inspection(wrong, origin: .environment).errors.map(\.rule) == [.manifest])
  }

  /// The cache keeps what a manifest says of hooks and examples.
  @Test func whatWasReadIsKept() throws {
    let shop = try Workshop()
    var source = PluginSource()
    source.moreManifest = """
      ,"examples":["a b"],"hooks":[{"name":"a","offset":200,"signature":"status(worker,bytes? what)"},\
      {"table":"x/1","name":"b","offset":8,"signature":"void()"}]
      """
    let contents = FileContents(bytes: try shop.bytes(try shop.build(source)))
    let again = try #require(FileContents(record: contents.record))
    let manifest = try #require(try again.manifest?.get())
    #expect(try manifest == contents.manifest?.get())
    #expect(manifest.hooks.map(\.id) == ["a", "x/1:b"] && manifest.examples == ["a b"])
  }
}
