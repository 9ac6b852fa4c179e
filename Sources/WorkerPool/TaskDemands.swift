internal import Hooks
internal import Scheduling

/// What tasks may demand while they are performed: so much of a resource, or to be alone.
struct TaskDemands {
  /// Names that nobody has given a number: each is there once. So many different ones can be told apart.
  private static let unnamed = 64

  private var indices: [String: Int]
  /// How much there is of each, for the scheduler.
  let capacities: [Int]
  private var next: Int
  private var known: [UInt32: Result<DemandID, DemandError>] = [:]

  init(_ resources: [(name: String, count: Int)]) {
    indices = [:]
    for (index, resource) in resources.enumerated() { indices[resource.name] = index }
    capacities = resources.map(\.count) + [Int](repeating: 1, count: Self.unnamed)
    next = resources.count
  }

  struct DemandError: Error {
    var message: String
  }

  /// The demand with this number of `texts`, parsed and declared once.
  mutating func find(
    _ number: UInt32, _ texts: DemandTexts, _ scheduler: inout Scheduler
  ) -> Result<DemandID, DemandError> {
    if let result = known[number] { return result }
    let result = declare(String(decoding: texts.text(number), as: UTF8.self), &scheduler)
    known[number] = result
    return result
  }

  private mutating func declare(
    _ text: String, _ scheduler: inout Scheduler
  ) -> Result<DemandID, DemandError> {
    var needs: [(resource: Int, count: Int)] = []
    var isExclusive = false
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      if part == "exclusive" {
        isExclusive = true
        continue
      }
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard !pair[0].isEmpty, let count = pair.count == 1 ? 1 : Int(pair[1]), count >= 1 else {
        return .failure(
          DemandError(
            message: "it demands \"\(text)\"; expected NAME=NUMBER, NAME or exclusive, separated by commas"))
      }
      let name = String(pair[0])
      guard let index = index(of: name) else {
        return .failure(
          DemandError(message: "it demands \(name): more than \(Self.unnamed) resources without --resource"))
      }
      guard count <= capacities[index] else {
        return .failure(
          DemandError(
            message: "it demands \(count) of \(name), and there is \(capacities[index]) (--resource)"))
      }
      needs.append((index, count))
    }
    guard let demand = scheduler.declare(demand: needs, exclusive: isExclusive) else {
      return .failure(DemandError(message: "it demands \"\(text)\", which is more than there is"))
    }
    return .success(demand)
  }

  private mutating func index(of name: String) -> Int? {
    if let index = indices[name] { return index }
    guard next < capacities.count else { return nil }
    indices[name] = next
    next += 1
    return next - 1
  }
}
