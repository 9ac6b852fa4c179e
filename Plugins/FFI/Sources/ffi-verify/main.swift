internal import Glibc

// A reader that goes away is an error of `write`.
signal(SIGPIPE, SIG_IGN)
// Descriptors 0 to 2 that are closed would be given to the next file that is opened.
for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) < 0 {
  // For the other direction, so that the use of it is an error as before.
  _ = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
}
do throws(Stop) {
  exit(try Verification(Array(CommandLine.arguments.dropFirst())).run().rawValue)
} catch {
  let text = Array("error: \(error.message)\n".utf8)
  // There is nowhere else to say that it failed.
  _ = write(2, text, text.count)
  exit(error.code.rawValue)
}
