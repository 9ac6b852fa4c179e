internal import CPosix
internal import Glibc

/// Files of a draft that take their places in a folder that is there: all of them, or none. Each changes places with what lay there, so
/// none is ever missing or half; what stands in the way puts all back. Directories are gone into step by step, and a symbolic link to one
/// is in the way: nothing is written elsewhere.
struct Replacement: ~Copyable {
  private enum Step {
    /// What lay there is in the draft.
    case exchanged
    case placed
    case madeDirectory
  }

  private let draft: Int32
  private let target: Int32
  private let place: String
  private var steps: [(step: Step, path: String)] = []

  /// Both are paths of directories, which are not symbolic links.
  init(from draft: String, into target: String) throws(ScaffoldingError) {
    let from = try Self.open(draft)
    let into: Int32
    do throws(ScaffoldingError) { into = try Self.open(target) } catch {
      close(from)
      throw error
    }
    (self.draft, self.target, place) = (from, into, target)
  }

  deinit {
    close(draft)
    close(target)
  }

  /// Throws where something is in the way of one of the files.
  borrowing func inspect(_ files: [Project.File]) throws(ScaffoldingError) {
    for file in files {
      let (names, last) = Self.parts(file.path)
      guard let directory = try directory(names) else { continue }
      defer { close(directory) }
      if try Self.mode(last, in: directory) == S_IFDIR {
        throw inTheWay(file.path, "is a directory, and a file is to take its place")
      }
    }
  }

  /// Puts them in their places. Throws where one can not be, or where `isInterrupted`; then all is as it was.
  mutating func put(_ files: [Project.File], _ isInterrupted: () -> Bool) throws(ScaffoldingError) {
    do throws(ScaffoldingError) {
      for file in files {
        if isInterrupted() { throw .interrupted }
        try put(file)
      }
    } catch {
      let failures = undo()
      if failures.isEmpty { throw error }
      var error = error
      error.message += "; \(failures.joined(separator: ", ")) could not be put back"
      throw error
    }
  }

  private mutating func put(_ file: Project.File) throws(ScaffoldingError) {
    let (names, last) = Self.parts(file.path)
    let directory = try directoryMade(names)
    defer { close(directory) }
    let done = cpx_place(draft, file.path, directory, last)
    guard done >= 0 else { throw Directory.failure("\(place)/\(file.path) can not be replaced") }
    steps.append((done == 1 ? .exchanged : .placed, file.path))
    // Made since it was looked at.
    if done == 1, try Self.mode(file.path, in: draft) == S_IFDIR {
      throw inTheWay(file.path, "is a directory, and a file is to take its place")
    }
  }

  /// The paths that are not as they were.
  private mutating func undo() -> [String] {
    var failures: [String] = []
    while let (step, path) = steps.popLast() {
      if !isUndone(step, path) { failures.append(path) }
    }
    return failures
  }

  private borrowing func isUndone(_ step: Step, _ path: String) -> Bool {
    let (names, last) = Self.parts(path)
    let parent: Int32?
    do throws(ScaffoldingError) { parent = try directory(names) } catch { return false }
    guard let parent else { return false }
    defer { close(parent) }
    switch step {
    case .exchanged: return cpx_place(draft, path, parent, last) == 1
    case .placed: return renameat(parent, last, draft, path) == 0
    // Somebody may have put something there.
    case .madeDirectory: return unlinkat(parent, last, AT_REMOVEDIR) == 0 || errno == ENOTEMPTY
    }
  }

  // MARK: Directories

  /// Nil: one of them is missing.
  private borrowing func directory(_ names: [String]) throws(ScaffoldingError) -> Int32? {
    var here = try duplicate()
    for (index, name) in names.enumerated() {
      let next = openat(here, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      let code = errno
      close(here)
      if next < 0 {
        if code == ENOENT { return nil }
        throw obstacle(names[...index].joined(separator: "/"), code)
      }
      here = next
    }
    return here
  }

  /// With all that is missing.
  private mutating func directoryMade(_ names: [String]) throws(ScaffoldingError) -> Int32 {
    var here = try duplicate()
    for (index, name) in names.enumerated() {
      let path = names[...index].joined(separator: "/")
      if mkdirat(here, name, 0o777) == 0 { steps.append((.madeDirectory, path)) }
      let next = openat(here, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      let code = errno
      close(here)
      guard next >= 0 else { throw obstacle(path, code) }
      here = next
    }
    return here
  }

  private borrowing func duplicate() throws(ScaffoldingError) -> Int32 {
    let copy = fcntl(target, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw Directory.failure("\(place) can not be opened") }
    return copy
  }

  private borrowing func obstacle(_ path: String, _ code: Int32) -> ScaffoldingError {
    if code == ELOOP || code == ENOTDIR {
      return inTheWay(path, "is no directory of its own, such as a symbolic link or a file")
    }
    errno = code
    return Directory.failure("\(place)/\(path) can not be opened")
  }

  private borrowing func inTheWay(_ path: String, _ what: String) -> ScaffoldingError {
    ScaffoldingError(.obstructed, "\(place)/\(path) \(what)")
  }

  private static func open(_ path: String) throws(ScaffoldingError) -> Int32 {
    let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw Directory.failure("\(path) can not be opened") }
    return descriptor
  }

  private static func mode(_ path: String, in directory: Int32) throws(ScaffoldingError) -> mode_t {
    var status = stat()
    if fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) == 0 { return status.st_mode & S_IFMT }
    guard errno == ENOENT else { throw Directory.failure("\(path) can not be looked at") }
    return 0
  }

  private static func parts(_ path: String) -> (directories: [String], name: String) {
    var names = path.split(separator: "/").map(String.init)
    let last = names.popLast() ?? path
    return (names, last)
  }
}
