/// Each mistake with the check that is about it.
extension Corpus {
  static let staticDefects = [
    Defect("static", "UNKNOWN_FLAG_WORD", "manifest-words-known"),
    Defect("static", "NO_MANIFEST", "manifest-valid"),
    Defect("static", "OTHER_ABI", "abi-known"),
    Defect("static", "NO_ENTRY", "entry-exported"),
    Defect("static", "MORE_EXPORTS", "one-export"),
    Defect("static", "TEXT_RELOCATIONS", "no-text-relocations", flags: ["-Wl,-z,notext"]),
    Defect("static", "EXECUTABLE_STACK", "no-executable-stack", flags: ["-Wl,-z,execstack"]),
    Defect("static", "STATIC_TLS", "no-static-tls"),
    Defect("static", "RUN_PATH", "run-path-fixed", flags: ["-Wl,-rpath,lib"]),
    Defect("static", "AUDIT", "no-audit-libraries", flags: ["-Wl,--audit=audit.so"]),
    Defect("static", "MANY_INITIALIZERS", "few-initializers", "warn"),
    Defect("static", "DESTRUCTOR", "no-finalizers", "warn"),
  ]

  static let loadDefects = [
    Defect("load", "UNDEFINED_SYMBOL", "symbols-defined"),
    Defect("load", "REFUSES", "loads"),
    Defect("load", "RESERVED", "table-well-formed"),
    Defect("load", "OTHER_FLAGS", "table-matches-manifest"),
    Defect("load", "SLOW", "loads-quickly"),
    Defect("load", "THREAD", "load-starts-no-threads"),
    Defect("load", "OPENS", "load-opens-no-files"),
    Defect("load", "SIGNALS", "load-keeps-signals"),
    Defect("load", "UMASK", "load-keeps-directory"),
    Defect("load", "LOCALE", "load-keeps-locale"),
    Defect("load", "LIMITS", "load-keeps-limits"),
    Defect("load", "ENVIRONMENT", "load-keeps-environment"),
    Defect("load", "ROUNDING", "load-keeps-floating-point", flags: ["-lm"]),
    Defect("load", "PRINTS", "load-prints-nothing"),
    Defect("load", "CHANGING_TABLE", "entry-repeatable"),
    Defect("load", "ASKS", "entry-asks-nothing"),
    Defect("load", "READS_BEYOND", "short-host", "crash"),
    Defect("load", "EXACT_SIZE", "long-host"),
    Defect("load", "EXACT_MINOR", "newer-host"),
    Defect("load", "PREFIX_OF_ID", "unknown-extensions"),
    Defect("load", "CHANGING_EXTENSION", "extensions-repeatable"),
  ]

  static let hostDefects = [
    Defect("host", "SILENT_QUEUE", "queue-starts"),
    Defect("host", "LEAKS_QUEUE", "queue-cycles"),
    Defect("host", "GLOBAL_COUNTER", "queues-separate"),
    Defect("host", "BAD_VARIABLE", "environment-valid", also: ["workers-start": "fail"]),
    Defect("host", "EMPTY_WORD", "plan-any-number", "crash"),
    Defect("host", "SHARES_COUNT", "plan-shares-once"),
    Defect("host", "PINNED_PLAN", "items-valid"),
    Defect("host", "KEEPS_BASE", "host-outputs-moving", "crash"),
    Defect("host", "IGNORES_REFUSAL", "host-outputs-refused"),
    Defect(
      "host", "KEEPS_TASK", "host-inputs-borrowed", "crash",
      also: ["host-outputs-moving": "crash", "request-garbage": "crash", "competence-garbage": "crash"],
      // What has become of memory that is no longer its own is not the same each time.
      maySee: ["retried-after-kill", "workers-as-in-process", "forked-workers-alike"]),
    Defect(
      "host", "UNKNOWN_STATUS", "request-statuses", also: ["competence-garbage": "fail"],
      maySee: ["fresh-workers-alike", "two-workers-as-one"]),
    Defect("host", "FICKLE_MATCH", "match-steady", maySee: ["two-workers-as-one", "retried-after-kill"]),
    Defect("host", "SLOW_MATCH", "match-quick"),
    Defect("host", "OK_FOR_STAY", "response-statuses", also: ["response-garbage": "fail"]),
    Defect("host", "LARGE_COMPETENCE", "competence-small"),
    Defect("host", "FOREIGN_TASK", "new-tasks-usable"),
    Defect(
      "host", "GONE_NEEDS_TASK", "gone-any-cause", "crash",
      also: ["copy-and-replacement": "crash", "worker-heeds-sigterm": "crash"],
      maySee: ["kills-end-once", "retried-after-kill"]),
    Defect("host", "MARSHAL_NEEDS_TASK", "marshal-error-any", "crash"),
    Defect("host", "SPLITS_NOTHING", "splits-has-hook"),
    Defect("host", "TWO_LINES", "summary-line"),
    Defect("host", "READS_EMPTY_TASK", "request-garbage", "crash"),
    Defect("host", "READS_EMPTY_COMPETENCE", "competence-garbage", "crash"),
    Defect("host", "READS_EMPTY_RESPONSE", "response-garbage", "crash"),
    Defect("host", "READS_EMPTY_FEEDBACK", "feedback-garbage", "crash"),
    Defect("host", "READS_EMPTY_CALL", "call-garbage", "crash"),
  ]

  static let workerDefects = [
    Defect("worker", "SILENT_WORKER", "worker-starts", also: ["bare-host": "fail"]),
    Defect("worker", "NEEDS_PRINT", "bare-host", "crash"),
    Defect("worker", "LEAKS_WORKER", "worker-cycles"),
    Defect("worker", "REFUSES_EXAMPLE", "perform-examples"),
    Defect("worker", "SILENT_FAILURE", "perform-says-why", "warn"),
    Defect("worker", "BAD_DIAGNOSTIC", "diagnostics-valid"),
    Defect("worker", "STAYS_BROKEN", "perform-after-failure", also: ["same-after-failures": "fail"]),
    Defect("worker", "CUTS_RESPONSE", "perform-small-outputs"),
    Defect("worker", "KEEPS_BASE", "perform-output-moved", "crash", also: ["perform-small-outputs": "fail"]),
    // Its worker is spoilt, and may have been told to end before the signal comes.
    Defect("worker", "LEN_BEYOND_CAP", "perform-output-bounds", maySee: ["worker-heeds-sigterm"]),
    Defect(
      "worker", "WRITES_BEHIND_CAP", "perform-output-bounds", "crash",
      also: ["perform-output-moved": "crash"]),
    Defect("worker", "IGNORES_REFUSAL", "perform-output-refused"),
    Defect(
      "worker", "EXPECTS_NUL", "perform-input-bounds", "crash",
      also: ["perform-input-borrowed": "crash", "perform-garbage": "crash"]),
    Defect("worker", "KEEPS_REQUEST", "perform-input-borrowed", "crash"),
    Defect("worker", "LEAKS_REQUEST", "memory-steady"),
    Defect(
      "worker", "READS_EMPTY_REQUEST", "perform-garbage", "crash",
      also: ["perform-says-why": "crash", "same-after-failures": "crash"]),
    Defect("worker", "READS_EMPTY_SHARED", "shared-garbage", "crash"),
    Defect("worker", "READS_EMPTY_BROADCAST", "host-feedback-garbage", "crash"),
  ]
}
