// What the host needs of Linux and cannot import from Glibc: system calls without a wrapper in the module map,
// atomic access to shared pages, and the few things that must run inside a signal handler.
#ifndef CPOSIX_H
#define CPOSIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/single_threaded.h>
#include <sys/types.h>

#include "cposix_attention.h"
#include "cposix_cgroups.h"
#include "cposix_cpus.h"
#include "cposix_transfer.h"
#include "cposix_dying.h"
#include "cposix_forking.h"
#include "cposix_jobserver.h"
#include "cposix_lanes.h"
#include "cposix_limits.h"
#include "cposix_nesting.h"
#include "cposix_notebook.h"
#include "cposix_places.h"
#include "cposix_plugin.h"
#include "cposix_probes.h"
#include "cposix_relay.h"
#include "cposix_title.h"
#include "cposix_watch.h"
#include "cposix_writing.h"

#pragma clang assume_nonnull begin

// ---- descriptors: each is close-on-exec and at least CPX_FIRST_FD, so that it never stands where a spawned
// process expects one of its own. All return -1 with errno set on failure.
#define CPX_FIRST_FD 16
int cpx_pipe(int fds[_Nonnull 2]);
int cpx_memfd(const char *name, size_t size);
int cpx_seal_for_reader(int fd);  // no new writable mapping, no change of size
int cpx_seal_size(int fd);        // no change of size
int cpx_unnamed_file(const char *directory);  // in this directory, without a name
int cpx_give_back(int fd, uint64_t at, uint64_t count);  // the room of these bytes
int cpx_eventfd(void);
void cpx_ring(int eventfd);
int cpx_pidfd(pid_t pid);
int cpx_open_of(pid_t pid, int fd);  // what another process has open, anew and for reading
int cpx_null(void);
int cpx_open_path(const char *path);  // only to be executed
int cpx_take(int fd);     // the same, but out of the way of a plugin: at 200, or 32 where few are allowed
int cpx_move_up(int fd);  // the same description at CPX_FIRST_FD or above, close-on-exec; the old one is closed
int cpx_set_nonblocking(int fd);  // of one that has no other flags
void cpx_pipe_size(int fd, int bytes);  // as far as the kernel allows

// ---- readiness
typedef struct cpx_ready {
  uint64_t token;
} cpx_ready;
int cpx_epoll(void);
int cpx_epoll_add(int epoll, int fd, bool for_writing, uint64_t token);
// A counter that many wait for and nobody reads: each change of it is told once to each.
int cpx_epoll_add_shared(int epoll, int eventfd, uint64_t token);
void cpx_epoll_remove(int epoll, int fd);
// At most 128 at a time; -1 = wait for ever.
int cpx_epoll_wait(int epoll, cpx_ready *ready, int capacity, int milliseconds);

// ---- processes
// Starts `path`; descriptor fds[i] becomes number i there, everything from `count` on is closed. Own process group,
// default signals, nothing blocked but SIGTSTP: one that comes before the process has its own group would stop it where
// nobody continues it, with the caller waiting for it. Returns 0 or an errno.
int cpx_spawn(const char *path, char *_Nullable const *_Nonnull argv, char *_Nullable const *_Nonnull envp,
              const int *fds, int count, pid_t *pid);
int cpx_die_with_parent(pid_t parent);  // 0, or -1 when that parent is gone already
void cpx_set_title(const char *title);
typedef struct cpx_exit {
  int code;    // -1 if by signal
  int signal;  // -1 if by exit
  bool core;
  uint64_t peak_rss;  // bytes
  uint64_t cpu_ns;
} cpx_exit;
int cpx_reap(pid_t pid, cpx_exit *out);  // 1 reaped, 0 still running, -1 error
bool cpx_is_stopped(pid_t pid);
pid_t cpx_thread_id(void);  // of the calling thread
// As far as the C library knows, which is not told of threads that are made without it.
static inline bool cpx_never_had_threads(void) { return __libc_single_threaded; }
_Noreturn void cpx_exit_now(int code);  // _exit, without the C library
void cpx_flush_files(void);  // fflush of all files of the C library

// ---- time
uint64_t cpx_now(void);        // CLOCK_MONOTONIC, ns
void cpx_now_by_call(int times);  // so many times the kernel is asked: for a process that has never asked for the time
uint64_t cpx_wall_clock(void); // CLOCK_REALTIME, ns

// ---- words in pages that two processes share
static inline uint64_t cpx_load(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
static inline void cpx_store(uint64_t *word, uint64_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }

// ---- the thread sanitizer does not see into the locks of the Swift library: it is told here. Else nothing. Swift does not tell
// headers that it sanitizes, so Scripts/sanitize defines CPX_TSAN.
#ifdef CPX_TSAN
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#endif
static inline void cpx_locked(void *value) {
#ifdef CPX_TSAN
  __tsan_acquire(value);
#else
  (void)value;
#endif
}
static inline void cpx_unlocking(void *value) {
#ifdef CPX_TSAN
  __tsan_release(value);
#else
  (void)value;
#endif
}

// ---- signals of the host
// Counts SIGINT, SIGTERM and SIGHUP in the handler and wakes `wake_fd`; the second one kills all worker groups and the
// process, even if the reactor is stuck. SIGPIPE and SIGXFSZ are ignored.
int cpx_signals_install(int wake_fd);
// After that: a child that is stopped wakes too, and the first that ends.
int cpx_children_install(void);
void cpx_signals_remove(void);
void cpx_wake(void);  // rings wake_fd
int cpx_signal_count(void);
int cpx_first_signal(void);
// The first signal is being seen to; until then it is unattended (0 = there is none).
void cpx_attend_signal(void);
int cpx_unattended_signal(void);
bool cpx_take_child_flag(void);
// Since it was forgotten: the next end wakes again.
bool cpx_child_has_ended(void);
void cpx_forget_ended(void);
// The group in `place` is to be killed by the second signal; 0 = none.
void cpx_group_set(uint32_t place, pid_t group);
#define CPX_MAX_GROUPS 12289
// Behind those of the workers.
#define CPX_FORK_SERVER_GROUP 12288
void cpx_signal_groups(int number);
void cpx_kill_groups(void);  // all that were set; safe in a handler
// While a request is performed in this process, the first signal stores `id` into `word`; NULL ends it.
void cpx_cancel_on_signal(uint64_t *_Nullable word, uint64_t id);
bool cpx_is_performing(void);
// Ends this process by `signal`, with its default action.
void cpx_die_by(int signal);
const char *_Nullable cpx_signal_name(int signal);  // "KILL"; NULL for an unknown one

// ---- the watchdog of hooks: says on fd 2 which hook has held up the host for more than a second, or holds up the end that
// the first signal has asked for
int cpx_watchdog_install(const char *kind);
void cpx_watchdog_remove(void);
void cpx_watchdog_wake(void);  // the reactor works: look once a second
void cpx_watchdog_idle(void);  // it is about to sleep
void cpx_watchdog_hurry(void); // a signal has come: look in a fifth of a second; safe in a handler
extern const char *_Nullable volatile cpx_hook_name;
extern volatile uint64_t cpx_hook_turn;
static inline void cpx_hook_enter(const char *name) { cpx_hook_turn++; cpx_hook_name = name; }
static inline void cpx_hook_leave(void) { cpx_hook_name = NULL; }

#pragma clang assume_nonnull end

#endif
