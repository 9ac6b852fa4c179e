#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

// ---- limits of this process, for it and all that it starts. 0 = as it is; a stricter one that is there stays.
typedef struct cpx_limits {
  uint64_t memory;  // of private memory, beyond what there is already
  uint64_t open_files;
  uint64_t processes;  // of the user
  uint64_t file_size;
  bool keep_cores;  // else no core is dumped
} cpx_limits;
// 0, or an errno; `what` then names the limit that was refused.
int cpx_limits_apply(const cpx_limits *limits, const char *_Nullable *_Nonnull what);

// ---- what another process uses
uint64_t cpx_resident(pid_t pid);   // bytes; 0 = unknown
uint64_t cpx_cpu_time(pid_t pid);   // of all its threads, ns; 0 = unknown
uint64_t cpx_own_peak(void);        // of this process: the most bytes that were ever resident
// The kernel sends SIGXCPU when the process has used this much in all. 0, or -1 and errno.
int cpx_cpu_limit(pid_t pid, uint64_t seconds);

// ---- pausing: SIGTSTP sets a flag and wakes `wake_fd`
int cpx_pause_install(int wake_fd);
void cpx_pause_remove(void);
bool cpx_take_pause_flag(void);
bool cpx_is_pause_asked(void);
void cpx_ask_pause(void);
// Where the reactor does not come to it, as nobody reads what the host writes: stops the groups of the workers and this process, and lets
// them go on after it. For how long that was is to be taken later.
void cpx_pause_here(void);
bool cpx_has_paused(void);
uint64_t cpx_take_paused(uint64_t *_Nullable end);  // nanoseconds, and when the last pause was over
// Stops this process as SIGTSTP does by default; returns when it is continued.
void cpx_pause_self(void);
// From here on SIGTSTP does nothing to this process, also one that was sent while it was blocked.
void cpx_pause_ignore(void);

#pragma clang assume_nonnull end
