/// What a signature may ask for.
package enum Limits {
  package static let arguments = 64
  package static let structDepth = 8
  package static let structBytes = 4096
  package static let bufferBytes = 64 << 20
  /// Of a text that a function returns.
  package static let textBytes = 1 << 20
}

/// Functions that would take the worker away from its host, or let other code in. An alias of one of them counts as well:
/// where two names of a library have one address, and where a resolved address is that of one of these.
package enum DeniedSymbols {
  package static let names: Set<String> = [
    "exit", "_exit", "_Exit", "quick_exit", "abort", "atexit", "on_exit", "fork", "vfork", "_Fork", "clone",
    "clone3", "daemon", "execl", "execle", "execlp", "execv", "execve", "execvp", "execvpe", "execveat",
    "fexecve", "posix_spawn", "posix_spawnp", "dlopen", "dlmopen", "dlclose", "dlsym", "dlvsym", "system",
    "popen", "pthread_create", "pthread_exit", "pthread_kill", "pthread_cancel", "thrd_exit", "thrd_create",
    "longjmp", "_longjmp", "siglongjmp", "setjmp", "_setjmp", "__sigsetjmp", "setcontext", "swapcontext",
    "signal", "sigaction", "bsd_signal", "sysv_signal", "sigset", "sigaltstack", "sigprocmask",
    "pthread_sigmask", "setuid", "seteuid", "setreuid", "setresuid", "setgid", "setegid", "setregid",
    "setresgid", "setgroups", "initgroups", "setfsuid", "setfsgid", "syscall", "ptrace", "prctl",
    "process_vm_writev", "unshare", "setns", "chroot", "pivot_root", "reboot", "kill", "killpg", "tgkill",
    "raise",
  ]
}
