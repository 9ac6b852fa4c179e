internal import ForeignSignatures
internal import Glibc

/// The C compiler of the machine, which only looks at programs. It reads them from its standard input, so no file is left behind
/// whatever ends this process.
struct Compiler {
  private let command: [String]
  private let preamble: String

  init(_ compiler: String, _ flags: [String], _ headers: [String]) {
    command = [compiler, "-std=gnu11", "-fsyntax-only", "-x", "c"] + flags + ["-"]
    preamble = HeaderCheck.preamble(headers)
  }

  /// Whether a body can be compiled without any conversion that changes a value.
  func accepts(_ body: String) throws(Stop) -> Bool {
    let errors = ["-Wconversion", "-Wsign-conversion", "-Wint-conversion", "-Wfloat-conversion"]
      .map { "#pragma GCC diagnostic error \"\($0)\"\n" }.joined()
    return try compile(preamble + errors + body + "\n").isFine
  }

  /// False as well if the compiler could not be started, which `compile` has told before.
  func tries(_ body: String) -> Bool {
    do throws(Stop) { return try accepts(body) } catch { return false }
  }

  /// Whether it takes the program, and what it says.
  func compile(_ text: String) throws(Stop) -> (isFine: Bool, said: [UInt8]) {
    var (source, messages) = (try Pipe(), try Pipe())
    let child = try start(source, messages)
    source.readEnd = nil
    messages.writeEnd = nil
    let said = try Self.exchange(Array(text.utf8), &source, messages, command[0])
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 {
      guard errno == EINTR else { throw .system(.setup, "cannot wait for \(command[0])") }
    }
    return (status == 0, said)
  }

  private func start(_ source: Pipe, _ messages: Pipe) throws(Stop) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, source.readEnd?.descriptor ?? -1, 0)
    posix_spawn_file_actions_adddup2(&actions, messages.writeEnd?.descriptor ?? -1, 1)
    posix_spawn_file_actions_adddup2(&actions, messages.writeEnd?.descriptor ?? -1, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var usual = sigset_t()
    sigemptyset(&usual)
    sigaddset(&usual, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &usual)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    let words = command.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let code = posix_spawnp(&child, command[0], &actions, &attributes, words, environ)
    guard code == 0 else { throw .system(.setup, "cannot start \(command[0])", code) }
    return child
  }

  /// Gives the program and takes what is said of it, each as it comes: neither has to wait for the other.
  private static func exchange(
    _ text: [UInt8], _ source: inout Pipe, _ messages: Pipe, _ name: String
  ) throws(Stop) -> [UInt8] {
    if let end = source.writeEnd { _ = fcntl(end.descriptor, F_SETFL, O_WRONLY | O_NONBLOCK) }
    var (written, said) = (0, [UInt8]())
    while true {
      if written == text.count { source.writeEnd = nil }
      var polls = [
        pollfd(fd: messages.readEnd?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: source.writeEnd?.descriptor ?? -1, events: Int16(POLLOUT), revents: 0),
      ]
      guard poll(&polls, 2, -1) >= 0 || errno == EINTR else {
        throw .system(.setup, "cannot wait for \(name)")
      }
      if polls[1].revents != 0, let end = source.writeEnd {
        let count = text.withUnsafeBytes {
          write(end.descriptor, $0.baseAddress! + written, $0.count - written)
        }
        if count > 0 {
          written += count
        } else if errno != EINTR, errno != EAGAIN {
          // It reads no more.
          source.writeEnd = nil
        }
      }
      if polls[0].revents != 0 {
        var chunk = [UInt8](repeating: 0, count: 1 << 14)
        let count = read(polls[0].fd, &chunk, chunk.count)
        if count == 0 { return said }
        guard count > 0 || errno == EINTR else { throw .system(.setup, "cannot read what \(name) says") }
        said += chunk[..<max(count, 0)]
      }
    }
  }
}

private struct Pipe {
  var readEnd: OpenFile?
  var writeEnd: OpenFile?

  init() throws(Stop) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw .system(.setup, "cannot make a pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (readEnd, writeEnd) = (OpenFile(ends[0]), OpenFile(ends[1]))
  }
}
