/// What a hook may not do to its surroundings.
extension Check {
  static let isolationChecks: [Check] = []
}
