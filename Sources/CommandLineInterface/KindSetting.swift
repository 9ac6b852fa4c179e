/// What `--set` says.
enum KindSetting {
  static func parse(_ settings: [String]) throws(CommandFailure) -> [(key: String, value: String)] {
    var result: [(key: String, value: String)] = []
    for setting in settings {
      let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw OptionValue.wrong("--set", setting, expected: "key=value")
      }
      result.append((String(parts[0]), String(parts[1])))
    }
    return result
  }
}
