internal import Glibc

/// Finds libraries as the dynamic loader would, and what they define, without loading any.
package struct LibrarySearch {
  /// What is known of the libraries that a file names, and those that they name.
  struct Closure {
    /// All were found and could be read, so that a symbol that none defines is missing.
    var isComplete = true
    var missing: [String] = []
    var libraries: [String] = []
  }

  private struct Library {
    var needed: [String]
    var runPath: [String]
    /// The hashes of their names.
    var symbols: Set<UInt64>
  }

  private var libraries: [PathKey: Library?] = [:]
  private var cached: [String: [String]]?
  private var answers: [Question: Set<String>] = [:]
  private let environment: [String]

  private struct Question: Hashable {
    var libraries: [PathKey]
    var symbols: SymbolNames
  }

  private static let mostLibraries = 256

  /// `libraryPath` is LD_LIBRARY_PATH of the process that would load a plugin.
  package init(libraryPath: String = getenv("LD_LIBRARY_PATH").map { String(cString: $0) } ?? "") {
    environment = libraryPath.split(whereSeparator: { $0 == ":" || $0 == ";" }).map(String.init).filter {
      $0.hasPrefix("/")
    }
  }

  /// Files that name the same ones from the same place find the same ones.
  private struct Names: Hashable {
    var needed: [PathKey]
    var runPath: [PathKey]
    /// Empty where no name begins with that of the file.
    var origin: PathKey
  }

  private var closures: [Names: Closure] = [:]

  /// Follows the names in the file at `path`.
  mutating func closure(of elf: ELFFile, at path: String) -> Closure {
    let isOfPlace = (elf.needed + elf.runPath).contains { $0.hasPrefix("$") }
    let names = Names(
      needed: elf.needed.map(PathKey.init), runPath: elf.runPath.map(PathKey.init),
      origin: PathKey(isOfPlace ? parentDirectory(of: path) : ""))
    if let known = closures[names] { return known }
    let closure = follow(elf, at: path)
    closures[names] = closure
    return closure
  }

  private mutating func follow(_ elf: ELFFile, at path: String) -> Closure {
    var closure = Closure()
    var seen: Set<PathKey> = []
    var waiting = elf.needed.map { (name: $0, runPath: elf.runPath, path: path) }
    var next = 0
    while next < waiting.count, next < Self.mostLibraries {
      let (name, runPath, path) = waiting[next]
      next += 1
      guard seen.insert(PathKey(name)).inserted else { continue }
      guard let place = find(name, runPath, neededBy: path) else {
        closure.missing.append(name)
        closure.isComplete = false
        continue
      }
      guard let library = read(place) else {
        closure.isComplete = false
        continue
      }
      closure.libraries.append(place)
      waiting += library.needed.map { (name: $0, runPath: library.runPath, path: place) }
    }
    if next < waiting.count { closure.isComplete = false }
    return closure
  }

  /// The symbols of `names` that no library of `closure` defines.
  mutating func undefined(_ names: SymbolNames, in closure: Closure) -> Set<String> {
    let question = Question(libraries: closure.libraries.map(PathKey.init), symbols: names)
    if let answer = answers[question] { return answer }
    let tables = closure.libraries.compactMap { libraries[PathKey($0)]??.symbols }
    var result: Set<String> = []
    names.forEach { name, hash in
      if !tables.contains(where: { $0.contains(hash) }) {
        result.insert(String(decoding: name, as: UTF8.self))
      }
    }
    answers[question] = result
    return result
  }

  private mutating func read(_ path: String) -> Library? {
    if let known = libraries[PathKey(path)] { return known }
    var library: Library?
    do {
      let file = try PluginFile.open(path)
      let elf = try ELFFile(file, as: .library)
      library = Library(
        needed: elf.needed, runPath: elf.runPath,
        symbols: elf.definitions.hashes)
    } catch {
      // The closure says that not all is known.
    }
    libraries[PathKey(path)] = .some(library)
    return library
  }

  private mutating func find(_ name: String, _ runPath: [String], neededBy path: String) -> String? {
    func resolve(_ text: String) -> String {
      var text = text
      for origin in ["$ORIGIN", "${ORIGIN}"] where text.hasPrefix(origin) {
        text = parentDirectory(of: path) + text.dropFirst(origin.count)
      }
      return text
    }
    if name.contains("/") { return Self.isThere(resolve(name)) ? resolve(name) : nil }
    let early = environment + runPath.map(resolve).filter { $0.hasPrefix("/") }
    for directory in early where Self.isThere(directory + "/" + name) { return directory + "/" + name }
    let known = cached ?? LoaderCache.read()
    cached = known
    for place in known[name] ?? [] where Self.isThere(place) { return place }
    for directory in Self.standard where Self.isThere(directory + "/" + name) {
      return directory + "/" + name
    }
    return nil
  }

  private static func isThere(_ path: String) -> Bool { access(path, R_OK) == 0 }

  #if arch(arm64)
    private static let triplet = "aarch64-linux-gnu"
  #else
    private static let triplet = "x86_64-linux-gnu"
  #endif
  private static let standard = [
    "/lib/\(triplet)", "/usr/lib/\(triplet)", "/lib64", "/usr/lib64", "/lib", "/usr/lib",
  ]
}

/// `/etc/ld.so.cache`, in which the dynamic loader looks up names.
private enum LoaderCache {
  private static let magic = Array("glibc-ld.so.cache1.1".utf8)
  private static let largest: UInt64 = 16 << 20

  /// The places of each name; empty where there is no such file.
  static func read() -> [String: [String]] {
    do {
      let file = try PluginFile.open("/etc/ld.so.cache")
      let table = try ByteSource.descriptor(file.descriptor, size: file.stamp.size).read(
        0, file.stamp.size, limit: largest, rule: .libraries, "the loader's cache")
      return try places(table)
    } catch {
      return [:]
    }
  }

  private static func places(_ table: ByteTable) throws(ELFError) -> [String: [String]] {
    guard table.bytes.starts(with: magic) else { return [:] }
    let count: UInt32 = try table.require(20)
    var result: [String: [String]] = [:]
    for index in 0..<Int(min(count, 1 << 20)) {
      let entry = 48 + index * 24
      guard let name = table.text(UInt64(try table.require(entry + 4, as: UInt32.self))),
        let path = table.text(UInt64(try table.require(entry + 8, as: UInt32.self)))
      else { continue }
      result[String(decoding: name, as: UTF8.self), default: []].append(String(decoding: path, as: UTF8.self))
    }
    return result
  }
}
