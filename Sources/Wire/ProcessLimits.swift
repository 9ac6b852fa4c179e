/// What a worker must not go over, as far as the kernel looks after it. 0 = as it was when the host started.
package struct ProcessLimits: Equatable, Sendable, CustomStringConvertible {
  /// Private memory, beyond what the worker has before its plugin is loaded.
  package var memory: UInt64 = 0
  package var openFiles: UInt64 = 0
  /// Of the user, all processes and threads.
  package var processes: UInt64 = 0
  package var fileSize: UInt64 = 0
  /// Core dumps as they were; else none.
  package var keepsCores = false

  package init() {}

  package var description: String {
    "memory \(memory), open files \(openFiles), processes \(processes), file size \(fileSize), "
      + "core dumps \(keepsCores)"
  }

  func write(to out: inout PayloadWriter) {
    for number in [memory, openFiles, processes, fileSize, keepsCores ? 1 : 0] { out.put(number) }
  }

  init(_ reader: inout PayloadReader) throws(WireError) {
    memory = try reader.number()
    openFiles = try reader.number()
    processes = try reader.number()
    fileSize = try reader.number()
    keepsCores = try reader.number() != 0
  }
}
