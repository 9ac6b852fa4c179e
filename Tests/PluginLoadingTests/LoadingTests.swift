import CTaskHost
import Foundation
import PluginLoading
import Testing

@Suite struct LoadingTests {
  @Test func aPluginIsLoadedAndItsHooksCanBeCalled() throws {
    let shop = try Workshop()
    let path = try shop.build()
    let plugin = try Plugin.load(path, origin: .environment, host: testHost)
    #expect(plugin.path == path)
    #expect(plugin.table.id == "org.example.test" && plugin.table.name == "test")
    #expect(plugin.table.version == "1.0.0" && plugin.table.wire == "test/1")
    #expect(plugin.table.flags == .idempotent && plugin.table.abi == .ours)
    #expect(plugin.table.hooks.plan == nil)
    #expect(plugin.manifest?.flags == .idempotent)
    #expect(plugin.warnings.isEmpty)

    var store: [UInt8] = Array(repeating: 0, count: 16)
    let request: [UInt8] = [1, 2, 3]
    let written = store.withUnsafeMutableBufferPointer { buffer in
      request.withUnsafeBufferPointer { bytes in
        var out = th_out()
        out.size = UInt32(MemoryLayout<th_out>.size)
        out.base = buffer.baseAddress
        out.cap = buffer.count
        let status = plugin.table.perform(
          nil, nil, th_bytes(ptr: bytes.baseAddress, len: bytes.count), &out)
        #expect(status == 0)
        return out.len
      }
    }
    #expect(store.prefix(written) == [1, 2, 3])
  }

  @Test func hooksThatAnOlderPluginDoesNotHaveAreNil() throws {
    let shop = try Workshop()
    var source = PluginSource()
    source.size = "offsetof(th_kind, perform) + sizeof(void *)"
    source.members = ".summary = (void *)(uintptr_t)0x4141414141414141, .on_feedback = (void *)1,"
    let older = try Plugin.load(try shop.build(source), origin: .environment, host: testHost)
    #expect(older.table.hooks.summary == nil && older.table.hooks.on_feedback == nil)

    source.size = "offsetof(th_kind, summary) + 4"
    let cut = try Plugin.load(try shop.build(source, as: "cut.so"), origin: .environment, host: testHost)
    #expect(cut.table.hooks.summary == nil && cut.table.hooks.on_feedback != nil)
  }

  @Test func aTableOfANewerPluginIsReadAsFarAsItIsKnown() throws {
    let shop = try Workshop()
    var source = PluginSource()
    source.extra = "static struct { th_kind known; uint64_t newer[8]; } longer;"
    source.entryBody = """
      longer.known = table; longer.known.size = sizeof longer; longer.known.abi_minor = 7;
      memset(longer.newer, 0xFF, sizeof longer.newer);
      return &longer.known;
      """
    let plugin = try Plugin.load(try shop.build(source), origin: .environment, host: testHost)
    #expect(plugin.table.abi.minor == 7 && plugin.warnings.isEmpty)
  }

  @Test(arguments: ["0", "7", "offsetof(th_kind, perform)", "1u << 20", "0xFFFFFFFFu"])
  func aSizeThatCannotBeIsRefused(size: String) throws {
    let shop = try Workshop()
    var source = PluginSource()
    source.size = size
    #expect(try refusal(try shop.build(source)).rule == .kindTable)
  }

  /// Tables of extensions that can not be used.
  @Test(arguments: [
    ("uint32_t table[8] = {4}", "taskhost.session/1 of size 4, expected at least 32"),
    ("uint32_t table[8] = {32}", "taskhost.session/1 without session_perform"),
    ("uint32_t table[8] = {0xffffffffu}", "taskhost.session/1 of size 4294967295, expected at least 32"),
    ("uint8_t space[64]; static uint8_t *table = space + 1", "taskhost.session/1 at a misaligned address"),
  ])
  func anExtensionThatCannotBeIsRefused(table: String, found: String) throws {
    let shop = try Workshop()
    var source = PluginSource()
    source.extra = """
      static const void *extension(const char *id) {
        static _Alignas(8) \(table);
        return strcmp(id, "taskhost.session/1") == 0 ? (const void *)table : NULL;
      }
      """
    source.members = ".extension = extension,"
    let refusal = try refusal(try shop.build(source))
    #expect(refusal.rule == .kindTable)
    #expect(refusal.found == found)
  }

  @Test func aTableOfAnotherABIIsRefused() throws {
    let shop = try Workshop()
    var source = PluginSource()
    source.major = "2"
    let major = try refusal(try shop.build(source, as: "major.so"))
    #expect(major.rule == .abiVersion && major.found.contains("ABI 2"))
    source = PluginSource()
    source.needsMinor = "9"
    let minor = try refusal(try shop.build(source, as: "minor.so"))
    #expect(minor.rule == .abiVersion && minor.found.contains("1.9"))
  }

  @Test(arguments: [
    ("NULL", ".id = \"x\"", "perform"), ("perform", ".id = NULL", "id"),
    ("perform", ".wire = NULL", "wire"), ("perform", ".version = \"\\xff\"", "version"),
    ("perform", ".name = \"\"", "name"),
  ])
  func anUnusableMemberIsNamed(perform: String, member: String, named: String) throws {
    let shop = try Workshop()
    var source = PluginSource()
    source.perform = perform
    source.extra = "#pragma GCC diagnostic ignored \"-Woverride-init\""
    source.members = member
    let found = try refusal(try shop.build(source))
    #expect(found.rule == .kindTable && found.found.contains(named))
  }

