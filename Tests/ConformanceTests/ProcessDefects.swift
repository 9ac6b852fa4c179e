/// Mistakes about what is around a hook, and those that only whole runs bring to light.
extension Corpus {
  static let isolationDefects = [
    Defect("isolation", "ENVIRONMENT", "keeps-environment"),
    Defect("isolation", "UMASK", "keeps-directory"),
    Defect("isolation", "SIGNALS", "keeps-signals"),
    Defect("isolation", "LOCALE", "keeps-locale"),
    Defect("isolation", "LIMITS", "keeps-limits"),
    Defect("isolation", "ROUNDING", "keeps-floating-point", flags: ["-lm"]),
    Defect("isolation", "OPENS", "no-descriptors-left"),
    Defect("isolation", "THREADS", "no-threads-left"),
    Defect("isolation", "LEAVES_PROCESS", "no-processes-left"),
    Defect("isolation", "ZOMBIE", "no-processes-left"),
    Defect("isolation", "TEMPORARY_FILE", "no-temporary-files-left", "warn"),
    Defect("isolation", "PRINTS", "prints-nothing", "warn"),
    Defect("isolation", "KEEPS_CALL", "call-not-kept"),
    Defect("isolation", "OTHER_THREAD", "call-not-kept"),
    Defect("isolation", "PROGRESS_GOES_BACK", "progress-monotone"),
    Defect("isolation", "ADOPTS_ONE_BUFFER", "adopted-memory-kept"),
    Defect("isolation", "IGNORES_ADOPT", "adopt-refused", also: ["memory-steady": "fail"]),
    Defect("isolation", "LONG_NAME", "names-pure"),
    Defect("isolation", "SLOW_WHEN_CANCELLED", "cancel-before-start"),
    Defect("isolation", "POLLS_TOO_LATE", "cancel-midway"),
    Defect("isolation", "BROKEN_BY_CANCEL", "cancel-harmless"),
    Defect("isolation", "DEADLINE_IS_DURATION", "deadline-far-away"),
    Defect("isolation", "UNKNOWN_WHEN_LATE", "deadline-passed"),
    Defect("isolation", "THREAD_LOCAL", "queue-on-any-thread"),
    Defect("isolation", "FORK_SAFE_THREAD", "fork-safe-no-threads"),
    Defect("isolation", "KNOWS_ITS_PROCESS", "fork-safe-state-works", also: ["forked-workers-alike": "fail"]),
    Defect("isolation", "SHARED_BY_COPIES", "fork-safe-copies-apart"),
    Defect("isolation", "NEEDS_QUEUE", "worker-without-queue", also: ["workers-as-in-process": "fail"]),
    Defect("isolation", "ONLY_ONE_WORKER", "worker-again"),
    Defect(
      "isolation", "ABORTS", "exceptions-stay-inside",
      also: [
        "perform-garbage": "crash", "perform-says-why": "crash", "perform-after-failure": "crash",
        "same-after-failures": "crash",
      ]),
    Defect("isolation", "SESSION_STATUS", "sessions-work"),
    Defect("isolation", "ONE_SESSION", "sessions-apart"),
    Defect("isolation", "TIRED", "same-again"),
    Defect("isolation", "REMEMBERS_FIRST", "same-after-others"),
    Defect("isolation", "SPOILT_BY_FAILURE", "same-after-failures"),
    Defect("isolation", "ADDRESS_IN_RESPONSE", "same-elsewhere"),
  ]

  static let processDefects = [
    Defect("processes", "OTHER_TABLE", "workers-start"),
    Defect("processes", "NOT_IN_WORKERS", "workers-as-in-process"),
    Defect("processes", "ONE_AT_A_TIME", "two-workers-as-one"),
    Defect("processes", "NEEDS_PREDECESSOR", "fresh-workers-alike", maySee: ["two-workers-as-one"]),
    Defect("processes", "BROKEN_BY_FORK", "forked-workers-alike"),
    Defect("processes", "NO_LOOK_AT_ROOM", "frames-at-limit"),
    Defect(
      "processes", "CRASHES_FOR_A_DEATH", "kills-end-once", "crash",
      also: ["copy-and-replacement": "crash", "worker-heeds-sigterm": "crash"], maySee: ["retried-after-kill"]
    ),
    Defect("processes", "LOCK_IN_RUN", "retried-after-kill"),
    Defect("processes", "LOCK_STAYS", "killed-halfway"),
    Defect("processes", "DEAF", "run-cancelled"),
    Defect(
      "processes", "CRASHES_AT_THE_END", "worker-ends-in-order",
      also: ["workers-as-in-process": "fail", "frames-at-limit": "fail", "kills-end-once": "fail"]),
    Defect("processes", "IGNORES_SIGTERM", "worker-heeds-sigterm"),
    Defect("processes", "OUTLIVES_ITS_HOST", "host-killed"),
    Defect("processes", "BOUND_TO_ITS_PLACE", "copy-and-replacement", "warn"),
  ]
}
