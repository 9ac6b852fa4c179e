internal import ArgumentParser
internal import CPosix
internal import Glibc
internal import TaskHost

/// What goes with the kind `ffi`. It is a program of its own, as `git` has them: the host knows nothing of kinds.
struct ForeignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ffi", abstract: "Works with signatures of C functions, for the kind ffi.",
    subcommands: [VerifyCommand.self])
}

struct VerifyCommand: ExecutableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Compares signatures of C functions with the headers of this machine.",
    discussion: """
      The program ffi-verify, which lies beside taskhost, lets the local C compiler look at them. It exits with 0, with 100 \
      where something differs, with 104 if nothing could be compared, and with 96 without a compiler.
      """)

  @Argument(help: ArgumentHelp("The signatures.", valueName: "file"), completion: .file())
  var file: String

  @Option(
    name: .customLong("header"),
    help: ArgumentHelp(
      "A header with the declarations, as #include takes it.", discussion: "May be given more than once.",
      valueName: "header"))
  var headers: [String]

  @Option(name: .customLong("cc"), help: ArgumentHelp("The compiler.", valueName: "command"))
  var compiler = "cc"

  @Option(
    name: .customLong("cflag"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "An option for the compiler.", discussion: "May be given more than once.", valueName: "flag"))
  var flags: [String] = []

  @Option(
    help: ArgumentHelp("Write the C program there, and keep it.", valueName: "file"), completion: .file())
  var emit: String?

  func execute(_ context: CommandContext) throws(CommandFailure) -> CommandEnd {
    var words = ["ffi-verify", file]
    for header in headers { words += ["--header", header] }
    words += ["--cc", compiler]
    for flag in flags { words += ["--cflag", flag] }
    if let emit { words += ["--emit", emit] }
    throw try context.become(words)
  }
}

extension CommandContext {
  /// This process goes on as a program that lies beside this one. What is returned says why it does not.
  func become(_ words: [String]) throws(CommandFailure) -> CommandFailure {
    let own = try SystemFacts.executable()
    let path = own.prefix(through: own.lastIndex(of: "/") ?? own.startIndex) + words[0]
    guard access(String(path), X_OK) == 0 else { return Self.missing(words[0], String(path), errno) }
    data.becomeStandardOutput()
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_DFL) }
    var pointers = words.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    execv(String(path), &pointers)
    return Self.missing(words[0], String(path), errno)
  }

  private static func missing(_ name: String, _ path: String, _ code: Int32) -> CommandFailure {
    CommandFailure(
      RunError(
        .configuration, "cannot run \(name), which belongs beside taskhost",
        causes: ["\(path): \(String(cString: strerror(code)))"]))
  }
}
