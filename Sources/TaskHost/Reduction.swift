// All items of a sequence become one value. Accumulators stay in the workers, in sessions of a kind that has them: an item is a
// request of a session, and what closing gives is the accumulator.

/// How a sequence is reduced.
public struct ReductionOptions: Sendable {
  /// How many items go into one accumulator before it comes back, 1 or more. So many are kept until it has.
  public var batch = 256
  /// How many accumulators may be under way or wait to be combined, 1 or more.
  public var window = 8
  /// How often a batch may be begun, 1 or more: again, from its first item, when its worker has died.
  public var tries = 1
  /// Opens each session: an accumulator of nothing.
  public var open: [UInt8] = []
  /// For each request.
  public var call = TaskOptions()

  /// The defaults.
  public init() {}
}

extension WorkerPool {
  /// One value of all items, for a combination that is associative: items and accumulators keep their order. Nil: there were none.
  ///
  /// A worker may have several accumulators, whose items it performs one at a time: no item may wait for another one. Such items
  /// wait for ever, or until the limit in `options.call` ends them.
  ///
  /// `combine` gets two accumulators that lie side by side; it may ask the pool. Throws ``ItemFailure`` (its index is that of the batch),
  /// or what `combine` throws; what is under way is cancelled then.
  public func reduce<Items: Sequence & Sendable>(
    _ items: Items, _ options: ReductionOptions = ReductionOptions(),
    combine: @Sendable ([UInt8], [UInt8]) async throws -> [UInt8]
  ) async throws -> [UInt8]? where Items.Element == [UInt8] {
    try await reduce(items, options, isOrdered: true, combine)
  }

  /// The same for a combination that is also commutative: accumulators are combined as they come.
  public func reduceCommutative<Items: Sequence & Sendable>(
    _ items: Items, _ options: ReductionOptions = ReductionOptions(),
    combine: @Sendable ([UInt8], [UInt8]) async throws -> [UInt8]
  ) async throws -> [UInt8]? where Items.Element == [UInt8] {
    try await reduce(items, options, isOrdered: false, combine)
  }

  private func reduce<Items: Sequence & Sendable>(
    _ items: Items, _ options: ReductionOptions, isOrdered: Bool,
    _ combine: ([UInt8], [UInt8]) async throws -> [UInt8]
  ) async throws -> [UInt8]? where Items.Element == [UInt8] {
    let flight = MappingFlight(window: options.window, tries: options.tries, isOrdered: isOrdered) {
      [self] batch in try await accumulate(batch, options)
    }
    let reader = MappingReader(flight)
    reader.flight.beginOnce(AwaitedSequence(base: Batches(items: items, size: max(options.batch, 1))))
    var total: [UInt8]?
    while let next = try await reader.flight.next() {
      total = if let left = total { try await combine(left, next.bytes) } else { next.bytes }
    }
    return total
  }

  /// A failure leaves the session to itself: it closes.
  private func accumulate(_ batch: [[UInt8]], _ options: ReductionOptions) async throws -> [UInt8] {
    let session = try await session(open: options.open, options.call)
    for item in batch { _ = try await session.run(item, options.call).get() }
    return try await session.close(options.call).get()
  }
}

/// So many elements at a time.
struct Batches<Base: Sequence & Sendable>: Sequence, Sendable {
  let items: Base
  let size: Int

  func makeIterator() -> Iterator { Iterator(items: items.makeIterator(), size: size) }

  struct Iterator: IteratorProtocol {
    var items: Base.Iterator
    let size: Int

    mutating func next() -> [Base.Element]? {
      var batch: [Base.Element] = []
      while batch.count < size, let item = items.next() { batch.append(item) }
      return batch.isEmpty ? nil : batch
    }
  }
}
