internal import Glibc

/// Growable memory for plain values. It is never zeroed or reference counted, and may be read a little past its end,
/// so that symbols can be copied and compared in whole blocks.
struct Buffer<Element: BitwiseCopyable> {
  private(set) var base: UnsafeMutablePointer<Element>
  private(set) var count = 0
  private var capacity: Int

  init(capacity: Int) {
    self.capacity = max(capacity, 16)
    base = Pages.allocate(bytes: self.capacity * MemoryLayout<Element>.stride)
      .assumingMemoryBound(to: Element.self)
  }

  func deallocate() {
    Pages.deallocate(UnsafeMutableRawPointer(base), bytes: capacity * MemoryLayout<Element>.stride)
  }

  subscript(_ index: Int) -> Element {
    @inline(__always) get { base[index] }
    @inline(__always) nonmutating set { base[index] = newValue }
  }

  @inline(__always)
  mutating func append(_ element: Element) {
    if count == capacity { grow(to: count + 1) }
    base[count] = element
    count &+= 1
  }

  mutating func append(repeating element: Element, count more: Int) {
    if count + more > capacity { grow(to: count + more) }
    (base + count).update(repeating: element, count: more)
    count += more
  }

  @inline(__always)
  mutating func truncate(to newCount: Int) { count = newCount }

  @inline(never)
  private mutating func grow(to needed: Int) {
    let newCapacity = max(needed, capacity * 2)
    let stride = MemoryLayout<Element>.stride
    let moved = Pages.allocate(bytes: newCapacity * stride).assumingMemoryBound(to: Element.self)
    memcpy(moved, base, count * stride)
    deallocate()
    base = moved
    capacity = newCapacity
  }
}

/// Where the memory of a database comes from: huge pages when it is large, because a fork copies the page table of
/// small ones entry by entry, and because each first touch of a small one costs a fault.
enum Pages {
  static let slack = 64
  private static let huge = 2 << 20

  static func allocate(bytes: Int) -> UnsafeMutableRawPointer {
    guard bytes >= huge / 2 else {
      guard let memory = malloc(bytes + slack) else { outOfMemory(bytes) }
      return memory
    }
    let size = roundedUp(bytes)
    guard let memory = reserve(size + huge) else { outOfMemory(size) }
    let skip = (huge - Int(bitPattern: memory) % huge) % huge
    if skip > 0 { munmap(memory, skip) }
    let aligned = memory + skip
    munmap(aligned + size, huge - skip)
    // Advice only: without huge pages everything still works.
    _ = madvise(aligned, size, MADV_HUGEPAGE)
    return aligned
  }

  static func deallocate(_ memory: UnsafeMutableRawPointer, bytes: Int) {
    if bytes >= huge / 2 { munmap(memory, roundedUp(bytes)) } else { free(memory) }
  }

  /// Address space that costs nothing until it is touched; nil when there is none.
  static func reserve(_ bytes: Int) -> UnsafeMutableRawPointer? {
    let memory = mmap(
      nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    return memory == MAP_FAILED ? nil : memory
  }

  private static func roundedUp(_ bytes: Int) -> Int { (bytes + slack + huge - 1) / huge * huge }

  private static func outOfMemory(_ bytes: Int) -> Never {
    preconditionFailure("no memory for \(bytes) bytes")
  }
}
