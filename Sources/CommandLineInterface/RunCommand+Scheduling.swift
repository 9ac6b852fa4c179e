internal import ArgumentParser

/// What tasks share.
struct ResourceOptions: ParsableArguments {
  @Option(
    name: .customLong("resource"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "How much there is of something that tasks of the kind demand. May be repeated.",
      discussion: "What is not named here is there once.", valueName: "name=N"))
  var resources: [String] = []

  func parsedResources() throws(CommandFailure) -> [(name: String, count: Int)] {
    var result: [(name: String, count: Int)] = []
    for resource in resources {
      let pair = resource.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2, !pair[0].isEmpty, let count = Int(pair[1]), count >= 0, !pair[1].hasPrefix("+"),
        !pair[0].contains(",")
      else { throw OptionValue.wrong("--resource", resource, expected: "name=N, such as gpu=2") }
      guard pair[0] != "exclusive" else {
        throw .usage(
          "--resource is '\(resource)'; exclusive is what a task says that must be alone, and no resource",
          hint: "use another name, such as --resource lock=\(pair[1])")
      }
      guard !result.contains(where: { $0.name == pair[0] }) else {
        throw .usage("--resource \(pair[0]) is given twice", hint: "taskhost run --help")
      }
      result.append((String(pair[0]), count))
    }
    return result
  }
}
