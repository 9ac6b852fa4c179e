internal import ForeignSignatures
internal import Glibc

/// The C compiler of the machine, which only looks at programs.
final class Compiler {
  private let command: [String]
  private let preamble: String
  private let directory: String

  init(_ compiler: String, _ flags: [String], _ headers: [String]) throws(Stop) {
    command = [compiler, "-std=gnu11", "-fsyntax-only", "-x", "c"] + flags
    preamble = HeaderCheck.preamble(headers)
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/ffi-verify-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else {
      throw Stop(message: "cannot make a directory in \(base): \(String(cString: strerror(errno)))")
    }
    directory = String(cString: made)
  }

  func clean() {
    unlink(directory + "/check.c")
    rmdir(directory)
  }

  static func write(_ text: String, to path: String) throws(Stop) {
    guard let stream = fopen(path, "w") else {
      throw Stop(message: "cannot write \(path): \(String(cString: strerror(errno)))")
    }
    let isWritten = fputs(text, stream) >= 0
    guard fclose(stream) == 0, isWritten else {
      throw Stop(message: "cannot write \(path): \(String(cString: strerror(errno)))")
    }
  }

  /// Whether a body can be compiled without any conversion that changes a value.
  func accepts(_ body: String) throws(Stop) -> Bool {
    let errors = ["-Wconversion", "-Wsign-conversion", "-Wint-conversion", "-Wfloat-conversion"]
      .map { "#pragma GCC diagnostic error \"\($0)\"\n" }.joined()
    return try compile(preamble + errors + body + "\n", shows: false)
  }

  /// False as well if the compiler could not be started, which `compile` has told before.
  func tries(_ body: String) -> Bool {
    do throws(Stop) { return try accepts(body) } catch { return false }
  }

  /// `shows`: what the compiler says goes to standard output.
  func compile(_ text: String, shows: Bool) throws(Stop) -> Bool {
    let source = directory + "/check.c"
    try Self.write(text, to: source)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if shows {
      posix_spawn_file_actions_adddup2(&actions, 1, 2)
    } else {
      posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    }
    let words = (command + [source]).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    // What has been printed comes before what the compiler says.
    fflush(nil)
    var child: pid_t = 0
    let code = posix_spawnp(&child, command[0], &actions, nil, words, environ)
    guard code == 0 else {
      throw Stop(message: "cannot start \(command[0]): \(String(cString: strerror(code)))")
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 {
      guard errno == EINTR else {
        throw Stop(message: "cannot wait for \(command[0]): \(String(cString: strerror(errno)))")
      }
    }
    return status == 0
  }
}
