// Every setting, once. Options of the command line, variables, keys of files, `config show` and the documentation are made
// of this.
extension Setting {
  /// In the order in which they are shown.
  package static let all: [Setting] = [
    workers, standby, window, forkServer, maxFrame, startTimeout, handshakeTimeout, loadTimeout,
    launcher, launcherIO, pluginPath, locked,
    softTimeout, timeout, grace, runTimeout, memoryLimit, cpuLimit, outputLimit, openFiles, processes,
    fileSize, coreDumps, cgroup, recycleTasks, recycleAfter, recycleMemory,
    retries, retryOn, retryDelay, maxFail, speculate, speculateFactor, keepOrder,
    color, progress,
  ]

  package static func named(_ name: String, in table: Table) -> Setting? {
    all.first { $0.name == name && $0.table == table }
  }

  // MARK: Workers

  package static let mostWorkers: UInt64 = 4096
  package static let largestWindow: UInt64 = 256

  package static let workers = Setting(
    "workers", .count(1...mostWorkers, auto: true), default: .automatic, value: "N|auto",
    "How many worker processes, 1 or more.", details: "auto: as many as CPUs that this process may use.")

  package static let standby = Setting(
    "standby", .count(0...mostWorkers, auto: true), default: .automatic, value: "N|auto",
    "How many fresh workers are started ahead, for kinds that replace theirs.",
    details: "auto: as many as there are workers. 0: a successor starts when its predecessor has ended.")

  package static let window = Setting(
    "window", .count(1...largestWindow), default: .number(largestWindow), value: "N",
    "The most requests that one worker holds at a time; how many it does hold follows the speed of the kind.")

  package static let forkServer = Setting(
    "fork-server", .onOff, default: .truth(true), value: "true|false",
    "Fork fresh workers from a process that has loaded the plugin; without it each is executed.",
    details: "For plugins that can not bear a fork. Their workers start later and share no memory.")

  package static let maxFrame = Setting(
    "max-frame", .size(1...UInt64(Int32.max)), default: .number(100 << 20), value: "size",
    "The largest request or response, in bytes or with K, M or G.", travels: true)

  package static let startTimeout = Setting(
    "start-timeout", .duration, default: .number(30_000_000_000), value: "duration",
    "How long a worker may take to start: 500ms, 30s, 2m.")

  package static let handshakeTimeout = Setting(
    "handshake-timeout", .duration, default: .none, value: "duration",
    "How long a worker may take from its process to its first word, before anything of the plugin is loaded.",
    details: "With --launcher that is the time of the launcher. --start-timeout holds as well.")

  package static let loadTimeout = Setting(
    "load-timeout", .duration, default: .none, value: "duration",
    "How long it may take from there to load the plugin and to make its state.",
    details: "--start-timeout holds as well.")

  package static let launcher = Setting(
    "launcher", .command, default: .none, value: "command",
    "A command that starts the workers: it is put before theirs.",
    details: "Split into words as a shell does, without expansion. For example: nice -n 5.")

  package static let launcherIO = Setting(
    "launcher-io", .choice(["inherit", "stdio"]), default: .word("inherit"), value: "launcher-io",
    "What the launcher hands on.",
    details: """
      inherit: all descriptors, as a command that ends in exec does. stdio: standard input, output and error only, as a \
      remote shell does.
      """)

  package static let pluginPath = Setting(
    "plugin-path", .directories, default: .words([]), value: "directories",
    "Where plugins are looked for before the usual places.",
    details: "A relative directory in the file of a project is one of the project.", hasFlag: false)

  package static let locked = Setting(
    "locked", .onOff, default: .truth(false), value: "true|false",
    "Refuse a kind that is not the file that taskhost.lock pins; without it that is a warning.",
    details: "`taskhost plugin lock` writes that file.")

  // MARK: Limits

  package static let softTimeout = Setting(
    "soft-timeout", .duration, default: .none, value: "duration",
    "A task that takes longer is told to give up, and after the grace its worker gets SIGTERM.",
    details: "For tasks to which the kind gives no limit of their own, as with --timeout.")

  package static let timeout = Setting(
    "timeout", .duration, default: .none, value: "duration",
    "A task that takes longer is killed with its worker. Later than --soft-timeout.")

  package static let grace = Setting(
    "grace", .duration, default: .number(2_000_000_000), value: "duration",
    "From telling a task to give up to SIGTERM, and from there to SIGKILL.",
    details: "An idle worker that was told to end is killed after it; after 5s if nobody says what it is.")

