import Foundation
import PluginLoading
import Testing

@Suite struct CatalogTests {
  private func source(_ name: String, id: String? = nil) -> PluginSource {
    var source = PluginSource()
    source.name = name
    source.id = id ?? "org.example.\(name)"
    return source
  }

  private func path(_ entries: (SearchPath.Origin, String)...) -> SearchPath {
    SearchPath(entries: entries.map { SearchPath.Entry(origin: $0.0, path: $0.1) })
  }

  @Test func theSearchPathIsInOrder() {
    let surroundings = SearchPath.Surroundings(
      variables: ["TASKHOST_PLUGIN_PATH": ":/one::/two:", "HOME": "/home/me"], isPrivileged: false,
      executableDirectory: "/opt/bin")
    let entries = SearchPath.standard(files: ["x.so"], surroundings: surroundings).entries
    #expect(entries.first == SearchPath.Entry(origin: .commandLine, path: "x.so"))
    #expect(
      entries.map(\.path).filter { !$0.contains("linux-gnu") } == [
        "x.so", "/one", "/two", "/home/me/.local/share/taskhost/plugins", "/usr/local/lib/taskhost/plugins",
        "/usr/lib/taskhost/plugins", "/opt/bin",
      ])
    #expect(entries.count == 8 && entries[5].path.hasSuffix("-linux-gnu/taskhost/plugins"))
    #expect(entries.last?.origin == .executable)
  }

  @Test func theEnvironmentChangesTheSearchPath() {
    func standard(_ variables: [String: String], privileged: Bool = false) -> SearchPath {
      SearchPath.standard(
        surroundings: SearchPath.Surroundings(
          variables: variables, isPrivileged: privileged, executableDirectory: "/opt/bin"))
    }
    #expect(standard(["XDG_DATA_HOME": "/data", "HOME": "/h"]).entries[0].path == "/data/taskhost/plugins")
    #expect(standard(["XDG_DATA_HOME": "data", "HOME": "/h"]).entries[0].path.hasPrefix("/h/"))
    #expect(standard([:]).entries.map(\.origin) == [.system, .system, .system, .executable])
    let only = ["TASKHOST_PLUGIN_PATH": "/one", "TASKHOST_PLUGIN_PATH_ONLY": "1", "HOME": "/h"]
    #expect(standard(only).entries.map(\.path) == ["/one"])
    #expect(
      standard(only, privileged: true).entries.map(\.origin) == [.system, .system, .system, .executable])
    let relative = standard(["TASKHOST_PLUGIN_PATH": ".:plugins:/one", "TASKHOST_PLUGIN_PATH_ONLY": "1"])
    #expect(relative.entries.map(\.path) == ["/one"])
    #expect(relative.warnings.map(\.file) == [".", "plugins"])
    for warning in relative.warnings { expectNamed(warning) }
  }

  @Test func theSearchPathOfThisProcessEndsBesideItsExecutable() throws {
    let last = try #require(SearchPath.standard(files: []).entries.last)
    if last.origin == .executable { #expect(last.path.hasPrefix("/")) }
    #expect(SearchPath.Surroundings.current().executableDirectory != nil)
  }

  @Test func filesComeInTheOrderOfTheirBytesAndOthersAreIgnored() throws {
    let shop = try Workshop()
    for name in ["b", "a", "B"] { try shop.build(source(name), as: name + ".so") }
    try shop.build(source("hidden"), as: ".hidden.so")
    try shop.build(source("versioned"), as: "versioned.so.1")
    try shop.build(source("other"), as: "other.dylib")
    _ = try shop.makeDirectory("deeper")
    try shop.build(source("deep"), as: "deeper/deep.so")
    let catalog = Catalog.discover(path((.environment, shop.directory)))
    #expect(catalog.kinds.map(\.manifest.name) == ["B", "a", "b"])
    #expect(catalog.refused.isEmpty && catalog.warnings.isEmpty)
    #expect(catalog.kinds.allSatisfy { $0.origin == .environment && $0.source.path == shop.directory })
  }

  @Test func theFirstOfAKindWinsAndTheOthersAreListed() throws {
    let (first, second) = (try Workshop(), try Workshop())
    let winner = try first.build(source("x"))
    let loser = try second.build(source("x"))
    let named = try second.build(source("x"), as: "named")
    let catalog = Catalog.discover(path((.environment, first.directory), (.user, second.directory)))
    #expect(catalog.kinds.map(\.path) == [winner])
    #expect(catalog.entries.map(\.shadowedBy) == [nil, winner])
    #expect(catalog.warnings.map(\.file) == [loser])
    expectNamed(catalog.warnings[0])
    #expect(catalog.warnings[0].expected.contains(winner))
    let explicit = Catalog.discover(path((.commandLine, named), (.environment, first.directory)))
    #expect(try explicit.find("x").path == named)
    #expect(explicit.warnings.isEmpty, "whoever names a file has chosen")
    #expect(explicit.entries.map(\.shadowedBy) == [nil, named])
    let both = Catalog.discover(path((.commandLine, named), (.commandLine, winner)))
    #expect(both.warnings.map(\.file) == [winner], "of two that are named only one is used")
  }

  @Test func theSameFileCountsOnce() throws {
    let shop = try Workshop()
    let file = try shop.build(source("x"), as: "x.so")
    try FileManager.default.createSymbolicLink(atPath: shop.path("y.so"), withDestinationPath: "x.so")
    try #require(link(file, shop.path("z.so")) == 0)
    let catalog = Catalog.discover(
      path((.environment, shop.directory), (.user, shop.directory), (.commandLine, file)))
    #expect(catalog.entries.map(\.path) == [file])
    #expect(catalog.refused.isEmpty && catalog.warnings.isEmpty)
  }

  @Test func twoFilesOfAKindInOneDirectoryAreAnError() throws {
    let (shop, later) = (try Workshop(), try Workshop())
    try shop.build(source("x"), as: "a.so")
    try shop.build(source("x"), as: "b.so")
    try shop.build(source("y"), as: "c.so")
    let other = try later.build(source("x"))
    let catalog = Catalog.discover(path((.environment, shop.directory), (.user, later.directory)))
    #expect(catalog.refused.map(\.errors.first?.rule) == [.oneFilePerKind, .oneFilePerKind])
    #expect(catalog.refused[0].errors[0].found.contains("b.so"))
    #expect(try catalog.find("y").manifest.name == "y")
    #expect(throws: LookupError.self) { try catalog.find("x") }
    #expect(throws: LookupError.self) { try catalog.find("org.example.x") }
    let chosen = Catalog.discover(path((.commandLine, other), (.environment, shop.directory)))
    #expect(try chosen.find("x").path == other)
  }

  @Test func besideTheExecutableOnlyPluginsCount() throws {
    let shop = try Workshop()
    try shop.build(source("x"), as: "x.so")
    try shop.compile("int f(void) { return 1; }", as: "libother.so", flags: ["-shared", "-fPIC"])
    try shop.write(Array("text".utf8), as: "text.so")
    var broken = source("broken")
    broken.manifest = "{}"
    try shop.build(broken, as: "broken.so")
    let beside = Catalog.discover(path((.executable, shop.directory)))
    #expect(beside.kinds.map(\.manifest.name) == ["x"])
    #expect(beside.refused.map(\.path) == [shop.path("broken.so")])
    let searched = Catalog.discover(path((.user, shop.directory)))
    #expect(searched.refused.count == 3)
  }

  @Test func unusableDirectoriesAreWarnedAbout() throws {
    let shop = try Workshop()
    let file = try shop.write([], as: "file")
    let catalog = Catalog.discover(path((.environment, file), (.environment, shop.path("missing"))))
    #expect(catalog.warnings.map(\.file) == [file])
    #expect(catalog.entries.isEmpty)
  }

  @Test func namesAreLookedUpAndSuggested() throws {
    let shop = try Workshop()
    try shop.build(source("proof"), as: "proof.so")
    try shop.build(source("same", id: "org.one"), as: "one.so")
    try shop.build(source("same", id: "org.two"), as: "two.so")
    var newer = source("newer")
    newer.manifest = newer.manifestText.replacingOccurrences(of: "\"major\":1", with: "\"major\":2")
    try shop.build(newer, as: "newer.so")
    let catalog = Catalog.discover(path((.environment, shop.directory)))
    #expect(try catalog.find("proof").path == shop.path("proof.so"))
    #expect(try catalog.find("org.example.proof").path == shop.path("proof.so"))
    #expect(try catalog.find("org.two").path == shop.path("two.so"))

    func failure(_ name: String) throws -> String {
      try #require(throws: LookupError.self) { try catalog.find(name) }.description
    }
    #expect(try failure("prof").contains("did you mean \"proof\""))
    #expect(try failure("org.example.prof").contains("did you mean \"org.example.proof\""))
    #expect(!(try failure("entirely-different").contains("did you mean")))
    let ambiguous = try failure("same")
    #expect(ambiguous.contains("org.one") && ambiguous.contains("org.two"))
    #expect(try failure("newer").contains("L08"))
  }
}
