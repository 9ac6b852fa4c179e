/// Equal requests have equal responses.
extension Check {
  static let determinismChecks: [Check] = []
}
