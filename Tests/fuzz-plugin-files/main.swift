import Glibc
import PluginLoading

// fuzz-plugin-files --runs N [--seed S] FILE...
//
// Gives the reader of plugin files what no linker makes: N changed copies of the files, in this process, the same ones for the same
// seed. A trap of the reader ends it; the signal handler says which copy it was, and `--only I` makes that one again.

struct Command {
  var runs = 1_000_000
  var seed: UInt64 = 1
  /// The number of one copy, which is also written to standard output.
  var only: Int?
  var files: [String] = []

  init(_ arguments: ArraySlice<String>) {
    var arguments = arguments
    while let word = arguments.popFirst() {
      switch word {
      case "--runs": runs = Command.number(word, arguments.popFirst())
      case "--seed": seed = UInt64(Command.number(word, arguments.popFirst()))
      case "--only": only = Command.number(word, arguments.popFirst())
      default: files.append(word)
      }
    }
    if files.isEmpty { Command.end("expected files to begin with") }
  }

  private static func number(_ option: String, _ text: String?) -> Int {
    guard let text, let number = Int(text), number >= 0 else { end("\(option) is for a number") }
    return number
  }

  static func end(_ message: String) -> Never {
    put("fuzz-plugin-files: \(message)\n".utf8, to: 2)
    exit(2)
  }
}

func put(_ bytes: some Sequence<UInt8>, to descriptor: Int32) {
  var bytes = Array(bytes)[...]
  while !bytes.isEmpty {
    let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    guard count > 0 else { exit(110) }
    bytes = bytes.dropFirst(count)
  }
}

func contents(of path: String) -> [UInt8] {
  guard let file = fopen(path, "rb") else { Command.end("\(path) can not be read") }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = fread(&chunk, 1, chunk.count, file)
    if count == 0 { return bytes }
    bytes += chunk[..<count]
  }
}

/// Of the copy at hand, for the handler of a trap.
nonisolated(unsafe) var current = 0

func tellWhere(_ signal: Int32) {
  // Digits by hand: nothing here may allocate.
  var text = (0 as UInt64, 0 as UInt64, 0 as UInt64)
  withUnsafeMutableBytes(of: &text) { bytes in
    var place = bytes.count
    var rest = current
    repeat {
      place -= 1
      bytes[place] = UInt8(0x30 + rest % 10)
      rest /= 10
    } while rest > 0
    _ = write(2, "fuzz-plugin-files: a trap in copy ", 34)
    _ = write(2, bytes.baseAddress! + place, bytes.count - place)
    _ = write(2, "\n", 1)
  }
  Glibc.signal(signal, SIG_DFL)
  raise(signal)
}

let command = Command(CommandLine.arguments.dropFirst())
for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE] { signal_(signal) }

func signal_(_ number: Int32) { signal(number, tellWhere) }

var mutator = Mutator(seeds: command.files.map { Mutator.Seed(contents(of: $0)) }, seed: command.seed)
var tally = Tally()
for index in 0..<(command.only.map { $0 + 1 } ?? command.runs) {
  current = index
  let bytes = mutator.next()
  if let only = command.only {
    guard index == only else { continue }
    put(bytes, to: 1)
  }
  tally.count(bytes)
}
put((tally.text(seed: command.seed) + "\n").utf8, to: 2)
