// One call for each item of a sequence: in order, as they come, or until one is what was looked for.

/// How a sequence is worked through.
public struct MappingOptions: Sendable {
  /// How many items may be under way or wait to be taken by the reader, 1 or more. The input is not read further ahead.
  public var window = 64
  /// How often the call of an item may be begun, 1 or more. More than once only for kinds that may be asked the same twice: it is sent
  /// again when its worker has died or was gone.
  public var tries = 1
  /// For each call.
  public var call = TaskOptions()

  /// The defaults.
  public init() {}
}

/// An item that came to no answer.
public struct ItemFailure: Error, Sendable, CustomStringConvertible {
  /// From 0, in the order of the input.
  public var index: Int
  /// A ``KindFailure``, an ``InfrastructureFailure``, or what the input threw.
  public var reason: any Error

  /// For people.
  public var description: String { "item \(index): \(reason)" }
}

extension WorkerPool {
  /// The answers to these requests, in their order. The first failure is thrown as an ``ItemFailure`` when its turn comes, and the
  /// rest is cancelled; so it is when the reader leaves its loop or is cancelled.
  public func map<Requests: AsyncSequence & Sendable>(
    _ requests: Requests, _ options: MappingOptions = MappingOptions()
  ) -> MappedAnswers<Requests> where Requests.Element == [UInt8] {
    MappedAnswers(pool: self, requests: requests, options: options, isOrdered: true)
  }

  /// The same for requests that are there already.
  public func map<Requests: Sequence & Sendable>(
    _ requests: Requests, _ options: MappingOptions = MappingOptions()
  ) -> MappedAnswers<AwaitedSequence<Requests>> where Requests.Element == [UInt8] {
    map(AwaitedSequence(base: requests), options)
  }

  /// The answers as they come, each with the place of its request. Else as `map`.
  public func mapUnordered<Requests: AsyncSequence & Sendable>(
    _ requests: Requests, _ options: MappingOptions = MappingOptions()
  ) -> MappedAnswers<Requests> where Requests.Element == [UInt8] {
    MappedAnswers(pool: self, requests: requests, options: options, isOrdered: false)
  }

  /// The same for requests that are there already.
  public func mapUnordered<Requests: Sequence & Sendable>(
    _ requests: Requests, _ options: MappingOptions = MappingOptions()
  ) -> MappedAnswers<AwaitedSequence<Requests>> where Requests.Element == [UInt8] {
    mapUnordered(AwaitedSequence(base: requests), options)
  }

  /// The first answer, in the order of the requests, of which `isMeant` holds; nil if there is none. What is behind it is cancelled.
  public func findFirst<Requests: Sequence & Sendable>(
    _ requests: Requests, _ options: MappingOptions = MappingOptions(),
    where isMeant: @Sendable ([UInt8]) throws -> Bool
  ) async throws -> MappedAnswer? where Requests.Element == [UInt8] {
    for try await answer in map(requests, options) where try isMeant(answer.bytes) { return answer }
    return nil
  }
}

/// One answer of many.
public struct MappedAnswer: Sendable, Hashable {
  /// From 0: which request it belongs to.
  public var index: Int
  /// What `perform` wrote.
  public var bytes: [UInt8]

  /// As it would come.
  public init(index: Int, bytes: [UInt8]) {
    self.index = index
    self.bytes = bytes
  }
}

/// The answers of `map` and `mapUnordered` of a ``WorkerPool``. Calls begin with the first answer that is asked for, anew for each iteration.
public struct MappedAnswers<Requests: AsyncSequence & Sendable>: AsyncSequence, Sendable
where Requests.Element == [UInt8] {
  /// Each comes once.
  public typealias Element = MappedAnswer

  let pool: WorkerPool
  let requests: Requests
  let options: MappingOptions
  let isOrdered: Bool

  /// Of one reader.
  public func makeAsyncIterator() -> Iterator {
    let flight = MappingFlight(window: options.window, tries: options.tries, isOrdered: isOrdered) {
      [pool, call = options.call] request in try await pool.call(request, call).get()
    }
    return Iterator(reader: MappingReader(flight), requests: requests)
  }

  /// What is under way ends with it.
  public struct Iterator: AsyncIteratorProtocol {
    private let reader: MappingReader<[UInt8]>
    private let requests: Requests

    init(reader: MappingReader<[UInt8]>, requests: Requests) {
      self.reader = reader
      self.requests = requests
    }

    /// Throws an ``ItemFailure``, or `CancellationError` if the reader is cancelled.
    public mutating func next() async throws -> MappedAnswer? {
      reader.flight.beginOnce(requests)
      return try await reader.flight.next()
    }
  }
}

/// A sequence whose elements are there without a wait.
public struct AwaitedSequence<Base: Sequence & Sendable>: AsyncSequence, Sendable {
  /// Those of the sequence.
  public typealias Element = Base.Element
  let base: Base

  /// In the same order.
  public func makeAsyncIterator() -> Iterator { Iterator(base: base.makeIterator()) }

  /// Never waits.
  public struct Iterator: AsyncIteratorProtocol {
    var base: Base.Iterator

    /// The next one.
    public mutating func next() async -> Base.Element? { base.next() }
  }
}
