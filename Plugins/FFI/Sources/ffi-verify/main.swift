internal import ForeignSignatures
internal import Glibc

do throws(Stop) {
  exit(try Verification(Array(CommandLine.arguments.dropFirst())).run())
} catch {
  let text = Array("error: \(error.message)\n".utf8)
  // There is nowhere else to say that it failed.
  _ = write(2, text, text.count)
  exit(error.code)
}
