import Foundation
import Glibc
import Scaffolding
import TestSupport
import Testing

/// `taskhost plugin new`: what it makes works at once, and it makes all of it or nothing.
@Suite(.serialized) struct ScaffoldTests {
  /// A name with all that a name may have.
  private static let name = "my-kind2"

  @Test(arguments: Scaffolding.Language.allCases)
  func aNewKindIsGreenAtOnce(language: Scaffolding.Language) throws {
    let workshop = try Workshop()
    let made = try Taskhost.plain([
      "plugin", "new", "--lang", language.rawValue, "--in", workshop.directory, Self.name,
    ])
    #expect(made.end == .exited(0), "\(made.errors)")
    #expect(made.errors.contains("     Created \(workshop.directory)/\(Self.name)/ ("))
    #expect(
      made.errors.hasSuffix("        Next cd \(workshop.directory)/\(Self.name) && make && make check\n"))
    let folder = workshop.path(Self.name)
    try Self.make([], in: folder)
    let library = "\(folder)/build/lib\(Self.name).so"
    #expect(FileManager.default.isExecutableFile(atPath: library))
    let shown = try Self.make(["run"], in: folder)
    #expect(shown.contains("examples/long.txt:2: failed: 95 characters, at most 80"), "\(shown)")
    #expect(shown.contains("3 tasks: 2 passed, 1 failed"), "\(shown)")
    try Self.make(["check"], in: folder)
    // The example that fails does so for the reason that it says.
    let wide = try Taskhost.run(["--plugin", library, "--set", "width=100", "\(folder)/examples/long.txt"])
    #expect(wide.outcomes() == ["passed": 1])
    let wrong = try Taskhost.run(["--plugin", library, "--set", "width=x", "\(folder)/examples/long.txt"])
    #expect(wrong.output.contains("option width"), "\(wrong.output)")
  }

  struct Refusal: CustomTestStringConvertible, Sendable {
    var words: [String]
    var message: String
    var testDescription: String { words.joined(separator: " ") }
  }

  @Test(arguments: [
    Refusal(words: ["--lang", "c", ""], message: "'' is no name for a kind: it is empty"),
    Refusal(words: ["--lang", "c", "MyKind"], message: "it must begin with a small letter"),
    Refusal(words: ["--lang", "c", "2x"], message: "it must begin with a small letter"),
    Refusal(words: ["--lang", "c", "a_b"], message: "but no '_'"),
    Refusal(words: ["--lang", "c", "a/b"], message: "but no '/'"),
    Refusal(words: ["--lang", "c", ".."], message: "it must begin with a small letter"),
    Refusal(words: ["--lang", "c", "a\u{E9}"], message: "but no '\u{E9}'"),
    Refusal(words: ["--lang", "c", "taskhost"], message: "that is the host"),
    Refusal(words: ["--lang", "c", String(repeating: "a", count: 41)], message: "more than 40 characters"),
    Refusal(words: ["--lang", "pascal", "a"], message: "--lang is 'pascal'; expected c, cpp, swift, rust"),
  ])
  func aBadNameIsRefusedWithItsReason(refusal: Refusal) throws {
    let workshop = try Workshop()
    let refused = try Taskhost.plain(["plugin", "new", "--in", workshop.directory] + refusal.words)
    #expect(refused.end == .exited(2))
    #expect(refused.errors.contains(refusal.message), "\(refused.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: workshop.directory).isEmpty)
  }

  /// One makes it, the others find it occupied, whether they look before that or after it.
  @Test func severalAtOnce() throws {
    let workshop = try Workshop()
    let makers = try (0..<8).map { _ in
      try Taskhost.start(["plugin", "new", "--lang", "c", "--in", workshop.directory, "same"])
    }
    for maker in makers { try maker.finish() }
    #expect(makers.count { $0.end == .exited(0) } == 1)
    for maker in makers where maker.end != .exited(0) {
      #expect(maker.end == .exited(2) && maker.errorText.contains("/same is not empty"), "\(maker.errorText)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: workshop.directory) == ["same"])
  }

  @Test func aFolderThatIsNotEmptyIsLeftAlone() throws {
    let workshop = try Workshop()
    _ = try workshop.makeDirectory("full/src")
    let own = try workshop.write("mine", as: "full/own.txt")
    let replaced = try workshop.write("mine", as: "full/src/full.c")
    let words = ["plugin", "new", "--lang", "c", "--in", workshop.directory]
    let refused = try Taskhost.plain(words + ["full"])
    #expect(refused.end == .exited(2) && refused.errors.contains("/full is not empty"), "\(refused.errors)")
    #expect(refused.errors.contains("--force"))
    #expect(try workshop.read(replaced) == Array("mine".utf8))

    let forced = try Taskhost.plain(words + ["full", "--force"])
    #expect(forced.end == .exited(0), "\(forced.errors)")
    #expect(try workshop.read(own) == Array("mine".utf8))
    #expect(try workshop.read(replaced) != Array("mine".utf8))
    #expect(try Self.drafts(workshop).isEmpty)

    // An empty one is as good as none; a file is in the way.
    _ = try workshop.makeDirectory("empty")
    #expect(try Taskhost.plain(words + ["empty"]).end == .exited(0))
    try workshop.write("", as: "file")
    let file = try Taskhost.plain(words + ["file", "--force"])
    #expect(file.end == .exited(2) && file.errors.contains("/file is there, and is no directory"))
  }

  /// Nobody may write there, root neither.
  @Test func aPlaceThatCanNotBeWrittenIsNamed() throws {
    let refused = try Taskhost.plain(["plugin", "new", "--lang", "c", "--in", "/proc", "a"])
    #expect(refused.end == .exited(110))
    #expect(refused.errors.contains("nothing can be made in /proc"), "\(refused.errors)")
    let missing = try Taskhost.plain(["plugin", "new", "--lang", "c", "--in", "/nowhere", "a"])
    #expect(missing.end == .exited(110) && missing.errors.contains("/nowhere can not be read"))
  }

  @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
  func anOrdinaryUserMayNotWriteEverywhere() throws {
    let workshop = try Workshop()
    #expect(chmod(workshop.directory, 0o555) == 0)
    defer { chmod(workshop.directory, 0o755) }
    let refused = try Taskhost.plain(["plugin", "new", "--lang", "rust", "--in", workshop.directory, "a"])
    #expect(refused.end == .exited(110))
    #expect(refused.errors.contains("caused by: Permission denied"), "\(refused.errors)")
  }

  /// Killed before each of the calls that make something: there is no folder, and the next run takes what was left away.
  @Test func aKillInTheMiddleLeavesNothingHalf() throws {
    let workshop = try Workshop()
    let name = try KindName("half")
    let whole = Project(.swift, name, version: "").files.count
    let words = ["plugin", "new", "--lang", "swift", "--in", workshop.directory, name.text]
    let killer = try Self.killer(workshop)
    var kills = 0
    while true {
      let child = try Taskhost.start(words, environment: ["LD_PRELOAD": killer, "KILL_AT": "\(kills + 1)"])
      if try child.finish() == .exited(0) { break }
      #expect(child.end == .signaled(SIGKILL), "\(child.errorText)")
      kills += 1
      #expect(!FileManager.default.fileExists(atPath: workshop.path(name.text)))
      // The first call makes the draft.
      #expect(try Self.drafts(workshop).count == (kills == 1 ? 0 : 1))
    }
    #expect(kills > whole)
    #expect(try Self.count(workshop.path(name.text)) == whole)
    #expect(try Self.drafts(workshop).isEmpty)
  }

  /// The same by a signal that can be noted: nothing is left beside the folder either.
  @Test(arguments: [SIGTERM, SIGHUP, SIGINT])
  func aSignalInTheMiddleLeavesNothing(signal: Int32) throws {
    let workshop = try Workshop()
    let words = ["plugin", "new", "--lang", "c", "--in", workshop.directory, "half"]
    let killer = try Self.killer(workshop)
    let place = try workshop.makeDirectory("place")
    let whole = Project(.c, try KindName("half"), version: "").files.count
    var signals = 0
    while true {
      let child = try Taskhost.start(
        words.map { $0 == workshop.directory ? place : $0 },
        environment: ["LD_PRELOAD": killer, "KILL_AT": "\(signals + 1)", "KILL_BY": "\(signal)"])
      if try child.finish() == .exited(0) { break }
      #expect(child.end == .signaled(signal), "\(child.errorText)")
      signals += 1
      let there = try FileManager.default.contentsOfDirectory(atPath: place)
      // The last call is the one that puts it in its place.
      if there == ["half"] {
        #expect(try Self.count(place + "/half") == whole && child.errorText.contains("Created"))
        try FileManager.default.removeItem(atPath: place + "/half")
      } else {
        #expect(there.isEmpty, "\(there) after \(signals)")
      }
    }
    #expect(signals > whole)
  }

  /// With `--force` all files of the folder are replaced or none, wherever a signal comes; a sudden end leaves each of them whole.
  @Test(arguments: [SIGTERM, SIGKILL])
  func filesOfAFolderAreReplacedAllOrNone(signal: Int32) throws {
    let workshop = try Workshop()
    let killer = try Self.killer(workshop)
    let project = Project(.c, try KindName("half"), version: "")
    let model = try workshop.makeDirectory("model")
    #expect(try Taskhost.plain(["plugin", "new", "--lang", "c", "--in", model, "half"]).end == .exited(0))
    let place = try workshop.makeDirectory("place")
    var signals = 0
    var mixed = 0
    while true {
      // Half of its files are there, in directories that lack others.
      for (index, file) in project.files.enumerated() where index % 2 == 0 {
        let path = "place/half/\(file.path)"
        _ = try workshop.makeDirectory(path.split(separator: "/").dropLast().joined(separator: "/"))
        try workshop.write("mine", as: path)
      }
      let child = try Taskhost.start(
        ["plugin", "new", "--force", "--lang", "c", "--in", place, "half"],
        environment: ["LD_PRELOAD": killer, "KILL_AT": "\(signals + 1)", "KILL_BY": "\(signal)"])
      let end = try child.finish()
      signals += end == .exited(0) ? 0 : 1
      let found = try project.files.map { file -> String in
        let path = "\(place)/half/\(file.path)"
        guard FileManager.default.fileExists(atPath: path) else { return "none" }
        let bytes = try workshop.read(path)
        if bytes == Array("mine".utf8) { return "mine" }
        return try bytes == workshop.read("\(model)/half/\(file.path)") ? "new" : "half"
      }
      #expect(!found.contains("half"), "\(found)")
      let untouched = found.indices.map { $0 % 2 == 0 ? "mine" : "none" }
      let isWhole = found.allSatisfy { $0 == "new" }
      if signal != SIGKILL {
        #expect(isWhole || found == untouched, "after \(signals): \(found)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: place) == ["half"])
      } else if !isWhole, found != untouched {
        mixed += 1
      }
      if end == .exited(0) { break }
      #expect(end == .signaled(signal), "\(child.errorText)")
      try FileManager.default.removeItem(atPath: "\(place)/half")
    }
    #expect(signals > 2 * project.files.count)
    if signal == SIGKILL { #expect(mixed > 0) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: place) == ["half"])
  }

  /// Nothing is written through a symbolic link, or in place of a directory; what was done before is put back.
  @Test func whatIsInTheWayOfAFileIsNamedAndNothingIsChanged() throws {
    let workshop = try Workshop()
    let outside = try workshop.makeDirectory("outside")
    _ = try workshop.makeDirectory("full")
    let readme = try workshop.write("mine", as: "full/README.md")
    try FileManager.default.createSymbolicLink(
      atPath: workshop.path("full/src"), withDestinationPath: outside)
    let words = ["plugin", "new", "--force", "--lang", "c", "--in", workshop.directory, "full"]
    let link = try Taskhost.plain(words)
    #expect(link.end == .exited(2), "\(link.errors)")
    #expect(link.errors.contains("/full/src is no directory of its own, such as a symbolic link"))
    try FileManager.default.removeItem(atPath: workshop.path("full/src"))
    _ = try workshop.makeDirectory("full/src/full.c")
    let directory = try Taskhost.plain(words)
    #expect(directory.end == .exited(2), "\(directory.errors)")
    #expect(directory.errors.contains("/full/src/full.c is a directory, and a file is to take its place"))
    #expect(try workshop.read(readme) == Array("mine".utf8))
    #expect(try FileManager.default.contentsOfDirectory(atPath: workshop.path("full")).count == 2)
    #expect(try FileManager.default.contentsOfDirectory(atPath: outside).isEmpty)
    #expect(try Self.drafts(workshop).isEmpty)
    // A link in place of a file is replaced itself.
    try FileManager.default.removeItem(atPath: workshop.path("full/src"))
    try FileManager.default.removeItem(atPath: readme)
    let target = try workshop.write("of somebody else", as: "outside/readme")
    try FileManager.default.createSymbolicLink(atPath: readme, withDestinationPath: target)
    #expect(try Taskhost.plain(words).end == .exited(0))
    #expect(try workshop.read(target) == Array("of somebody else".utf8))
    #expect(try workshop.read(readme) != workshop.read(target))
    // So for the copy of the SDK.
    let header = workshop.path("full/include")
    try FileManager.default.removeItem(atPath: header)
    try workshop.write("old", as: "outside/taskhost.h")
    try FileManager.default.createSymbolicLink(atPath: header, withDestinationPath: outside)
    let update = try Taskhost.plain(["plugin", "update-header", workshop.path("full")])
    #expect(update.end == .exited(2) && update.errors.contains("/full/include is no directory"))
    #expect(try workshop.read("\(outside)/taskhost.h") == Array("old".utf8))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: workshop.path("full")).allSatisfy {
        !$0.contains(".new-")
      })
  }

  /// What is named nearly so is somebody's own.
  @Test func directoriesOfOthersAreNoLeftovers() throws {
    let workshop = try Workshop()
    let own = [".a.new-ideas", ".a.new-1", ".a.new-1-0-0", ".a.new--1", ".a.new-1-x"]
    for name in own { _ = try workshop.makeDirectory(name) }
    let made = try Taskhost.plain(["plugin", "new", "--lang", "c", "--in", workshop.directory, "a"])
    #expect(made.end == .exited(0) && made.errors.hasPrefix("     Created"), "\(made.errors)")
    #expect(try Self.drafts(workshop).sorted() == own.sorted())
  }

  private static func killer(_ workshop: Workshop) throws -> String {
    let path = workshop.path("killed.so")
    try TestKind.compile("\(TestKind.sources)/../Programs/killed.c", to: path)
    return path
  }

  /// What can not be written whole is not there at all.
  @Test func aFullDiskLeavesNothing() throws {
    let workshop = try Workshop()
    let command =
      "ulimit -f 8; trap '' XFSZ; exec '\(Taskhost.executable)' plugin new --lang c --in '\(workshop.directory)' a"
    let child = try Child("/bin/bash", ["-c", command], environment: Taskhost.environment)
    #expect(try child.finish() == .exited(110))
    #expect(
      child.errorText.contains("taskhost.h can not be written\n  caused by: File too large"),
      "\(child.errorText)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: workshop.directory).isEmpty)
  }

  @Test func whatWasLeftIsRemovedAndToldUnlessSomebodyIsAtIt() throws {
    let workshop = try Workshop()
    _ = try workshop.makeDirectory(".a.new-1-0/src")
    let held = try workshop.makeDirectory(".a.new-2-0")
    let others = try workshop.makeDirectory(".ab.new-3-0")
    let lock = open(held, O_RDONLY | O_DIRECTORY)
    #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
    defer { close(lock) }
    let made = try Taskhost.plain(["plugin", "new", "--lang", "c", "--in", workshop.directory, "a"])
    #expect(made.end == .exited(0))
    #expect(
      made.errors.hasPrefix("     Removed .a.new-1-0, left by a run that was interrupted\n"), "\(made.errors)"
    )
    #expect(FileManager.default.fileExists(atPath: held) && FileManager.default.fileExists(atPath: others))
    #expect(!FileManager.default.fileExists(atPath: workshop.path(".a.new-1-0")))
  }

  @Test(arguments: Scaffolding.Language.allCases)
  func theSDKIsBroughtUpToDate(language: Scaffolding.Language) throws {
    let workshop = try Workshop()
    let made = try Taskhost.plain([
      "plugin", "new", "--lang", language.rawValue, "--in", workshop.directory, "a",
    ])
    #expect(made.end == .exited(0))
    let folder = workshop.path("a")
    let same = try Taskhost.plain(["plugin", "update-header", folder])
    #expect(same.end == .exited(0) && same.errors.contains("Nothing to do"), "\(same.errors)")
    let source =
      language == .rust
      ? "sdk/taskhost.h" : language == .swift ? "SDK/include/taskhost.h" : "include/taskhost.h"
    let header = try workshop.read("\(folder)/\(source)")
    #expect(String(decoding: header.prefix(20), as: UTF8.self) == "/* From taskhost 0.1")
    try workshop.write("old", as: "a/\(source)")
    let updated = try Taskhost.plain(["plugin", "update-header", folder])
    #expect(updated.end == .exited(0) && updated.errors == "     Updated \(source)\n", "\(updated.errors)")
    #expect(try workshop.read("\(folder)/\(source)") == header)
    // One that is older than a part of the SDK gets that part.
    let part = ["include/taskhost", "sdk/src/edge"].first {
      FileManager.default.fileExists(atPath: "\(folder)/\($0)")
    }
    #expect((part != nil) == (language == .cpp || language == .rust))
    if let part {
      let before = try FileManager.default.subpathsOfDirectory(atPath: folder)
      try FileManager.default.removeItem(atPath: "\(folder)/\(part)")
      #expect(try Taskhost.plain(["plugin", "update-header", folder]).end == .exited(0))
      #expect(try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() == before.sorted())
    }
    let nothing = try Taskhost.plain(["plugin", "update-header", workshop.directory])
    #expect(nothing.end == .exited(2) && nothing.errors.contains("has no copy of the SDK"))
  }

  /// What travels inside the executable is what lies in the folder, and all of it.
  @Test func theExecutableHasTheFilesOfTheSDK() throws {
    let sdk = Language.sdk
    var expected = ["Package.swift", "plugin.map", "Sources/CTaskHost/header.c", "rust/Cargo.toml"]
    for folder in ["Sources/TaskHostSDK", "cpp", "include", "rust/src", "templates"] {
      let walk = try #require(FileManager.default.enumerator(atPath: "\(sdk)/\(folder)"))
      while let path = walk.nextObject() as? String {
        if walk.fileAttributes?[.type] as? FileAttributeType == .typeRegular {
          expected.append("\(folder)/\(path)")
        }
      }
    }
    #expect(SDKFile.all.map(\.path) == expected.sorted(), "run Scripts/list-sdk-files")
    for file in SDKFile.all {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(sdk)/\(file.path)"))
      #expect(Array(bytes) == Array(file.bytes), "\(file.path)")
    }
  }

  @Test func noPlaceholderIsLeft() throws {
    for language in Scaffolding.Language.allCases {
      for file in Project(language, try KindName(Self.name), version: "1").files {
        guard case .bytes(let bytes) = file.content else { continue }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.firstMatch(of: /@[A-Z]+@/) == nil, "\(file.path)")
        #expect(!file.path.hasSuffix(".in") && !file.path.contains("kind.c"), "\(file.path)")
      }
    }
  }

  /// In the folder, with the tools as their users have them.
  @discardableResult
  private static func make(_ goals: [String], in folder: String) throws -> String {
    var environment = Language.environment
    environment["PATH"] = Taskhost.directory + ":" + (environment["PATH"] ?? "")
    environment["CARGO"] = Language.cargo
    // None of them may ask for a network.
    environment["CARGO_NET_OFFLINE"] = "true"
    let child = try Child("/usr/bin/env", ["make", "-C", folder] + goals, environment: environment)
    let end = try child.finish(seconds: 900)
    #expect(end == .exited(0), "make \(goals): \(child.outputText)\(child.errorText)")
    return child.outputText + child.errorText
  }

  private static func drafts(_ workshop: Workshop) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: workshop.directory).filter { $0.hasPrefix(".") }
  }

  private static func count(_ folder: String) throws -> Int {
    let walk = try #require(FileManager.default.enumerator(atPath: folder))
    var count = 0
    while walk.nextObject() != nil {
      if walk.fileAttributes?[.type] as? FileAttributeType != .typeDirectory { count += 1 }
    }
    return count
  }
}
