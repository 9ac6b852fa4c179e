internal import Glibc

/// Why nothing could be compared, or what was found could not be told.
struct Stop: Error {
  /// The exit codes of taskhost, as far as they are needed here.
  enum Code: Int32 {
    case same = 0
    case usage = 2
    case setup = 96
    case different = 100
    case badInput = 104
    case cannotWrite = 110
  }

  var code: Code
  var message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// With what the system says of it.
  static func system(_ code: Code, _ what: String, _ number: Int32 = errno) -> Stop {
    Stop(code, "\(what): \(String(cString: strerror(number)))")
  }
}
