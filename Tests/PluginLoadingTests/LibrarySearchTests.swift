import Foundation
import PluginLoading
import Testing

/// What the dynamic loader would not find, told without it; and then it is asked.
@Suite struct LibrarySearchTests {
  private let shop: Workshop

  init() throws { shop = try Workshop() }

  private func inspect(_ path: String) -> Inspection {
    var survey = Survey(digests: true)
    var search = LibrarySearch(libraryPath: "")
    var inspection = survey.inspect(path, origin: .commandLine)
    inspection.checkLibraries(&search)
    return inspection
  }

  @Test func aPluginWithAllItsLibrariesIsWhole() throws {
    var source = PluginSource()
    source.extra =
      "#include <math.h>\n#include <stdlib.h>\ndouble (*volatile f)(double) = cos; void *(*volatile g)(size_t) = malloc;"
    source.linkFlags = ["-lm"]
    let inspection = inspect(try shop.build(source))
    #expect(inspection.errors.isEmpty && inspection.missingLibraries == [] && inspection.missingSymbols == [])
    let elf = try #require(inspection.elf)
    #expect(elf.needed.contains("libm.so.6") && elf.undefined.names.contains("cos"))
    #expect(elf.buildID.count == 20 && inspection.digest != nil)
  }

  @Test func aSymbolThatNobodyDefinesIsNamed() throws {
    var source = PluginSource()
    source.extra =
      "extern int nowhere_at_all(void); extern int perhaps(void) __attribute__((weak));\nint (*volatile f)(void) = nowhere_at_all, (*volatile g)(void) = perhaps;"
    let path = try shop.build(source)
    let inspection = inspect(path)
    #expect(inspection.errors.map(\.rule) == [.undefinedSymbols])
    #expect(inspection.missingSymbols == ["nowhere_at_all"])
    #expect(inspection.elf?.weakUndefined.names.contains("perhaps") == true)
    // The loader says the same.
    #expect(try refusal(path, origin: .commandLine).rule == .undefinedSymbols)
  }

  @Test func aLibraryThatIsNotThereIsNamed() throws {
    try shop.compile(
      "int far_away(void) { return 1; }", as: "libfar.so",
      flags: ["-shared", "-fPIC", "-Wl,-soname,libfar.so"])
    var source = PluginSource()
    source.extra = "extern int far_away(void);\nint (*volatile f)(void) = far_away;"
    source.linkFlags = ["-L\(shop.directory)", "-lfar"]
    let path = try shop.build(source)
    let inspection = inspect(path)
    #expect(inspection.errors.map(\.rule) == [.libraries] && inspection.missingLibraries == ["libfar.so"])
    // What it would define is then not known.
    #expect(inspection.missingSymbols == nil)
    #expect(try refusal(path, origin: .commandLine).rule == .libraries)
    // By a run path, or the variable of the loader, it is found.
    source.linkFlags += ["-Wl,-rpath,$ORIGIN"]
    #expect(inspect(try shop.build(source, as: "with-path.so")).errors.isEmpty)
    var survey = Survey()
    var search = LibrarySearch(libraryPath: shop.directory)
    var other = survey.inspect(path, origin: .commandLine)
    other.checkLibraries(&search)
    #expect(other.errors.isEmpty)
  }

  @Test func versionsAreInOrder() {
    let order = [
      "0.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11",
      "1.0.0-rc.1", "1.0.0",
      "1.0.1", "1.9.0", "1.10.0", "2", "10.0.0", "99999999999999999999.0",
    ]
    for (index, left) in order.enumerated() {
      for (other, right) in order.enumerated() {
        #expect(VersionOrder.precedes(left, right) == (index < other), "\(left) and \(right)")
      }
    }
    #expect(!VersionOrder.precedes("1.0", "1.0.0+build") && !VersionOrder.precedes("1.0.0+build", "1.0"))
    #expect(!VersionOrder.precedes("", "") && VersionOrder.precedes("1", "x"))
  }
}
