/// Puts findings, and what tasks print, into the order of the submission: those of a task, and of all that descend from it, come after those
/// of every task before it, whatever the workers did.
struct DiagnosticOrder {
  /// Who has reported it: a hook of the host, or a trial, which may turn out not to count.
  enum Source { case hook, trial, copy }

  /// What waits for its place.
  enum Content {
    case finding(DiagnosticReport)
    case printed(PrintedText)

    var severity: DiagnosticSeverity? {
      guard case .finding(let report) = self else { return nil }
      return report.severity
    }
  }

  private struct Entry {
    var path: FamilyPath
    var task: UInt64
    var source: Source
    var content: Content
  }

  /// Tasks of each family that have not ended; the family of task n of the submission is n.
  private var unfinished: [UInt32] = []
  private var waiting: [UInt32: [Entry]] = [:]
  /// All families before it are over, and have told all.
  private(set) var frontier = 0
  /// Only tasks that were added by hooks have one.
  private var paths: [UInt64: FamilyPath] = [:]
  private var children: [UInt64: UInt32] = [:]

  /// What the next family will be called.
  var nextRoot: UInt32 { UInt32(unfinished.count) }

  func isOver(_ root: UInt32) -> Bool { unfinished[Int(root)] == 0 }

  /// Nothing of it waits for its place.
  func hasToldAll(_ root: UInt32) -> Bool { waiting[root]?.isEmpty ?? true }

  mutating func addRoot() -> UInt32 {
    unfinished.append(1)
    return UInt32(unfinished.count - 1)
  }

  mutating func addChild(_ number: UInt64, of parent: UInt64, root: UInt32) {
    unfinished[Int(root)] += 1
    let place = children[parent, default: 0]
    children[parent] = place + 1
    paths[number] = (paths[parent] ?? FamilyPath()).child(at: place)
  }

  mutating func add(_ content: Content, of number: UInt64, root: UInt32, from source: Source) {
    waiting[root, default: []].append(
      Entry(path: paths[number] ?? FamilyPath(), task: number, source: source, content: content))
  }

  /// A new trial begins, or one of two does not count: what it has reported without coming to an end is forgotten. Returns it.
  mutating func forget(_ source: Source, of number: UInt64, root: UInt32) -> [DiagnosticSeverity] {
    guard let entries = waiting[root] else { return [] }
    let isForgotten = { (entry: Entry) in entry.task == number && entry.source == source }
    waiting[root] = entries.filter { !isForgotten($0) }
    return entries.filter(isForgotten).compactMap(\.content.severity)
  }

  /// The copy is the trial of its task from here on.
  mutating func takeOver(_ number: UInt64, root: UInt32) {
    guard var entries = waiting[root] else { return }
    for at in entries.indices where entries[at].task == number && entries[at].source == .copy {
      entries[at].source = .trial
    }
    waiting[root] = entries
  }

  /// The task has ended: gives what can be shown now.
  mutating func finish(_ number: UInt64, root: UInt32, deliver: (Content) -> Void) {
    unfinished[Int(root)] -= 1
    if !children.isEmpty { children[number] = nil }
    if !paths.isEmpty { paths[number] = nil }
    guard Int(root) == frontier else { return }
    while frontier < unfinished.count, unfinished[frontier] == 0 {
      release(UInt32(frontier), deliver)
      frontier += 1
    }
  }

  /// What is left when a run ends early, in order.
  mutating func flush(deliver: (Content) -> Void) {
    for root in waiting.keys.sorted() { release(root, deliver) }
  }

  private mutating func release(_ root: UInt32, _ deliver: (Content) -> Void) {
    guard !waiting.isEmpty, let entries = waiting.removeValue(forKey: root) else { return }
    // Stable by position, so that those of one task keep the order in which it reported them.
    let sorted = entries.enumerated().sorted { a, b in
      a.element.path == b.element.path
        ? a.offset < b.offset : a.element.path.precedes(b.element.path)
    }
    for entry in sorted { deliver(entry.element.content) }
  }
}
