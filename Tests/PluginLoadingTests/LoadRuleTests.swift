import Foundation
import PluginLoading
import Testing

/// Each rule is broken by one file, and named.
@Suite struct LoadRuleTests {
  private func inspect(
    _ path: String, _ origin: SearchPath.Origin = .environment, _ policy: LoadPolicy = LoadPolicy()
  ) -> Inspection {
    let inspection = Inspection(path, origin: origin, policy: policy)
    for refusal in inspection.errors + inspection.warnings { expectNamed(refusal) }
    return inspection
  }

  private func errors(_ path: String) -> [LoadRule] { inspect(path).errors.map(\.rule) }

  /// The bytes of a good plugin, changed and written as another file.
  private func patched(
    _ shop: Workshop, _ name: String = "patched.so", _ change: (inout [UInt8]) throws -> Void
  ) throws -> String {
    var bytes = try shop.bytes(try shop.build(as: "base.so"))
    try change(&bytes)
    return try shop.write(bytes, as: name)
  }

  @Test func aGoodPluginBreaksNoRule() throws {
    let shop = try Workshop()
    let inspection = inspect(try shop.build())
    #expect(inspection.errors.isEmpty && inspection.warnings.isEmpty)
    #expect(inspection.manifest?.id == "org.example.test")
    #expect(inspection.elf?.entry == .function)
    #expect(inspection.elf?.otherExports == [])
  }

  @Test func everyRuleHasItsIdAndTitle() {
    #expect(LoadRule.allCases.map(\.id) == (1...27).map { $0 < 10 ? "L0\($0)" : "L\($0)" })
    #expect(Set(LoadRule.allCases.map(\.title)).count == 27)
  }

