internal import ArgumentParser

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

/// `--set` of the commands that look at one plugin.
struct KindSettingOptions: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "An option for the kind.", discussion: "May be given more than once.", valueName: "key=value"))
  var settings: [String] = []

  func parsed() throws(CommandFailure) -> [(key: String, value: String)] { try KindSetting.parse(settings) }
}
