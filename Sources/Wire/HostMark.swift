internal import CPosix
internal import Glibc

/// What tells a host below another one whose end is its own. Each worker has it in its environment, and so has all that it starts.
package enum HostMark {
  /// Of the host's own variables the only one that workers have.
  package static let variable = "TASKHOST_HOST_PROCESS"

  /// NAME=value for the workers of this process; nil where the kernel does not tell.
  package static func ofThisProcess() -> String? {
    var text = [CChar](repeating: 0, count: Int(CPX_PROCESS_NAME_SIZE))
    guard cpx_process_name(getpid(), &text, text.count) == 0 else { return nil }
    let name = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return "\(variable)=\(name)"
  }
}
