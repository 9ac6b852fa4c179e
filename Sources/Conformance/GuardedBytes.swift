internal import Glibc

let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

/// Memory with pages around it that nobody may touch, if it is strict: most checks are about something else, and let such mistakes
/// pass.
final class GuardedRegion {
  /// The pages in the middle.
  let start: UnsafeMutableRawPointer
  let size: Int
  private let isStrict: Bool
  private let mapping: UnsafeMutableRawPointer
  private let notebook: Notebook
  private var notes: [UInt32] = []

  /// `size` is rounded up to whole pages. Nil: there is no memory.
  init?(_ size: Int, isStrict: Bool, before: String, behind: String, _ notebook: Notebook) {
    let rounded = max(1, (size + pageSize - 1) / pageSize) * pageSize
    guard
      let mapping = mmap(
        nil, rounded + 2 * pageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      mapping != MAP_FAILED
    else { return nil }
    self.mapping = mapping
    self.notebook = notebook
    self.isStrict = isStrict
    self.size = rounded
    start = mapping + pageSize
    guard isStrict else { return }
    mprotect(mapping, pageSize, PROT_NONE)
    mprotect(start + rounded, pageSize, PROT_NONE)
    notes.append(notebook.guarding(UnsafeRawBufferPointer(start: mapping, count: pageSize), before))
    notes.append(notebook.guarding(UnsafeRawBufferPointer(start: start + rounded, count: pageSize), behind))
  }

  func makeReadOnly(_ name: String) {
    guard isStrict else { return }
    mprotect(start, size, PROT_READ)
    notes.append(notebook.guarding(UnsafeRawBufferPointer(start: start, count: size), name))
  }

  /// Nobody may touch it from here on. The address is not used again for `Graveyard.places` more regions.
  func bury(_ name: String) {
    guard isStrict else { return Graveyard.bury(self) }
    for note in notes { notebook.forget(note) }
    notes = [notebook.guarding(UnsafeRawBufferPointer(start: mapping, count: size + 2 * pageSize), name)]
    mprotect(mapping, size + 2 * pageSize, PROT_NONE)
    madvise(mapping, size + 2 * pageSize, MADV_DONTNEED)
    Graveyard.bury(self)
  }

  deinit {
    for note in notes { notebook.forget(note) }
    munmap(mapping, size + 2 * pageSize)
  }
}

/// Keeps the addresses of the last regions that are not to be used any more. For the main thread of a check's process.
private enum Graveyard {
  static let places = 24
  // Checks run on one thread.
  nonisolated(unsafe) private static var regions: [GuardedRegion] = []

  static func bury(_ region: GuardedRegion) {
    regions.append(region)
    if regions.count > places { regions.removeFirst() }
  }
}

/// An input as the header promises it, at a multiple of 8. A strict one is read-only, and behind its last bytes and the filling up to
/// the next multiple of 8, which is no NUL, there is a page that nobody may touch.
package final class GuardedInput {
  package let bytes: UnsafeRawBufferPointer
  private let region: GuardedRegion?
  private let name: String

  /// `name` is for messages: "the request".
  package init(_ content: [UInt8], _ name: String, isStrict: Bool, _ notebook: Notebook) {
    self.name = name
    let rounded = (content.count + 7) & ~7
    guard !content.isEmpty,
      let region = GuardedRegion(
        rounded, isStrict: isStrict, before: "the memory before \(name)", behind: "the memory behind \(name)",
        notebook)
    else {
      region = nil
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    self.region = region
    let start = region.start + (region.size - rounded)
    if isStrict { memset(region.start, 0xEE, region.size) }
    content.withUnsafeBytes { start.copyMemory(from: $0.baseAddress!, byteCount: content.count) }
    region.makeReadOnly("\(name), which is read-only,")
    bytes = UnsafeRawBufferPointer(start: start, count: content.count)
  }

  /// The call is over: the memory is not the plugin's any more.
  package func end() { region?.bury("\(name) of an earlier call, which had been lent for that call only,") }
}