  package static let runTimeout = Setting(
    "run-timeout", .duration, default: .none, value: "duration",
    "A run that takes longer is ended as by SIGINT, and exits with 100 or a graver code.")

  package static let memoryLimit = Setting(
    "memory-limit", .size(), default: .none, value: "size",
    "The memory of one worker, in bytes or with K, M or G.",
    details: "In a control group of its own, with all that it has started: see --cgroup.", travels: true)

  package static let cpuLimit = Setting(
    "cpu-limit", .duration, default: .none, value: "duration",
    "The processor time of one task, all threads together.")

  package static let outputLimit = Setting(
    "output-limit", .size(), default: .none, value: "size", "What one task may print.")

  package static let openFiles = Setting(
    "open-files", .count(16...SettingType.largestCount), default: .none, value: "N",
    "Open files of one worker, 16 or more.", travels: true)

  package static let processes = Setting(
    "processes", .count(1...SettingType.largestCount), default: .none, value: "N",
    "Processes and threads of this user, all together: a worker can start none above it. Nothing for root.",
    details: "In a control group of its own also those of one worker, for root as well: see --cgroup.",
    travels: true)

  package static let fileSize = Setting(
    "file-size", .size(), default: .none, value: "size", "The largest file that a worker may write.",
    travels: true)

  package static let coreDumps = Setting(
    "core-dumps", .onOff, default: .truth(false), value: "true|false",
    "Let workers that crash dump core, as far as the system does.", travels: true)

  package static let cgroup = Setting(
    "cgroup", .choice(["auto", "require", "off"]), default: .word("auto"), value: "cgroup",
    "Whether each worker is in a control group (version 2) with all that it starts.",
    details: """
      auto: where --memory-limit or --processes is given and this process may divide its own group (Delegate=yes of systemd); \
      else limits are kept as without them, and -v says why. require: it is an error if they can not be had.
      """)

  package static let recycleTasks = Setting(
    "recycle-tasks", .count(1...SettingType.largestCount), default: .none, value: "N",
    "Replace a worker when it has done so many tasks, a tenth more or less.")

  package static let recycleAfter = Setting(
    "recycle-after", .duration, default: .none, value: "duration",
    "Replace a worker that is older when it has done its task.")

  package static let recycleMemory = Setting(
    "recycle-memory", .size(), default: .none, value: "size",
    "Replace a worker that is larger when it has done its task.")

  // MARK: Retries

  package static let retries = Setting(
    "retries", .count(0...1_000_000), default: .none, value: "N",
    "How many more trials a task gets that went wrong in a way of --retry-on.",
    details:
      "Without it, only what the kind asks to be tried again is: up to 3 trials, and 3 deaths of workers.")

  package static let retryOn = Setting(
    "retry-on", .choices(["crash", "error", "timeout", "limit"]),
    default: .words(["crash", "error", "timeout"]), value: "list",
    "What --retries is for: crash, error, timeout, limit, separated by commas.")

  package static let retryDelay = Setting(
    "retry-delay", .duration, default: .none, value: "duration",
    "How long the first retry waits; each further one waits twice as long, a minute at most.")

  package static let maxFail = Setting(
    "max-fail", .failures, default: .none, value: "N[:now]",
    "After so many tasks that ended badly no further one is started.",
    details: "With :now those under way are cancelled, too.")

  package static let speculate = Setting(
    "speculate", .onOff, default: .truth(false), value: "true|false",
    "At the end of a run, give a task that takes much longer than others to a second worker as well.",
    details: "The first response counts. Only for kinds whose requests may be performed twice.")

  package static let speculateFactor = Setting(
    "speculate-factor", .decimal(1...1000), default: .decimal(2), value: "number",
    "How much longer: so many times what 95 of 100 trials took.")

  // MARK: Output

  package static let keepOrder = Setting(
    "keep-order", .onOff, default: .truth(false), value: "true|false",
    "What tasks print comes out in the order of the tasks.",
    details: "Without it, when each task has ended. Kept in a file below TMPDIR meanwhile.")

  // MARK: Display

  package static let color = Setting(
    "color", .choice(["auto", "always", "never"]), default: .word("auto"), in: .display,
    value: "color", "When to use colours.")

  package static let progress = Setting(
    "progress", .choice(["auto", "bar", "counter", "only", "none"]), default: .word("auto"), in: .display,
    value: "progress",
    """
    How to show progress. auto: a bar on a terminal, else lines. only: as auto, but without notes, warnings, logs and what \
    plugins print.
    """)
}