  @Test func theTableMustSayWhatTheManifestSays() throws {
    for (member, named) in [
      (".id = \"org.example.other\"", "org.example.other"), (".name = \"other\"", "other"),
      (".version = \"9\"", "9"), (".wire = \"other/1\"", "other/1"),
    ] {
      let shop = try Workshop()
      var source = PluginSource()
      source.members = member
      let found = try refusal(try shop.build(source))
      #expect(found.rule == .tableMatchesManifest && found.found.contains(named))
    }
  }

  @Test func flagsAreWarnedAbout() throws {
    let shop = try Workshop()
    var source = PluginSource()
    source.flags = "TH_KIND_STATELESS | (1u << 30)"
    let plugin = try Plugin.load(try shop.build(source), origin: .environment, host: testHost)
    #expect(plugin.table.flags == .stateless)
    #expect(plugin.warnings.map(\.rule) == [.kindTable, .tableMatchesManifest])
    #expect(plugin.warnings[0].found.contains("0x40000000"))
    #expect(plugin.warnings[1].found.contains("stateless"))
    #expect(plugin.warnings[1].expected.contains("idempotent"))
  }

  @Test func theMessageOfAnEntryFunctionThatFailsIsShown() throws {
    let shop = try Workshop()
    var source = PluginSource()
    source.entryBody = "th_fail(call, TH_E_UNSUPPORTED, \"no GPU here\"); return NULL;"
    let told = try refusal(try shop.build(source, as: "told.so"))
    #expect(told.rule == .entryResult && told.found.contains("no GPU here") && told.found.contains("-2"))
    source.entryBody = "th_bytes none = {0, 99}; call->fail(call, -7, none); return NULL;"
    #expect(try refusal(try shop.build(source, as: "none.so")).found.contains("-7"))
    source.entryBody = "return NULL;"
    let silent = try refusal(try shop.build(source, as: "silent.so"))
    #expect(silent.rule == .entryResult && silent.found.contains("no message"))
  }

  @Test func allServicesOfTheEntryCallAreThere() throws {
    let shop = try Workshop()
    var source = PluginSource()
    source.entryBody = """
      th_diagnostic d = {.size = sizeof d};
      call->feedback(call, th_text("x")); call->progress(call, 1, 2, th_text("x"));
      call->count(call, 1, 0, 0); call->diagnostic(call, &d);
      return th_cancelled(call) ? NULL : &table;
      """
    _ = try Plugin.load(try shop.build(source), origin: .environment, host: testHost)
  }

  @Test func messagesOfTheDynamicLoaderAreMappedToRules() throws {
    let shop = try Workshop()
    var undefined = PluginSource()
    undefined.extra = "extern int host_private(void);"
    undefined.entryBody = "return host_private() ? &table : NULL;"
    let symbol = try refusal(try shop.build(undefined, as: "undefined.so"))
    #expect(symbol.rule == .undefinedSymbols && symbol.found.contains("host_private"))

    let library = try shop.compile(
      "int away(void) { return 1; }", as: "libaway.so", flags: ["-shared", "-fPIC"])
    var missing = PluginSource()
    missing.extra = "extern int away(void);"
    missing.entryBody = "return away() ? &table : NULL;"
    missing.linkFlags = ["-L", shop.directory, "-laway"]
    let path = try shop.build(missing, as: "missing.so")
    try FileManager.default.removeItem(atPath: library)
    let away = try refusal(path)
    #expect(away.rule == .libraries && away.found.contains("libaway.so"))

    var storage = PluginSource()
    storage.extra = "static _Thread_local __attribute__((tls_model(\"initial-exec\"))) char big[1 << 20];"
    storage.entryBody = "big[(uintptr_t)host % 7] = 1; return big[3] ? NULL : &table;"
    let tls = try refusal(try shop.build(storage, as: "tls.so"))
    #expect(tls.rule == .staticTLS)
  }

  @Test func aFileThatWasReplacedUnderItsNameIsNotedWhenItIsLoadedAgain() throws {
    let shop = try Workshop()
    let path = try shop.build()
    _ = try Plugin.load(path, origin: .environment, host: testHost)
    try shop.write(try shop.bytes(path), as: "test.so")
    #expect(try refusal(path).rule == .mappedFile)
  }

  @Test func aPinnedDigestIsCompared() throws {
    let shop = try Workshop()
    let path = try shop.build()
    var policy = LoadPolicy()
    let digest = try PluginFile.open(path).digest()
    policy.pins = ["org.example.test": digest]
    _ = try Plugin.load(path, origin: .environment, policy: policy, host: testHost)
    let pin = try #require(PluginDigest(hex: String(repeating: "0a", count: 32)))
    policy.pins = ["org.example.test": pin]
    let found = try refusal(path, policy: policy)
    #expect(found.rule == .digest)
    #expect(found.found.contains("\(digest)") && found.expected.contains("\(pin)"))
  }
}
