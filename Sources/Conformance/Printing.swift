internal import CPosix
internal import Glibc

extension Check {
  /// What `body` writes to standard output and standard error, at most 64 KiB.
  static func printing(_ body: () throws(CheckEnd) -> Void) throws(CheckEnd) -> [UInt8] {
    let file = cpx_memfd("output", 0)
    guard file >= 0 else { throw .skipped("no memory for what is printed") }
    fflush(nil)
    let saved = [dup(1), dup(2)]
    dup2(file, 1)
    dup2(file, 2)
    defer {
      for (number, descriptor) in saved.enumerated() where descriptor >= 0 {
        dup2(descriptor, Int32(number + 1))
        close(descriptor)
      }
      close(file)
    }
    try body()
    fflush(nil)
    var bytes = [UInt8](repeating: 0, count: 64 << 10)
    let count = pread(file, &bytes, bytes.count, 0)
    return Array(bytes.prefix(max(count, 0)))
  }
}
