internal import CPosix
internal import Glibc

extension CheckContext {
  /// Calls `body` again and again; what it keeps of memory and descriptors is a leak.
  mutating func cycles(_ what: String, _ body: () -> Void) throws(CheckEnd) -> Verdict {
    let times = 300
    // What is made once, at first use, is no leak.
    for _ in 0..<32 { body() }
    step("\(times) times \(what)")
    let descriptors = ProcessState.openDescriptors().count
    let heap = cpx_heap_used()
    for _ in 0..<times { body() }
    let grown = Int64(cpx_heap_used()) - Int64(heap)
    let opened = ProcessState.openDescriptors().count - descriptors
    if opened > 0 {
      throw .broken(
        "\(opened) more descriptors after \(times) times \(what)", expected: "none",
        cure: "Close them where the state is freed.")
    }
    // A block of the C library has at least 24 bytes.
    guard grown < Int64(times) * 16 else {
      throw .broken(
        "\(grown) more bytes after \(times) times \(what)", expected: "none",
        cure: "Free what was made; valgrind on a program that calls the hooks shows where.")
    }
    return .pass
  }
}
