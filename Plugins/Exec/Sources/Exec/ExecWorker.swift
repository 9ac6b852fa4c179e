internal import CExec
internal import Commands
internal import Glibc
internal import TaskHostSDK

/// Starts one command at a time and hands on what it prints.
final class ExecWorker: TaskWorker {
  private let shell: UnsafeMutablePointer<CChar>?
  private let mayFailTrial: Bool
  let prints: Prints
  /// Where a command's name was found. A worker looks once for each.
  private var places: [[UInt8]: UnsafeMutablePointer<CChar>] = [:]
  private var words = Vector<UnsafeMutablePointer<CChar>?>()
  private var isPrepared = false
  /// What one read takes in; made at the first output.
  var buffer: UnsafeMutableRawBufferPointer?

  init(options: ExecOptions, prints: Prints) {
    shell = options.shell.map { strdup($0) }
    mayFailTrial = options.mayFailTrial
    self.prints = prints
  }

  deinit {
    buffer?.deallocate()
    free(shell)
    for place in places.values { free(place) }
  }

  func perform(request: Bytes, call: Call, response: Output) throws {
    guard let command = CommandBytes(request.buffer) else { throw ExecQueue.malformed }
    if !isPrepared {
      let error = exec_prepare()
      guard error == 0 else {
        throw KindError.internal("no empty input for commands: \(String(cString: strerror(error)))")
      }
      isPrepared = true
    }
    let ended = try run(command, call)
    if mayFailTrial, ended.end != .exited(0) { throw KindError(code: ended.failureCode, message: ended.how) }
    try ended.write(to: response)
  }

  private func run(_ command: CommandBytes, _ call: Call) throws(KindError) -> ExecResponse {
    let directory = lay(command)
    guard let name = words[0] ?? words[2] else { throw ExecQueue.malformed }
    if command.isShell {
      guard let shell else { throw ExecQueue.malformed }
      words[0] = shell
      return try start(shell, directory, call)
    }
    // A path is relative to where the command will run.
    if strchr(name, Int32(UInt8(ascii: "/"))) != nil { return try start(name, directory, call) }
    let key = Array(UnsafeRawBufferPointer(start: name, count: strlen(name)))
    if let place = places[key] { return try start(place, directory, call) }
    switch CommandLookup.find(key) {
    case .missing(let error): return ExecResponse(.notStarted(error))
    case .found(let path):
      if places.count >= Self.mostPlaces {
        for place in places.values { free(place) }
        places = [:]
      }
      guard let place = path.withUnsafeBytes({ strndup($0.baseAddress!, path.count) }) else {
        throw .noMemory("no memory for the path of a command")
      }
      places[key] = place
      return try start(place, directory, call)
    }
  }

  /// Points at the words where they lie, with room for a shell in front: of a command line, and of a script without "#!".
  private func lay(_ command: CommandBytes) -> UnsafePointer<CChar>? {
    words.removeAll()
    if command.isShell {
      words.append(nil)
      words.append(Self.dashC)
    }
    let texts = command.texts
    var directory: UnsafePointer<CChar>?
    var isFirst = command.hasDirectory
    var position = 0
    while position < texts.count {
      // The memory is lent for the length of the call, and nobody writes into it.
      let text = UnsafeMutablePointer(
        mutating: (texts.baseAddress! + position).assumingMemoryBound(to: CChar.self))
      if isFirst { directory = UnsafePointer(text) } else { words.append(text) }
      isFirst = false
      position += strlen(text) + 1
    }
    words.append(nil)
    return directory
  }

  private func start(
    _ path: UnsafePointer<CChar>, _ directory: UnsafePointer<CChar>?, _ call: Call
  ) throws(KindError) -> ExecResponse {
    var pipes = try CommandPipes()
    defer { pipes.close() }
    var command = exec_command(
      path: path, words: words.base, directory: directory, output: pipes.output[1], errors: pipes.errors[1])
    var pid: pid_t = -1
    var error = exec_start(&command, &pid)
    if error == ENOEXEC {
      // As shells and execvp do it: a script without an interpreter is one of sh.
      words[0] = UnsafeMutablePointer(mutating: path)
      words.prepend(Self.sh)
      command.path = UnsafePointer(Self.sh)
      command.words = UnsafePointer(words.base)
      error = exec_start(&command, &pid)
    }
    // There may be room for a process, or memory, in a moment.
    var pause: UInt32 = 10_000
    while error == EAGAIN || error == ENOMEM || error == ETXTBSY, pause <= 640_000, !call.isCancelled {
      usleep(pause)
      pause *= 2
      error = exec_start(&command, &pid)
    }
    switch error {
    case 0: return try attend(pid, &pipes, call)
    case E2BIG:
      throw .badInput("its arguments are too long for the system: \(Self.size(words)) bytes")
    case EAGAIN, ENOMEM, ETXTBSY:
      throw .retry("it could not be started: \(String(cString: strerror(error)))")
    default: return ExecResponse(.notStarted(error))
    }
  }

  private static func size(_ words: borrowing Vector<UnsafeMutablePointer<CChar>?>) -> Int {
    var size = 0
    for index in 0..<words.count { if let word = words[index] { size += strlen(word) + 1 } }
    return size
  }

  private static let mostPlaces = 1000
  // Never changed, and never freed.
  nonisolated(unsafe) private static let dashC = strdup("-c")
  nonisolated(unsafe) private static let sh = strdup("/bin/sh")
}

/// Memory with a fixed place while it does not grow, as `execve` wants it.
struct Vector<Element>: ~Copyable {
  private(set) var base = UnsafeMutablePointer<Element>.allocate(capacity: 16)
  private(set) var count = 0
  private var capacity = 16

  deinit { base.deallocate() }

  subscript(index: Int) -> Element {
    get { base[index] }
    set { base[index] = newValue }
  }

  mutating func removeAll() { count = 0 }

  mutating func append(_ element: Element) {
    if count == capacity {
      let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
      larger.moveInitialize(from: base, count: count)
      base.deallocate()
      base = larger
      capacity *= 2
    }
    (base + count).initialize(to: element)
    count += 1
  }

  mutating func prepend(_ element: Element) {
    append(element)
    for index in stride(from: count - 1, to: 0, by: -1) { base[index] = base[index - 1] }
    base[0] = element
  }
}
