internal import Glibc

/// A system call that failed.
package struct SystemError: Error, Equatable {
  package var number: Int32
  package var call: String

  package init(_ number: Int32, _ call: String) {
    self.number = number
    self.call = call
  }

  package var message: String {
    "\(call): \(String(cString: strerror(number)))"
  }
}
