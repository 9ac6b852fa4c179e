internal import CPosix
internal import Glibc

/// What belongs to the whole process, at one moment.
struct ProcessState {
  /// One thing that should not change, with what it was.
  struct Difference {
    var what: String
    var before: String
    var after: String

    var text: String { "\(what): \(after), before \(before)" }
  }

  private var threads = 0
  private var descriptors: [String: String] = [:]
  private var signals: [String: String] = [:]
  private var mask: [String: String] = [:]
  private var directory: [String: String] = [:]
  private var locale = ""
  private var limits: [String: String] = [:]
  private var variables: [String: String] = [:]
  private var rounding: [String: String] = [:]

  static func now() -> ProcessState {
    var state = ProcessState()
    state.threads = Int(cpx_thread_count())
    state.descriptors = openDescriptors()
    for signal in 1..<Int32(65) {
      var action = sigaction()
      guard sigaction(signal, nil, &action) == 0 else { continue }
      let handler = unsafeBitCast(action.__sigaction_handler, to: UInt.self)
      let name = cpx_signal_name(signal).map { "SIG\(String(cString: $0))" } ?? "signal \(signal)"
      let text =
        switch handler {
        case 0: "default"
        case 1: "ignored"
        default: "handler at 0x\(String(handler, radix: 16))"
        }
      state.signals[name] = text
    }
    var mask = sigset_t()
    pthread_sigmask(SIG_BLOCK, nil, &mask)
    for signal in 1..<Int32(65) where sigismember(&mask, signal) == 1 {
      state.mask[cpx_signal_name(signal).map { "SIG\(String(cString: $0))" } ?? "signal \(signal)"] =
        "blocked"
    }
    if let path = getcwd(nil, 0) {
      state.directory["current directory"] = String(cString: path)
      free(path)
    }
    let creation = umask(0)
    umask(creation)
    state.directory["umask"] = "0" + String(creation, radix: 8)
    state.locale = setlocale(LC_ALL, nil).map { String(cString: $0) } ?? ""
    for (name, resource) in resources {
      var limit = rlimit()
      guard getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else { continue }
      state.limits["RLIMIT_\(name)"] = "\(limit.rlim_cur) of \(limit.rlim_max)"
    }
    var entry = environ
    while let text = entry.pointee {
      let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      state.variables[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
      entry += 1
    }
    state.rounding["rounding"] = "mode \(fegetround())"
    #if arch(x86_64)
      var environment = fenv_t()
      fegetenv(&environment)
      // Without the six bits that say what has happened since.
      state.rounding["MXCSR"] = "0x" + String(environment.__mxcsr & ~0x3F, radix: 16)
    #endif
    return state
  }

  private static let resources: [(String, __rlimit_resource)] = [
    ("CPU", RLIMIT_CPU), ("FSIZE", RLIMIT_FSIZE), ("DATA", RLIMIT_DATA), ("STACK", RLIMIT_STACK),
    ("CORE", RLIMIT_CORE), ("NOFILE", RLIMIT_NOFILE), ("AS", RLIMIT_AS),
  ]

  /// Number and what it leads to.
  static func openDescriptors() -> [String: String] {
    var found: [String: String] = [:]
    guard let directory = opendir("/proc/self/fd") else { return found }
    defer { closedir(directory) }
    let own = dirfd(directory)
    while let item = readdir(directory) {
      let name = withUnsafeBytes(of: &item.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let number = Int32(name), number != own else { continue }
      var target = [UInt8](repeating: 0, count: 256)
      let length = readlink("/proc/self/fd/\(number)", &target, target.count)
      found["descriptor \(number)"] = String(decoding: target.prefix(max(length, 0)), as: UTF8.self)
    }
    return found
  }

  /// What of one kind differs between `before` and this.
  func differences(_ part: Part, since before: ProcessState) -> [Difference] {
    func compare(_ path: KeyPath<ProcessState, [String: String]>) -> [Difference] {
      let (old, new) = (before[keyPath: path], self[keyPath: path])
      return Set(old.keys).union(new.keys).sorted().compactMap { key in
        old[key] == new[key]
          ? nil : Difference(what: key, before: old[key] ?? "none", after: new[key] ?? "none")
      }
    }
    switch part {
    case .threads:
      return before.threads == threads
        ? [] : [Difference(what: "threads", before: "\(before.threads)", after: "\(threads)")]
    case .descriptors: return compare(\.descriptors)
    case .signals: return compare(\.signals) + compare(\.mask)
    case .directory: return compare(\.directory)
    case .locale:
      return before.locale == locale
        ? [] : [Difference(what: "locale", before: before.locale, after: locale)]
    case .limits: return compare(\.limits)
    case .variables: return compare(\.variables)
    case .rounding: return compare(\.rounding)
    }
  }

  enum Part { case threads, descriptors, signals, directory, locale, limits, variables, rounding }
}
