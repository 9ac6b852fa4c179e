internal import CPosix
internal import Glibc
internal import Wire

extension ProcessLimits {
  /// The one that a fork server can not have itself; the others are inherited from it.
  func applyOpenFiles() -> String? {
    var limits = ProcessLimits()
    limits.openFiles = openFiles
    limits.keepsCores = true
    return limits.apply()
  }

  /// Applies them to this process, for good: to be called before anything of a plugin runs. Nil, or what was refused.
  func apply() -> String? {
    var limits = cpx_limits(
      memory: memory, open_files: openFiles, processes: processes, file_size: fileSize, keep_cores: keepsCores
    )
    var what: UnsafePointer<CChar>?
    let error = cpx_limits_apply(&limits, &what)
    guard error != 0 else { return nil }
    let name = what.map { String(cString: $0) } ?? "?"
    return "the limit of \(name) could not be set: \(String(cString: strerror(error)))"
  }
}
