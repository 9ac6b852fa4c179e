internal import ForeignSignatures
internal import Glibc

/// Why nothing could be compared.
struct Stop: Error {
  var message: String
  var code: Int32 = 2
}

/// Compares a file of signatures with the headers of the machine: `ffi-verify FILE --header H`.
struct Verification {
  private static let usage =
    "usage: ffi-verify FILE --header HEADER [--header HEADER]... [--cc COMPILER] [--cflag FLAG]... [--emit FILE.c]"

  private var file = ""
  private var headers: [String] = []
  private var compiler = "cc"
  private var flags: [String] = []
  private var emitted: String?

  init(_ arguments: [String]) throws(Stop) {
    var rest = arguments[...]
    func value(_ option: String) throws(Stop) -> String {
      guard let value = rest.popFirst() else { throw Stop(message: "\(option) needs a value\n\(Self.usage)") }
      return value
    }
    while let word = rest.popFirst() {
      switch word {
      case "--header": headers.append(try value(word))
      case "--cc": compiler = try value(word)
      case "--cflag": flags.append(try value(word))
      case "--emit": emitted = try value(word)
      case "--help":
        print(Self.usage)
        exit(0)
      case _ where word.hasPrefix("-") || !file.isEmpty:
        throw Stop(message: "unexpected '\(word)'\n\(Self.usage)")
      default: file = word
      }
    }
    if file.isEmpty || headers.isEmpty { throw Stop(message: Self.usage) }
  }

  /// The exit code: 0 all is the same, 1 something is not.
  func run() throws(Stop) -> Int32 {
    let bytes = try read(file)
    let interface: Interface
    do throws(Problems) {
      interface = try Interface(reading: bytes)
    } catch let problems {
      for problem in problems.list { print(problem.text(of: file)) }
      return 1
    }
    let compiler = try Compiler(compiler, flags, headers)
    defer { compiler.clean() }
    guard try compiler.accepts("") else {
      _ = try compiler.compile(HeaderCheck.preamble(headers), shows: true)
      throw Stop(message: "the headers can not be compiled")
    }
    let check = HeaderCheck(interface, file: file, headers: headers) { compiler.tries($0) }
    let program = check.program()
    if let emitted { try Compiler.write(program, to: emitted) }
    var differences = try compiler.compile(program, shows: true) ? 0 : 1
    for probe in check.probes() + check.memberProbes(exists: { compiler.tries($0) })
    where try compiler.accepts(probe.body) != probe.isExpected {
      // What does not compile at all has been told.
      if differences > 0, probe.isExpected { continue }
      print("\(file):\(probe.place.line):\(probe.place.column): \(probe.message)")
      differences += 1
    }
    if differences == 0 {
      let count = interface.entries.count
      print(
        "\(file): \(count == 1 ? "1 function is" : "\(count) functions are") as in \(headers.joined(separator: ", "))"
      )
    }
    return differences == 0 ? 0 : 1
  }

  private func read(_ path: String) throws(Stop) -> [UInt8] {
    func refused() -> Stop { Stop(message: "cannot read \(path): \(String(cString: strerror(errno)))") }
    guard let stream = fopen(path, "r") else { throw refused() }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&chunk, 1, chunk.count, stream)
      if count == 0 { break }
      bytes.append(contentsOf: chunk[..<count])
    }
    guard ferror(stream) == 0 else { throw refused() }
    return bytes
  }
}
