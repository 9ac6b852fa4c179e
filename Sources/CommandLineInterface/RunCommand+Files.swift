internal import Glibc
internal import TaskHost

/// Files that a run reads and writes must be different ones, under whatever names.
extension RunCommand {
  func refuseOneFileForTwo() throws(CommandFailure) {
    let named = [
      ("--journal", records.journalFile), ("--joblog", records.jobLogFile), ("--trace", trace),
      ("--from", from.first == "-" ? nil : from.first),
    ]
    let files = named.compactMap { option, path in
      path.flatMap(FileIdentity.init).map { (option: option, path: path ?? "", identity: $0) }
    }
    for (index, file) in files.enumerated() {
      guard let other = files[..<index].first(where: { $0.identity == file.identity }) else { continue }
      throw .usage(
        "\(other.option) '\(other.path)' and \(file.option) '\(file.path)' are the same file; expected two",
        hint: "taskhost run --help")
    }
  }
}

/// What a path stands for: a file that is there, or the place of one that is not.
private enum FileIdentity: Equatable {
  case file(device: dev_t, inode: ino_t)
  case place(device: dev_t, directory: ino_t, name: String)

  /// Nil: it is nothing that could be spoilt, as a terminal, or nothing is known of it.
  init?(_ path: String) {
    var path = path
    // As many links as the system follows.
    for _ in 0..<40 {
      var found = stat()
      if stat(path, &found) == 0 {
        guard found.st_mode & S_IFMT == S_IFREG else { return nil }
        self = .file(device: found.st_dev, inode: found.st_ino)
        return
      }
      let end = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
      let (directory, name) = (path[..<end], path[end...])
      if lstat(path, &found) == 0, found.st_mode & S_IFMT == S_IFLNK {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &target, target.count)
        guard count > 0 else { return nil }
        let text = String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        path = text.hasPrefix("/") ? text : directory + text
        continue
      }
      guard !name.isEmpty, stat(directory.isEmpty ? "." : String(directory), &found) == 0 else { return nil }
      self = .place(device: found.st_dev, directory: found.st_ino, name: String(name))
      return
    }
    return nil
  }
}
