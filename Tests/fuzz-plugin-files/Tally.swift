import PluginLoading

/// What has come of the copies: a fuzzer that reaches nothing but the first check is worth nothing.
struct Tally {
  private var runs = 0
  private var whole = 0
  private var manifests = 0
  private var refusals: [LoadRule: Int] = [:]

  /// Reads one copy as a host would.
  mutating func count(_ bytes: [UInt8]) {
    runs += 1
    let contents = FileContents(bytes: bytes)
    switch contents.elf {
    case .success:
      whole += 1
      if case .success? = contents.manifest { manifests += 1 }
      // What is kept of it must come back as it was.
      precondition(contents.comesBack(), "a record that does not come back")
    case .failure(let error):
      precondition(!error.found.isEmpty && !error.expected.isEmpty, "a refusal without words")
      refusals[error.rule, default: 0] += 1
    }
  }

  func text(seed: UInt64) -> String {
    let rules = refusals.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.id) \($0.value)" }
    return
      "seed \(seed): \(runs) files, 0 traps; \(whole) read to their end, \(manifests) with a valid manifest; refused: "
      + rules.joined(separator: ", ")
  }
}
