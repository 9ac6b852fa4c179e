internal import CPosix
internal import Glibc
internal import Wire

/// A file of a worker in which lies what a task has printed: the host has it open, too.
final class PrintedFile {
  /// Counts those that are open.
  final class Register {
    /// A process may have 1024 descriptors as a rule. What comes beyond that is copied.
    static let most = 128
    fileprivate(set) var count = 0
    var isFull: Bool { count >= Self.most }
  }

  let descriptor: Int32
  let device: UInt64
  let inode: UInt64
  private let register: Register

  /// Opens the descriptor of a process again. Nil if that is not to be had, or is another file than it says: with a program
  /// around the worker the process is another one.
  init?(_ message: PrintedFileMessage, of pid: pid_t, _ register: Register) {
    descriptor = cpx_open_of(pid, message.descriptor)
    device = message.device
    inode = message.inode
    self.register = register
    register.count += 1
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      UInt64(status.st_dev) == device, UInt64(status.st_ino) == inode
    else { return nil }
  }

  deinit {
    register.count -= 1
    if descriptor >= 0 { close(descriptor) }
  }

  func isThat(of message: PrintedFileMessage) -> Bool {
    device == message.device && inode == message.inode
  }
}

/// What has been printed, where it lies.
package struct PrintedRange {
  package var task: UInt64
  /// 1 or 2.
  package var stream: Int32
  package var descriptor: Int32
  package var offset: Int
  package var count: Int
}
