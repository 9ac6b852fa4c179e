import Foundation
import PluginLoading
import Testing

/// What is remembered of plugin files, and when it is not believed.
@Suite struct ContentsCacheTests {
  private let shop: Workshop
  private let file: CacheFile

  init() throws {
    shop = try Workshop()
    file = CacheFile(directory: shop.path("cache"))
  }

  private func source(_ name: String) -> PluginSource {
    var source = PluginSource()
    source.name = name
    source.id = "org.example.\(name)"
    source.moreManifest = """
      ,"flags":["idempotent"],"license":"MIT","needs":{"network":false},"limits":{"max_rss_mib":9},\
      "config":[{"key":"k","type":"float","default":0.5,"help":"h"}]
      """
    return source
  }

  /// Looks at the directory with what was kept, and keeps what it has learnt. The effort says what had to be read.
  private func look(digests: Bool = false) -> (catalog: Catalog, effort: Int) {
    var survey = Survey(cache: file.read(settlingTime: 0), digests: digests)
    let path = SearchPath(entries: [.init(origin: .environment, path: shop.directory)])
    let catalog = Catalog.discover(path, &survey)
    file.write(survey.cache)
    return (catalog, survey.cache.effort)
  }

  @Test func whatIsRememberedIsWhatWouldBeRead() throws {
    try shop.build(source("a"), as: "a.so")
    try shop.build(source("b"), as: "b.so")
    try shop.write(Array("text".utf8), as: "c.so")
    let first = look()
    #expect(first.effort == 3 && first.catalog.kinds.count == 2 && first.catalog.refused.count == 1)
    let second = look()
    #expect(second.effort == 0)
    #expect(second.catalog.kinds.map(\.manifest) == first.catalog.kinds.map(\.manifest))
    #expect(second.catalog.kinds.map(\.path) == first.catalog.kinds.map(\.path))
    #expect(second.catalog.kinds.map(\.stamp) == first.catalog.kinds.map(\.stamp))
    #expect(second.catalog.refused.map(\.errors) == first.catalog.refused.map(\.errors))
  }

  @Test func aFileThatHasChangedIsReadAgain() throws {
    let path = try shop.build(source("a"), as: "a.so")
    _ = look()
    // Replaced by another one.
    try shop.build(source("b"), as: "a.so")
    #expect(look().catalog.kinds.map(\.manifest.name) == ["b"])
    // Written in place, with the old time of its contents.
    var status = stat()
    try #require(stat(path, &status) == 0)
    let bytes = try shop.bytes(path)
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.write(contentsOf: Data(bytes.count > 8 ? Array("no plugin".utf8) : []))
    try handle.close()
    var times = [status.st_atim, status.st_mtim]
    try #require(utimensat(AT_FDCWD, path, &times, 0) == 0)
    let third = look()
    #expect(third.effort == 1 && third.catalog.kinds.isEmpty && third.catalog.refused.count == 1)
  }

  @Test func digestsAreRememberedWhenSomebodyHasAsked() throws {
    let path = try shop.build(source("a"), as: "a.so")
    _ = look()
    #expect(look(digests: true).effort > 0)
    #expect(look(digests: true).effort == 0)
    var survey = Survey(cache: file.read(settlingTime: 0), digests: true)
    #expect(survey.inspect(path, origin: .commandLine).digest == (try PluginFile.open(path).digest()))
    #expect(survey.cache.effort == 0)
  }

  /// Who may write a file is no matter of its contents.
  @Test func trustIsJudgedAnew() throws {
    let path = try shop.build(source("a"), as: "a.so")
    _ = look()
    var survey = Survey(cache: file.read(settlingTime: 0))
    #expect(survey.inspect(path, origin: .environment).errors.isEmpty)
    #expect(survey.cache.effort == 0)
    // The file stays as it is; its directory is opened to everybody.
    try shop.setMode(0o777, shop.directory)
    var other = Survey(cache: file.read(settlingTime: 0))
    #expect(other.inspect(path, origin: .environment).errors.map(\.rule) == [.directories])
    #expect(other.cache.effort == 0)
    var policy = LoadPolicy()
    policy.trustedUsers = [geteuid() &+ 1]
    try shop.setMode(0o755, shop.directory)
    var stranger = Survey(cache: file.read(settlingTime: 0), policy: policy)
    #expect(stranger.inspect(path, origin: .environment).errors.contains { $0.rule == .owner })
    #expect(stranger.cache.effort == 0)
  }

  @Test func aFileThatHasJustChangedIsNotRemembered() throws {
    let path = try shop.build(source("a"), as: "a.so")
    var survey = Survey(cache: ContentsCache(settlingTime: 3_600_000_000_000))
    _ = survey.inspect(path, origin: .commandLine)
    #expect(survey.cache.effort == 1 && survey.cache.count == 0)
  }

  @Test func itIsForTheUserAlone() throws {
    try shop.build(source("a"), as: "a.so")
    _ = look()
    var status = stat()
    try #require(stat(file.directory, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o700)
    try #require(stat(file.directory + "/plugins.cache", &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: file.directory) == ["plugins.cache"])
  }

