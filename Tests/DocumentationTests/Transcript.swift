import Foundation

/// What a page of the documentation promises: files to write (```` ```c file=NAME ````) and commands with what they print
/// (```` ```console ````), in order.
struct Transcript {
  enum Step {
    case file(name: String, text: String)
    case command(line: Int, text: String, output: [String])
  }

  var steps: [Step] = []

  init(_ text: String) {
    var fence: String?
    var block: [String] = []
    var start = 0
    for (index, line) in text.components(separatedBy: "\n").enumerated() {
      guard line.hasPrefix("```") else {
        block.append(line)
        continue
      }
      if let info = fence {
        add(block, info, start)
        fence = nil
      } else {
        fence = String(line.dropFirst(3))
        block = []
        start = index + 2
      }
    }
  }

  private mutating func add(_ block: [String], _ info: String, _ start: Int) {
    if let range = info.range(of: "file=") {
      steps.append(.file(name: String(info[range.upperBound...]), text: block.joined(separator: "\n") + "\n"))
      return
    }
    guard info == "console" else { return }
    var command: (line: Int, text: String, output: [String])?
    for (offset, line) in block.enumerated() {
      if line.hasPrefix("$ ") {
        if let command {
          steps.append(.command(line: command.line, text: command.text, output: command.output))
        }
        command = (start + offset, String(line.dropFirst(2)), [])
      } else {
        command?.output.append(line)
      }
    }
    if let command { steps.append(.command(line: command.line, text: command.text, output: command.output)) }
  }

  /// Times, sizes and the place of the checkout differ from run to run; the words and the counts must not.
  static func normalised(_ lines: [String]) -> [String] {
    lines.map { line in
      var line = line.replacing(/\[ *\d+\.\d+s\]/, with: "[#s]")
      line = line.replacing(/\b\d+(\.\d+)? ?(ms|s|M|K)\b/, with: "#")
      return line.replacing(#/ +$/#, with: "")
    }
    .filter { !$0.isEmpty }
    // Progress depends on the speed of the machine.
    .filter { $0.firstMatch(of: #/^ *Running /#) == nil }
  }
}
