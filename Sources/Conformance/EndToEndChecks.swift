/// Whole runs with worker processes.
extension Check {
  static let endToEndChecks: [Check] = []
}
