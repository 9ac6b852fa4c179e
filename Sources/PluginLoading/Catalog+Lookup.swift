/// Why there is no kind to run.
package enum LookupError: Error, Sendable, CustomStringConvertible {
  /// No such kind; `near` are names that it may have been meant to be.
  case unknown(name: String, near: [String])
  /// Several kinds have this short name; their ids tell them apart.
  case ambiguous(name: String, ids: [String])
  /// The kind is there, but may not be loaded.
  case refused(Refusal)

  package var description: String {
    switch self {
    case .unknown(let name, let near) where near.isEmpty:
      "unknown kind \"\(name)\"; `taskhost plugin list` shows those that there are"
    case .unknown(let name, let near):
      "unknown kind \"\(name)\"; did you mean \(near.map { "\"\($0)\"" }.joined(separator: " or "))?"
    case .ambiguous(let name, let ids):
      "several kinds are called \"\(name)\": name one by its id (\(ids.joined(separator: ", ")))"
    case .refused(let refusal): refusal.description
    }
  }
}

extension Catalog {
  private static let mostSuggestions = 3

  /// Finds the kind with this id or short name.
  package func find(_ name: String) throws(LookupError) -> Entry {
    let refusals = refused.filter { $0.manifest?.id == name || $0.manifest?.name == name }
      .compactMap(\.errors.first)
    // A kind that comes twice at the first place is not looked for at the next one.
    if let twice = refusals.first(where: { $0.rule == .oneFilePerKind }) { throw .refused(twice) }
    let kinds = kinds
    if let entry = kinds.first(where: { $0.manifest.id == name }) { return entry }
    let named = kinds.filter { $0.manifest.name == name }
    if named.count > 1 { throw .ambiguous(name: name, ids: named.map(\.manifest.id)) }
    if let entry = named.first { return entry }
    if let refusal = refusals.first { throw .refused(refusal) }
    throw .unknown(name: name, near: near(name))
  }

  private func near(_ name: String) -> [String] {
    let names = Set(kinds.flatMap { [$0.manifest.name, $0.manifest.id] })
    let close = names.compactMap { candidate -> (name: String, distance: Int)? in
      let distance = editDistance(Array(name.utf8.prefix(128)), Array(candidate.utf8))
      return distance <= max(2, min(name.utf8.count, candidate.utf8.count) / 3) ? (candidate, distance) : nil
    }
    return close.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
      .prefix(Self.mostSuggestions).map(\.name)
  }
}

/// How many bytes must be inserted, removed or replaced to turn one into the other.
func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  var row = Array(0...right.count)
  for (index, byte) in left.enumerated() {
    var diagonal = row[0]
    row[0] = index + 1
    for place in right.indices {
      let replaced = diagonal + (byte == right[place] ? 0 : 1)
      diagonal = row[place + 1]
      row[place + 1] = min(replaced, diagonal + 1, row[place] + 1)
    }
  }
  return row[right.count]
}