  @Test func everyRuleIsDocumented() throws {
    let document = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../docs/abi/load-rules.md")
    let text = try String(contentsOf: document, encoding: .utf8)
    for rule in LoadRule.allCases { #expect(text.contains("| \(rule.id) |")) }
  }

  @Test func L01_onlyRegularFilesAreOpened() throws {
    let shop = try Workshop()
    #expect(errors(shop.path("missing.so")) == [.regularFile])
    #expect(errors(try shop.makeDirectory("directory.so")) == [.regularFile])
    try #require(mkfifo(shop.path("fifo.so"), 0o600) == 0)
    #expect(errors(shop.path("fifo.so")) == [.regularFile])
    let huge = try shop.write([], as: "huge.so")
    try #require(truncate(huge, (512 << 20) + 1) == 0)
    #expect(errors(huge) == [.regularFile])
  }

  @Test func L02_filesOfOthersMustBeNamed() throws {
    let shop = try Workshop()
    let path = try shop.build()
    var policy = LoadPolicy()
    policy.trustedUsers = policy.trustedUsers.filter { $0 != geteuid() }
    policy.trustedUsers.insert(4_000_000)
    let found = inspect(path, .user, policy)
    #expect(found.errors.map(\.rule).contains(.owner))
    #expect(found.errors[0].expected.contains("4000000"))
    for origin in [SearchPath.Origin.commandLine, .executable] {
      let named = inspect(path, origin, policy)
      #expect(named.errors.isEmpty && named.warnings.map(\.rule).contains(.owner))
    }
  }

  @Test(arguments: [0o775, 0o757, 0o666] as [mode_t])
  func L03_filesThatOthersMayWriteMustBeNamed(mode: mode_t) throws {
    let shop = try Workshop()
    let path = try shop.build()
    try shop.setMode(mode, path)
    let found = inspect(path, .system)
    #expect(found.errors.map(\.rule) == [.writableByOthers])
    #expect(found.errors[0].found.contains(String(mode, radix: 8)))
    #expect(inspect(path, .commandLine).warnings.map(\.rule) == [.writableByOthers])
  }

  @Test func L04_directoriesThatOthersMayWriteNeedTheStickyBit() throws {
    let shop = try Workshop()
    let outer = try shop.makeDirectory("outer")
    _ = try shop.makeDirectory("outer/inner")
    let path = try shop.build(as: "outer/inner/test.so")
    try shop.setMode(0o777, outer)
    let found = inspect(path)
    #expect(found.errors.map(\.rule) == [.directories] && found.errors[0].found.contains(outer))
    #expect(inspect(path, .executable).warnings.map(\.rule) == [.directories])
    try shop.setMode(0o1777, outer)
    #expect(errors(path) == [])
  }

  @Test func L05_otherFilesAreToldByTheirKind() throws {
    let shop = try Workshop()
    #expect(errors(try shop.write([], as: "empty.so")) == [.sharedObject])
    let script = inspect(try shop.write(Array("#!/bin/sh\n".utf8), as: "script.so"))
    #expect(script.errors.map(\.rule) == [.sharedObject] && script.errors[0].found.contains("#!/b"))
    let program = try shop.compile(
      "int main(void) { return 0; }", as: "program.so", flags: ["-pie", "-fPIE"])
    #expect(errors(program) == [.sharedObject])
    let object = try shop.compile("int x;", as: "object.so", flags: ["-c"])
    #expect(inspect(object).errors.first?.found.contains("object file") == true)
    let narrow = inspect(try patched(shop) { $0[4] = 1 })
    #expect(narrow.errors.map(\.rule) == [.sharedObject] && narrow.errors[0].found.contains("32-bit"))
    #expect(errors(try patched(shop) { $0[5] = 2 }) == [.sharedObject])
    #expect(errors(try patched(shop) { $0[7] = 9 }) == [.sharedObject])
    let foreign = inspect(try patched(shop) { $0[18] = 243 })
    #expect(foreign.errors.map(\.rule) == [.sharedObject] && foreign.errors[0].found.contains("RISC-V"))
  }

  @Test func L06_programHeadersMustBeSane() throws {
    let shop = try Workshop()
    #expect(errors(try patched(shop) { $0[56] = 65 }) == [.programHeaders])
    #expect(errors(try patched(shop) { $0[56] = 0 }) == [.programHeaders])
    #expect(errors(try patched(shop) { $0[54] = 55 }) == [.programHeaders])
    #expect(errors(try patched(shop) { for i in 32..<40 { $0[i] = 0xFF } }) == [.programHeaders])
    #expect(errors(try patched(shop) { $0.removeLast($0.count - 200) }) == [.programHeaders])
    let overlap = try patched(shop) { bytes in
      // The second loaded segment moves onto the first one.
      let loads = (0..<Int(bytes[56])).filter { bytes[64 + $0 * 56] == 1 }
      let second = try #require(loads.dropFirst().first)
      for i in 16..<24 { bytes[64 + second * 56 + i] = 0 }
    }
    #expect(errors(overlap) == [.programHeaders])
  }

  @Test(arguments: [
    ("", "no manifest"), ("{", "end of the text"), ("[]", "an array"), ("{\"schema\":2}", "schema 2"),
    ("{}", "no \"schema\""), ("{\"schema\":1}", "no \"id\""), ("{\"schema\":1,\"id\":7}", "7 as \"id\""),
    ("{\"schema\":1,\"id\":\"../x\"}", "../x"), ("{\"schema\":1,\"id\":\"a\u{7f}b\"}", "id"),
    ("{\"schema\":1,\"id\":\"a\",\"id\":\"b\"}", "\"id\" again"),
  ])
  func L07_aManifestMustBeValid(text: String, found: String) throws {
    let shop = try Workshop()
    var source = PluginSource()
    source.manifest = text
    let inspection = inspect(try shop.build(source))
    #expect(inspection.errors.map(\.rule) == [.manifest])
    #expect(inspection.errors[0].found.contains(found))
  }

  @Test func L07_thereIsOneManifestOfLimitedSize() throws {
    let shop = try Workshop()
    var twice = PluginSource()
    twice.extra = """
      __attribute__((section(".note.taskhost"), used, aligned(4))) static const struct {
        uint32_t namesz, descsz, type; char name[12], desc[4];
      } second = { 9, 4, TH_NOTE_MANIFEST, "taskhost", "{}" };
      """
    let two = inspect(try shop.build(twice, as: "twice.so"))
    #expect(two.errors.map(\.rule) == [.manifest] && two.errors[0].found == "2 manifests")
    var large = PluginSource()
    large.moreManifest = ",\"x\":\"" + String(repeating: "x", count: 64 << 10) + "\""
    #expect(errors(try shop.build(large, as: "large.so")) == [.manifest])
    let binary = try patched(shop) { bytes in
      let place = try #require(Data(bytes).range(of: Data("org.example".utf8))?.lowerBound)
      bytes[place] = 0xFF
    }
    #expect(inspect(binary).errors.first?.expected == "UTF-8")
  }

  @Test func L08_aNewerABIIsRefused() throws {
    let shop = try Workshop()
    for (abi, found) in [("{\"major\":2}", "ABI 2"), ("{\"major\":1,\"needs_minor\":9}", "1.9")] {
      var source = PluginSource()
      source.manifest =
        "{\"schema\":1,\"id\":\"a.b\",\"name\":\"b\",\"version\":\"1\",\"wire\":\"w\",\"abi\":\(abi)}"
      let inspection = inspect(try shop.build(source))
      #expect(inspection.errors.map(\.rule) == [.abiVersion])
      #expect(inspection.errors[0].found.contains(found))
      #expect(inspection.errors[0].cure.contains("newer taskhost"))
    }
  }

  @Test func L09_theEntryFunctionMustBeExported() throws {
    let shop = try Workshop()
    let script = try shop.write(Array("{ local: *; };".utf8), as: "hide.map")
    var hidden = PluginSource()
    hidden.linkFlags = ["-Wl,--version-script=\(script)"]
    #expect(errors(try shop.build(hidden, as: "hidden.so")) == [.entrySymbol])
    var weak = PluginSource()
    weak.entryAttributes = "TH_EXPORT __attribute__((weak))"
    let found = inspect(try shop.build(weak, as: "weak.so"))
    #expect(found.errors.map(\.rule) == [.entrySymbol] && found.errors[0].found.contains("weak"))
    let variable = try shop.compile(
      """
      #include <stdint.h>
      __attribute__((visibility("default"))) int taskhost_plugin_v1 = 1;
      """, as: "variable.so", flags: ["-shared", "-fPIC"])
    let inspection = inspect(variable)
    #expect(inspection.errors.map(\.rule) == [.manifest, .entrySymbol])
    #expect(inspection.errors[1].found.contains("variable"))
  }

  @Test(arguments: ["gnu", "sysv", "both"])
  func L09_bothHashTablesAreUnderstood(style: String) throws {
    let shop = try Workshop()
    var source = PluginSource()
    source.linkFlags = ["-Wl,--hash-style=\(style)", "-s"]
    #expect(errors(try shop.build(source)) == [])
  }

  @Test func L10_otherExportsAreWarnedAbout() throws {
    let shop = try Workshop()
    var source = PluginSource()
    source.extra = "int a1; int a2; int a3; int a4; void f(void) {}"
    let inspection = inspect(try shop.build(source))
    #expect(inspection.errors.isEmpty && inspection.warnings.map(\.rule) == [.otherExports])
    #expect(inspection.warnings[0].found.contains("and 2 more"))
    #expect(Set(inspection.elf?.otherExports ?? []) == ["a1", "a2", "a3", "a4", "f"])
  }

  @Test func L12toL17_whatTheLoaderWouldDo() throws {
    let shop = try Workshop()
    func broken(_ name: String, _ extra: String = "", _ flags: [String]) throws -> Inspection {
      var source = PluginSource()
      source.extra = extra
      source.linkFlags = flags
      return inspect(try shop.build(source, as: name))
    }
    let text = try broken(
      "text.so", "__asm__(\".pushsection .text\\n.balign 8\\n.quad strlen\\n.popsection\");",
      ["-Wl,-z,notext"])
    #expect(text.errors.map(\.rule) == [.textRelocations])
    #expect(try broken("stack.so", "", ["-Wl,-z,execstack"]).errors.map(\.rule) == [.executableStack])
    let storage = try broken(
      "tls.so",
      "_Thread_local __attribute__((tls_model(\"initial-exec\"), visibility(\"hidden\"))) int t;"
        + "static int *where(void) { return &t; } int *(*volatile keep)(void) = where;", [])
    #expect(storage.errors.isEmpty && storage.warnings.map(\.rule).contains(.staticTLS))
    #expect(try broken("origin.so", "", ["-Wl,-rpath,$ORIGIN:${ORIGIN}/lib:/usr/lib"]).errors.isEmpty)
    for path in ["lib", "/usr/lib:", "$LIB", ":/usr/lib"] {
      let inspection = try broken("path.so", "", ["-Wl,-rpath,\(path)"])
      #expect(inspection.errors.map(\.rule) == [.runPath])
      #expect(inspect(inspection.path, .commandLine).warnings.map(\.rule) == [.runPath])
    }
    let open = try shop.makeDirectory("open")
    try shop.setMode(0o777, open)
    #expect(try broken("open.so", "", ["-Wl,-rpath,$ORIGIN/open"]).errors.map(\.rule) == [.runPath])
    #expect(try broken("audit.so", "", ["-Wl,--audit,x.so"]).errors.map(\.rule) == [.auditAndFilter])
    #expect(try broken("filter.so", "", ["-Wl,-F,x.so"]).errors.map(\.rule) == [.auditAndFilter])
  }

  @Test func L15_aLibraryMustNotComeFromTheCurrentDirectory() throws {
    let shop = try Workshop()
    let library = try shop.compile(
      "int away(void) { return 1; }", as: "away.so", flags: ["-shared", "-fPIC"])
    var source = PluginSource()
    source.extra = "extern int away(void);"
    source.entryBody = "return away() ? &table : NULL;"
    source.linkFlags = [library]
    let absolute = inspect(try shop.build(source))
    try #require(absolute.errors.isEmpty && absolute.elf?.needed.contains(library) == true)
    var bytes = try shop.bytes(absolute.path)
    let place = try #require(Data(bytes).range(of: Data(library.utf8))?.lowerBound)
    bytes[place] = UInt8(ascii: "t")
    #expect(errors(try shop.write(bytes, as: "relative.so")) == [.runPath])
  }

  @Test func controlCharactersOfAFileAreShownAndNotSent() throws {
    let shop = try Workshop()
    var source = PluginSource()
    source.linkFlags = ["-Wl,-rpath,lib\u{1b}[31m"]
    let found = try #require(inspect(try shop.build(source), .commandLine).warnings.first)
    #expect(found.found.contains("\u{1b}"))
    #expect(!found.description.contains("\u{1b}") && found.description.contains("lib\\u{1B}[31m"))
  }

  @Test func L16_aNewerCLibraryIsNamed() throws {
    let shop = try Workshop()
    var source = PluginSource()
    source.extra = "#include <stdlib.h>\nvoid *(*volatile allocate)(size_t) = malloc;"
    var bytes = try shop.bytes(try shop.build(source))
    let old = Array("GLIBC_2.".utf8)
    var changes = 0
    for place in 0..<(bytes.count - old.count) where bytes[place..<(place + old.count)].elementsEqual(old) {
      bytes[place + 6] = UInt8(ascii: "9")
      changes += 1
    }
    try #require(changes > 0)
    let inspection = inspect(try shop.write(bytes, as: "newer.so"))
    #expect(inspection.errors.map(\.rule) == [.libraries])
    #expect(inspection.errors[0].found.contains("GLIBC 9."))
  }

  @Test func L18_theKindMustBeTheOneAskedForAndAllowed() throws {
    let shop = try Workshop()
    let path = try shop.build()
    var policy = LoadPolicy()
    policy.expectedID = "org.example.other"
    #expect(inspect(path, .commandLine, policy).errors.map(\.rule) == [.kindID])
    policy.expectedID = "org.example.test"
    #expect(inspect(path, .commandLine, policy).errors.isEmpty)
    policy.denied = ["org.example.test"]
    #expect(inspect(path, .commandLine, policy).errors.map(\.rule) == [.kindID])
  }

  @Test func L20_aPrivilegedProcessLoadsFromTheSystemOnly() throws {
    let shop = try Workshop()
    let path = try shop.build()
    var policy = LoadPolicy()
    policy.isPrivileged = true
    for origin in [SearchPath.Origin.commandLine, .environment, .user, .executable] {
      #expect(inspect(path, origin, policy).errors.map(\.rule) == [.privilegedProcess])
    }
    #expect(inspect(path, .system, policy).errors.isEmpty)
  }

  @Test func theFirstBrokenRuleIsThrownByLoad() throws {
    let shop = try Workshop()
    let path = try shop.build()
    try shop.setMode(0o777, path)
    #expect(try refusal(path).rule == .writableByOthers)
    let named = try Plugin.load(path, origin: .commandLine, host: testHost)
    #expect(named.warnings.map(\.rule) == [.writableByOthers])
  }
}
