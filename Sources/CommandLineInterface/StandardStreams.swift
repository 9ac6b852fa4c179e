internal import CPosix
internal import Glibc
internal import TaskHost

/// The process's standard output, kept for data.
package enum StandardStreams {
  /// Moves standard output to a private descriptor and makes fd 1 a copy of standard error, so that whatever a
  /// plugin prints in the host cannot get between the data. To be called once, before any plugin is loaded.
  package static func takeOver() -> (data: DataOutput, text: DataOutput) {
    // A reader that goes away is an error of `write`, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    // A file that is larger than this process may write is an error, too.
    signal(SIGXFSZ, SIG_IGN)
    let hasOutput = fcntl(1, F_GETFD) >= 0
    // Descriptors 0 to 2 that are closed would be given to the next file that is opened.
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", O_RDWR)
    }
    let data = hasOutput ? fcntl(1, F_DUPFD_CLOEXEC, CPX_FIRST_FD) : -1
    dup2(2, 1)
    return (
      DataOutput(descriptor: data, name: "standard output"), DataOutput(descriptor: 2, name: "standard error")
    )
  }
}
