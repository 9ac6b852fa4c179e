internal import ForeignSignatures
internal import Glibc

/// Compares a file of signatures with the headers of the machine: `ffi-verify FILE --header H`.
struct Verification {
  private static let usage =
    "usage: ffi-verify FILE --header HEADER [--header HEADER]... [--cc COMPILER] [--cflag FLAG]... [--emit FILE.c]"

  private var file = ""
  private var headers: [String] = []
  private var compiler = "cc"
  private var flags: [String] = []
  private var emitted: String?
  private var showsUsage = false

  init(_ arguments: [String]) throws(Stop) {
    var rest = arguments[...]
    func value(_ option: String) throws(Stop) -> String {
      guard let value = rest.popFirst() else { throw Stop(.usage, "\(option) needs a value\n\(Self.usage)") }
      return value
    }
    while let word = rest.popFirst() {
      switch word {
      case "--header": headers.append(try value(word))
      case "--cc": compiler = try value(word)
      case "--cflag": flags.append(try value(word))
      case "--emit": emitted = try value(word)
      case "--help":
        showsUsage = true
        return
      case _ where word.hasPrefix("-") || !file.isEmpty:
        throw Stop(.usage, "unexpected '\(word)'\n\(Self.usage)")
      default: file = word
      }
    }
    if file.isEmpty || headers.isEmpty { throw Stop(.usage, Self.usage) }
    if let emitted, let taken = ([file] + headers).first(where: { Files.areSame(emitted, $0) }) {
      throw Stop(
        .usage, "--emit is '\(emitted)', which is the file '\(taken)' that is read; expected another file")
    }
  }

  func run() throws(Stop) -> Stop.Code {
    var report = Report()
    let code = try showsUsage ? usage(&report) : compare(&report)
    try report.flush()
    return code
  }

  private func usage(_ report: inout Report) -> Stop.Code {
    report.line(Self.usage)
    return .same
  }

  private func compare(_ report: inout Report) throws(Stop) -> Stop.Code {
    let bytes = try Files.signatures(file)
    let interface: Interface
    do throws(Problems) {
      interface = try Interface(reading: bytes)
    } catch let problems {
      for problem in problems.list { report.line(problem.text(of: file)) }
      return .badInput
    }
    let compiler = Compiler(compiler, flags, headers)
    let alone = try compiler.compile(HeaderCheck.preamble(headers))
    guard alone.isFine else {
      report.add(alone.said)
      try report.flush()
      throw Stop(.badInput, "the headers can not be compiled")
    }
    let check = HeaderCheck(interface, file: file, headers: headers) { compiler.tries($0) }
    let program = check.program()
    if let emitted { try Files.emit(program, to: emitted) }
    let whole = try compiler.compile(program)
    report.add(whole.said)
    var differences = whole.isFine ? 0 : 1
    for probe in check.probes() + check.memberProbes(exists: { compiler.tries($0) })
    where try compiler.accepts(probe.body) != probe.isExpected {
      // What does not compile at all has been told.
      if differences > 0, probe.isExpected { continue }
      report.line("\(file):\(probe.place.line):\(probe.place.column): \(probe.message)")
      differences += 1
    }
    guard differences == 0 else { return .different }
    let count = interface.entries.count
    report.line(
      "\(file): \(count == 1 ? "1 function is" : "\(count) functions are") as in \(headers.joined(separator: ", "))"
    )
    return .same
  }
}