  /// Each of these is as good as no cache, and is put right where that is ours to do.
  @Test func whatOthersCouldHaveWrittenDoesNotCount() throws {
    try shop.build(source("a"), as: "a.so")
    let cache = file.directory + "/plugins.cache"
    func expectRead(_ why: String) { #expect(file.read(settlingTime: 0).count == 0, "\(why)") }
    _ = look()
    #expect(file.read(settlingTime: 0).count == 1)
    try shop.setMode(0o666, cache)
    expectRead("a file that all may write")
    try shop.setMode(0o600, cache)
    try shop.setMode(0o777, file.directory)
    expectRead("a directory that all may write")
    try shop.setMode(0o700, file.directory)
    #expect(file.read(settlingTime: 0).count == 1)
    // A link to a good one.
    try FileManager.default.moveItem(atPath: cache, toPath: shop.path("moved"))
    try FileManager.default.createSymbolicLink(atPath: cache, withDestinationPath: shop.path("moved"))
    expectRead("a link")
    try FileManager.default.removeItem(atPath: cache)
    try #require(mkfifo(cache, 0o600) == 0)
    expectRead("a FIFO")
    // It is replaced, not written through.
    _ = look()
    #expect(file.read(settlingTime: 0).count == 1)
    try FileManager.default.moveItem(atPath: file.directory, toPath: shop.path("real"))
    try FileManager.default.createSymbolicLink(atPath: file.directory, withDestinationPath: shop.path("real"))
    expectRead("a directory that is a link")
  }

  @Test func damageIsNoticedWhereverItIs() throws {
    try shop.build(source("a"), as: "a.so")
    try shop.build(source("b"), as: "b.so")
    _ = look()
    let cache = file.directory + "/plugins.cache"
    let bytes = try shop.bytes(cache)
    #expect(ContentsCache(encoded: bytes).count == 2)
    for length in stride(from: 0, to: bytes.count, by: 7) {
      #expect(ContentsCache(encoded: Array(bytes.prefix(length))).count == 0, "\(length) bytes")
    }
    for place in 0..<bytes.count {
      var changed = bytes
      changed[place] ^= 0x41
      #expect(ContentsCache(encoded: changed).count == 0, "byte \(place)")
    }
    #expect(ContentsCache(encoded: bytes + [0]).count == 0)
    // On the disk, too; it is then written anew.
    try Data(bytes.dropLast(9)).write(to: URL(fileURLWithPath: cache))
    try shop.setMode(0o600, cache)
    #expect(look().effort == 2)
    #expect(look().effort == 0)
  }

  /// A record that was made up, with a checksum that fits: the reader of records must answer, whatever it holds.
  @Test func recordsThatWereMadeUpNeverTrap() throws {
    let path = try shop.build(source("a"), as: "a.so")
    let contents = FileContents(bytes: try shop.bytes(path))
    #expect(contents.comesBack())
    var state: UInt64 = 11
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
    let bytes = contents.record
    var accepted = 0
    for _ in 0..<20_000 {
      var changed = bytes
      for _ in 0...next() % 4 {
        changed[Int(next() % UInt64(changed.count))] = UInt8(truncatingIfNeeded: next())
      }
      if FileContents(record: changed) != nil { accepted += 1 }
    }
    for length in 0..<bytes.count { #expect(FileContents(record: Array(bytes.prefix(length))) == nil) }
    #expect(accepted > 0 && accepted < 20_000)
  }

  @Test func itDoesNotGrowWithoutEnd() throws {
    let path = try shop.build(source("a"), as: "a.so")
    var cache = ContentsCache(settlingTime: 0)
    for round in 0..<3 {
      var survey = Survey(cache: cache)
      // A new file each time, by its inode.
      try FileManager.default.copyItem(atPath: path, toPath: shop.path("copy\(round).so"))
      _ = survey.inspect(shop.path("copy\(round).so"), origin: .commandLine)
      cache = ContentsCache(encoded: survey.cache.encoded(atMost: 2), settlingTime: 0)
      #expect(cache.count == min(round + 1, 2))
    }
    // The one that was used last stays.
    var survey = Survey(cache: cache)
    _ = survey.inspect(shop.path("copy2.so"), origin: .commandLine)
    #expect(survey.cache.effort == 0)
    _ = survey.inspect(shop.path("copy0.so"), origin: .commandLine)
    #expect(survey.cache.effort == 1)
  }

  @Test func itLiesWhereCachesOfTheUserLie() {
    #expect(CacheFile.ofUser { ["XDG_CACHE_HOME": "/c", "HOME": "/h"][$0] }?.directory == "/c/taskhost")
    #expect(
      CacheFile.ofUser { ["XDG_CACHE_HOME": "c", "HOME": "/h"][$0] }?.directory == "/h/.cache/taskhost")
    #expect(CacheFile.ofUser { _ in nil } == nil)
    // Nowhere to write is no error.
    let nowhere = CacheFile(directory: "/proc/self/nowhere/taskhost")
    nowhere.write(ContentsCache())
    #expect(nowhere.read().count == 0)
  }
}
