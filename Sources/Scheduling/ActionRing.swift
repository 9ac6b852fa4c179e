/// Actions that wait to be taken, in a ring that is used again and grows only when it must.
struct ActionRing {
  private(set) var count = 0
  private var head = 0
  private var storage = ContiguousArray<Action>(repeating: .drained, count: 64)

  @inline(__always)
  mutating func push(_ action: Action) {
    if count == storage.count { grow() }
    storage[(head + count) & (storage.count - 1)] = action
    count += 1
  }

  @inline(__always)
  mutating func pop() -> Action? {
    guard count > 0 else { return nil }
    let action = storage[head]
    head = (head + 1) & (storage.count - 1)
    count -= 1
    return action
  }

  private mutating func grow() {
    var larger = ContiguousArray<Action>()
    larger.reserveCapacity(storage.count * 2)
    for i in 0..<count { larger.append(storage[(head + i) & (storage.count - 1)]) }
    larger.append(contentsOf: repeatElement(.drained, count: storage.count * 2 - count))
    storage = larger
    head = 0
  }
}
