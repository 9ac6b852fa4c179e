internal import ArgumentParser
internal import Settings

/// What tasks, workers and the run are allowed.
struct LimitOptions: ParsableArguments {
  @Option(name: .customLong("soft-timeout"), parsing: .unconditional, help: .setting(.softTimeout))
  var softTimeout: String?

  @Option(parsing: .unconditional, help: .setting(.timeout))
  var timeout: String?

  @Option(parsing: .unconditional, help: .setting(.grace))
  var grace: String?

  @Option(name: .customLong("run-timeout"), parsing: .unconditional, help: .setting(.runTimeout))
  var runTimeout: String?

  @Option(name: .customLong("memory-limit"), parsing: .unconditional, help: .setting(.memoryLimit))
  var memoryLimit: String?

  @Option(name: .customLong("cpu-limit"), parsing: .unconditional, help: .setting(.cpuLimit))
  var cpuLimit: String?

  @Option(name: .customLong("output-limit"), parsing: .unconditional, help: .setting(.outputLimit))
  var outputLimit: String?

  @Option(name: .customLong("open-files"), parsing: .unconditional, help: .setting(.openFiles))
  var openFiles: String?

  @Option(parsing: .unconditional, help: .setting(.processes))
  var processes: String?

  @Option(name: .customLong("file-size"), parsing: .unconditional, help: .setting(.fileSize))
  var fileSize: String?

  @Flag(name: .customLong("core-dumps"), inversion: .prefixedNo, help: .setting(.coreDumps))
  var coreDumps: Bool?

  @Option(parsing: .unconditional, help: .setting(.cgroup))
  var cgroup: String?

  @Option(name: .customLong("recycle-tasks"), parsing: .unconditional, help: .setting(.recycleTasks))
  var recycleTasks: String?

  @Option(name: .customLong("recycle-after"), parsing: .unconditional, help: .setting(.recycleAfter))
  var recycleAfter: String?

  @Option(name: .customLong("recycle-memory"), parsing: .unconditional, help: .setting(.recycleMemory))
  var recycleMemory: String?

  var given: [(Setting, String?)] {
    [
      (.softTimeout, softTimeout), (.timeout, timeout), (.grace, grace), (.runTimeout, runTimeout),
      (.memoryLimit, memoryLimit), (.cpuLimit, cpuLimit), (.outputLimit, outputLimit),
      (.openFiles, openFiles), (.processes, processes), (.fileSize, fileSize),
      (.coreDumps, coreDumps.map { "\($0)" }), (.cgroup, cgroup), (.recycleTasks, recycleTasks),
      (.recycleAfter, recycleAfter), (.recycleMemory, recycleMemory),
    ]
  }
}

/// Which trials are followed by another one, and when a run gives up.
struct RetryOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: .setting(.retries))
  var retries: String?

  @Option(name: .customLong("retry-on"), parsing: .unconditional, help: .setting(.retryOn))
  var retryOn: String?

  @Option(name: .customLong("retry-delay"), parsing: .unconditional, help: .setting(.retryDelay))
  var retryDelay: String?

  @Option(name: .customLong("max-fail"), parsing: .unconditional, help: .setting(.maxFail))
  var maxFail: String?

  @Flag(inversion: .prefixedNo, help: .setting(.speculate))
  var speculate: Bool?

  @Option(
    name: .customLong("speculate-factor"), parsing: .unconditional, help: .setting(.speculateFactor))
  var speculateFactor: String?

  var given: [(Setting, String?)] {
    [
      (.retries, retries), (.retryOn, retryOn), (.retryDelay, retryDelay), (.maxFail, maxFail),
      (.speculate, speculate.map { "\($0)" }), (.speculateFactor, speculateFactor),
    ]
  }
}
