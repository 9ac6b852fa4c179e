import Foundation
import Glibc
import TestSupport
import Testing

/// `plugin install`, `remove` and `lock`, and what `run` makes of it: the built command in a home of its own.
@Suite struct PluginCommandTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop() }

  private var home: [String: String] {
    [
      "HOME": workshop.path("home"), "XDG_DATA_HOME": workshop.path("home/data"),
      "XDG_CACHE_HOME": workshop.path("home/cache"), "XDG_CONFIG_HOME": workshop.path("home/config"),
    ]
  }
  private var plugins: String { workshop.path("home/data/taskhost/plugins") }

  /// A plugin of this id and version, whose response is its version.
  private func plugin(
    _ file: String, id: String = "org.example.greeter", name: String = "greeter", _ version: String
  ) throws -> String {
    let source = workshop.path("\(file).c")
    try """
    #include "taskhost.h"
    TH_MANIFEST("{\\"schema\\":1,\\"id\\":\\"\(id)\\",\\"name\\":\\"\(name)\\",\\"version\\":\\"\(version)\\",\\"abi\\":{\\"major\\":1},\\"wire\\":\\"g/1\\"}");
    static th_status perform(th_worker *w, th_call *c, th_bytes r, th_out *o) {
        (void)w; (void)r; (void)o;
        th_diagnostic found = {.size = sizeof found, .severity = TH_NOTE, .message = th_text("\(name) \(version)")};
        c->diagnostic(c, &found);
        return TH_OK;
    }
    static const th_kind kind = {.size = sizeof(th_kind), .abi_major = 1, .id = "\(id)", .name = "\(name)",
                                 .version = "\(version)", .wire = "g/1", .perform = perform};
    const th_kind *taskhost_plugin_v1(const th_host *h, th_call *c) { (void)h; (void)c; return &kind; }
    """.write(toFile: source, atomically: true, encoding: .utf8)
    let path = workshop.path("\(file).so")
    try TestKind.compile(source, to: path)
    return path
  }

  private func command(
    _ arguments: String..., in directory: String? = nil
  ) throws -> (end: Child.End, output: String, errors: String) {
    guard let directory else { return try Taskhost.plain(arguments, environment: home) }
    // In a directory of a project.
    let child = try Child(
      "/bin/sh",
      ["-c", "cd \"$1\" && shift && exec \"$@\"", "sh", directory, Taskhost.executable] + arguments,
      environment: Taskhost.environment.merging(home) { $1 })
    let end = try child.finish(seconds: 120)
    return (end, child.outputText, child.errorText)
  }

  private var installed: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: plugins).sorted() }
  }

  @Test func aPluginIsInstalledRunAndRemoved() throws {
    let file = try plugin("one", "1.0.0")
    let done = try command("plugin", "install", file)
    #expect(
      done.end == .exited(0)
        && done.output.contains("Installed greeter 1.0.0 (org.example.greeter): \(plugins)/greeter.so"))
    #expect(done.output.contains("Run it: taskhost run --kind greeter WORD..."))
    #expect(try installed == ["greeter.so"])
    let run = try command("run", "--kind", "greeter", "x")
    #expect(run.end == .exited(0) && run.errors.contains("greeter 1.0.0"))
    // Once more changes nothing.
    var before = stat(), after = stat()
    try #require(stat("\(plugins)/greeter.so", &before) == 0)
    let again = try command("plugin", "install", file)
    #expect(again.end == .exited(0) && again.output.hasPrefix("Is there already"))
    try #require(stat("\(plugins)/greeter.so", &after) == 0)
    #expect(before.st_ino == after.st_ino && before.st_mode & 0o022 == 0)
    let removed = try command("plugin", "remove", "greeter")
    #expect(removed.end == .exited(0) && removed.output.contains("\(plugins)/greeter.so"))
    #expect(try installed == [])
    #expect(try command("plugin", "remove", "greeter").end == .exited(101))
    #expect(try command("run", "--kind", "greeter", "x").end == .exited(101))
  }

  @Test func aNewerVersionOrAnotherKindIsNotReplaced() throws {
    #expect(try command("plugin", "install", try plugin("two", "2.0.0")).end == .exited(0))
    let older = try plugin("one", "1.9.9")
    let refused = try command("plugin", "install", older)
    #expect(
      refused.end == .exited(101) && refused.errors.contains("2.0.0") && refused.errors.contains("--force"))
    #expect(try command("run", "--kind", "greeter", "x").errors.contains("greeter 2.0.0"))
    let forced = try command("plugin", "install", "--force", older)
    #expect(forced.end == .exited(0) && forced.output.contains("in place of 2.0.0"))
    #expect(try command("run", "--kind", "greeter", "x").errors.contains("greeter 1.9.9"))
    // An upgrade needs no force, and neither does another build of the same version.
    #expect(try command("plugin", "install", try plugin("three", "3.0.0")).end == .exited(0))
    let other = try plugin("other", id: "org.example.other", "9.0.0")
    let clash = try command("plugin", "install", other)
    #expect(clash.end == .exited(101) && clash.errors.contains("another kind (org.example.greeter)"))
    #expect(try command("plugin", "install", "--force", other).end == .exited(0))
    #expect(try installed == ["greeter.so"])
  }

  /// The same kind under another file name is replaced where it is: two files of a kind in a directory are none.
  @Test func aKindThatLiesThereUnderAnotherNameKeepsIt() throws {
    try FileManager.default.createDirectory(atPath: plugins, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: try plugin("one", "1.0.0"), toPath: plugins + "/libmine.so")
    #expect(try command("plugin", "install", try plugin("two", "2.0.0")).end == .exited(0))
    #expect(try installed == ["libmine.so"])
    #expect(try command("run", "--kind", "greeter", "x").errors.contains("greeter 2.0.0"))
    #expect(try command("plugin", "remove", "libmine.so").end == .exited(0))
    #expect(try installed == [])
  }

  @Test func whatMayNotBeLoadedIsNotInstalled() throws {
    let text = workshop.path("text.so")
    try "no library\n".write(toFile: text, atomically: true, encoding: .utf8)
    let refused = try command("plugin", "install", text)
    #expect(refused.end == .exited(101) && refused.errors.contains("L05"))
    #expect(try command("plugin", "install", workshop.path("missing.so")).end == .exited(104))
    #expect(try command("plugin", "install", workshop.directory).end == .exited(101))
    // What the loader would refuse is known before.
    let source = workshop.path("undefined.c")
    try """
    #include "taskhost.h"
    TH_MANIFEST("{\\"schema\\":1,\\"id\\":\\"org.a\\",\\"name\\":\\"a\\",\\"version\\":\\"1\\",\\"abi\\":{\\"major\\":1},\\"wire\\":\\"a\\"}");
    extern const th_kind *nowhere(void);
    const th_kind *taskhost_plugin_v1(const th_host *h, th_call *c) { (void)h; (void)c; return nowhere(); }
    """.write(toFile: source, atomically: true, encoding: .utf8)
    try TestKind.compile(source, to: workshop.path("undefined.so"))
    let undefined = try command("plugin", "install", workshop.path("undefined.so"))
    #expect(
      undefined.end == .exited(101) && undefined.errors.contains("L11")
        && undefined.errors.contains("nowhere"))
    if FileManager.default.fileExists(atPath: plugins) { #expect(try installed == []) }
  }

  @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
  func aDirectoryThatCanNotBeWrittenIsAnErrorOfOutput() throws {
    try FileManager.default.createDirectory(atPath: plugins, withIntermediateDirectories: true)
    let file = try plugin("one", "1.0.0")
    try #require(chmod(plugins, 0o555) == 0)
    let refused = try command("plugin", "install", file)
    #expect(
      refused.end == .exited(110)
        && refused.errors.contains("\(plugins) can not be written: Permission denied"))
    try #require(chmod(plugins, 0o755) == 0)
    #expect(try command("plugin", "install", file).end == .exited(0))
    try #require(chmod(plugins, 0o555) == 0)
    #expect(try command("plugin", "remove", "greeter").end == .exited(110))
    try #require(chmod(plugins, 0o755) == 0)
  }

  @Test func aLockPinsWhatARunLoads() throws {
    let project = try workshop.makeDirectory("project/deeper")
    let root = workshop.path("project")
    _ = try workshop.makeDirectory("project/.config")
    try "[run]\nworkers = 1\n".write(
      toFile: root + "/.config/taskhost.toml", atomically: true, encoding: .utf8)
    #expect(try command("plugin", "install", try plugin("one", "1.0.0")).end == .exited(0))
    let none = try command("run", "--locked", "--kind", "greeter", "x", in: project)
    #expect(none.end == .exited(96) && none.errors.contains("taskhost.lock"))
    let locked = try command("plugin", "lock", "greeter", in: project)
    #expect(locked.end == .exited(0) && locked.output.contains("Locked greeter 1.0.0"), "\(locked)")
    let path = root + "/.config/taskhost.lock"
    let lock = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? [String: Any])
    let pin = try #require((lock["plugins"] as? [[String: Any]])?.first)
    #expect(pin["id"] as? String == "org.example.greeter" && pin["file"] as? String == "greeter.so")
    #expect((pin["sha256"] as? String)?.count == 64 && (pin["build_id"] as? String)?.isEmpty == false)
    let run = try command("run", "--locked", "--kind", "greeter", "x", in: project)
    #expect(run.end == .exited(0) && !run.errors.contains("warning"))

    // Another build of it: a warning, or with --locked a refusal with both sides.
    #expect(try command("plugin", "install", try plugin("two", "1.0.1")).end == .exited(0))
    let warned = try command("run", "--kind", "greeter", "x", in: project)
    #expect(warned.end == .exited(0) && warned.errors.contains("L19") && warned.errors.contains("warning"))
    for option in ["--locked", "variable"] {
      var arguments = ["run", "--kind", "greeter", "x"]
      if option == "--locked" { arguments.append(option) }
      let child = try Child(
        "/bin/sh",
        ["-c", "cd \"$1\" && shift && exec \"$@\"", "sh", project, Taskhost.executable] + arguments,
        environment: Taskhost.environment.merging(home) { $1 }.merging(
          option == "--locked" ? [:] : ["TASKHOST_LOCKED": "true"]
        ) { $1 })
      let end = try child.finish(seconds: 120)
      #expect(end == .exited(101))
      for part in [
        "L19", "\(plugins)/greeter.so", "version 1.0.1", "version 1.0.0", path,
        "taskhost plugin lock greeter",
      ] {
        #expect(child.errorText.contains(part), "\(option): \(part)")
      }
    }
    // A kind that is not pinned.
    #expect(
      try command("plugin", "install", try plugin("other", id: "org.example.other", name: "other", "1")).end
        == .exited(0))
    let unknown = try command("run", "--locked", "--kind", "other", "x", in: project)
    #expect(unknown.end == .exited(101) && unknown.errors.contains("has no pin in \(path)"))
    // All of them, and then it holds.
    #expect(try command("plugin", "lock", in: project).end == .exited(0))
    for kind in ["greeter", "other"] {
      #expect(try command("run", "--locked", "--kind", kind, "x", in: project).end == .exited(0))
    }
    // The files of the project do not count.
    let off = try command("run", "--no-config", "--locked", "--kind", "other", "x", in: project)
    #expect(off.end == .exited(96))
  }

  @Test func aLockThatIsNoneIsAnError() throws {
    let root = try workshop.makeDirectory("project")
    _ = try workshop.makeDirectory("project/.config")
    let path = root + "/.config/taskhost.lock"
    #expect(try command("plugin", "install", try plugin("one", "1.0.0")).end == .exited(0))
    try "{".write(toFile: path, atomically: true, encoding: .utf8)
    let broken = try command("run", "--kind", "greeter", "x", in: root)
    #expect(broken.end == .exited(96) && broken.errors.contains("\(path) is no lock file"))
    // One that others could have written does not count.
    #expect(try command("plugin", "lock", in: root).end == .exited(96))
    try FileManager.default.removeItem(atPath: path)
    #expect(try command("plugin", "lock", "greeter", in: root).end == .exited(0))
    try #require(chmod(path, 0o666) == 0)
    let open = try command("run", "--kind", "greeter", "x", in: root)
    #expect(open.end == .exited(0) && open.errors.contains("does not count"))
    #expect(try command("run", "--locked", "--kind", "greeter", "x", in: root).end == .exited(96))
    #expect(try command("plugin", "lock", "nothing", in: root).end == .exited(96))
  }

  /// A signal before each call that makes something: the directory holds the whole file or nothing.
  @Test(arguments: [SIGTERM, SIGHUP, SIGKILL])
  func aSignalInTheMiddleOfAnInstallationLeavesNothing(signal: Int32) throws {
    let killer = workshop.path("killed.so")
    try TestKind.compile("\(TestKind.sources)/../Programs/killed.c", to: killer)
    let file = try plugin("one", "1.0.0")
    var signals = 0
    while true {
      let child = try Taskhost.start(
        ["plugin", "install", file],
        environment: home.merging([
          "LD_PRELOAD": killer, "KILL_AT": "\(signals + 1)", "KILL_BY": "\(signal)", "KILL_IN": "/.taskhost-",
        ]) { $1 })
      if try child.finish() == .exited(0) { break }
      #expect(child.end == .signaled(signal), "\(child.errorText)")
      signals += 1
      let there = try installed
      if there == ["greeter.so"] {
        #expect(try workshop.read("\(plugins)/greeter.so") == workshop.read(file))
        try FileManager.default.removeItem(atPath: "\(plugins)/greeter.so")
      } else if signal != SIGKILL {
        #expect(there == [], "after \(signals)")
      }
    }
    #expect(signals > 2)
    // What killed ones have left is gone, too.
    #expect(try installed == ["greeter.so"])
  }

  @Test func aPluginThatIsNamedAndCanNotBeLockedIsAnError() throws {
    let project = try workshop.makeDirectory("project")
    _ = try workshop.makeDirectory("project/.config")
    let lock = project + "/.config/taskhost.lock"
    let good = try plugin("one", "1.0.0")
    let text = try workshop.write("no library\n", as: "text.so")
    let words = ["plugin", "lock", "--plugin", good, "--plugin"]
    func locked(_ rest: [String]) throws -> (end: Child.End, output: String, errors: String) {
      let child = try Child(
        "/bin/sh",
        ["-c", "cd \"$1\" && shift && exec \"$@\"", "sh", project, Taskhost.executable] + words + rest,
        environment: Taskhost.environment.merging(home) { $1 })
      let end = try child.finish(seconds: 120)
      return (end, child.outputText, child.errorText)
    }
    for kinds in [[], ["greeter"]] {
      let refused = try locked([text] + kinds)
      #expect(refused.end == .exited(101), "\(refused.errors)")
      for part in ["\(text): rule L05", "found text", "expected the ELF magic bytes"] {
        #expect(refused.errors.contains(part), "\(refused.errors)")
      }
      let missing = try locked([workshop.path("missing.so")] + kinds)
      #expect(
        missing.end == .exited(104) && missing.errors.contains("/missing.so: rule L01"), "\(missing.errors)")
      // Another file of the same kind, which the first one hides.
      let hidden = try locked([try plugin("two", "2.0.0")] + kinds)
      #expect(hidden.end == .exited(101) && hidden.errors.contains("/two.so: rule L27"), "\(hidden.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: lock))
    #expect(try locked([try plugin("other", id: "org.example.other", name: "other", "1")]).end == .exited(0))
    #expect(FileManager.default.fileExists(atPath: lock))
  }

  /// Names that are not UTF-8 can not be kept; they are not taken for others.
  @Test func aNameThatIsNotTextIsRefused() throws {
    let file = try plugin("one", "1.0.0")
    for words in ["install", "inspect", "check", "call", "lock --plugin", "list --plugin", "remove", "dev"] {
      let child = try Child(
        "/bin/sh",
        ["-c", #"name=$(printf '%s\377.so' "$2"); cp "$2" "$name"; exec "$0" plugin $1 "$name""#]
          + [Taskhost.executable, words, file], environment: Taskhost.environment.merging(home) { $1 })
      #expect(try child.finish() == .exited(2), "\(words): \(child.errorText)")
      #expect(child.errorText.contains("/one.so\\xff.so' is not UTF-8"), "\(words): \(child.errorText)")
    }
  }

  @Test func aCacheIsMadeWhereItIsWorthIt() throws {
    let file = try plugin("one", "1.0.0")
    let bytes = try Data(contentsOf: URL(filePath: file))
    _ = try workshop.makeDirectory("home")
    _ = try workshop.makeDirectory("many")
    let marker = Data("org.example.greeter".utf8)
    let place = try #require(bytes.range(of: marker))
    for index in 0..<9 {
      var copy = bytes
      copy.replaceSubrange(place, with: Data("org.example.greete\(index)".utf8))
      let path = workshop.path("many/k\(index).so")
      try copy.write(to: URL(filePath: path))
    }
    // What was changed a moment ago is not remembered.
    let cache = workshop.path("home/cache/taskhost/plugins.cache")
    let deadline = ContinuousClock.now + .seconds(60)
    var listed = try command("plugin", "inspect", workshop.path("many"))
    while !FileManager.default.fileExists(atPath: cache), ContinuousClock.now < deadline {
      listed = try command("plugin", "inspect", workshop.path("many"))
    }
    #expect(listed.end == .exited(0))
    #expect(FileManager.default.fileExists(atPath: cache))
    // Few files are read faster than a cache.
    let other = try Taskhost.plain(
      ["plugin", "inspect", file],
      environment: home.merging(["XDG_CACHE_HOME": workshop.path("elsewhere")]) { $1 })
    #expect(other.end == .exited(0))
    #expect(!FileManager.default.fileExists(atPath: workshop.path("elsewhere")))
    #expect(try command("plugin", "inspect", workshop.path("many")).output == listed.output)
  }
}
