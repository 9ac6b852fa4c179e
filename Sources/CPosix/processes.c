#define _GNU_SOURCE
#include "cposix.h"
#include "hot.h"
#include "rawcall.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int cpx_spawn(const char *path, char *const *argv, char *const *envp, const int *fds, int count, pid_t *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&actions);
  if (error) return error;
  error = posix_spawnattr_init(&attributes);
  if (error) {
    posix_spawn_file_actions_destroy(&actions);
    return error;
  }
  for (int i = 0; i < count && !error; i++) error = posix_spawn_file_actions_adddup2(&actions, fds[i], i);
  if (!error) error = posix_spawn_file_actions_addclosefrom_np(&actions, count);
  sigset_t blocked, all;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTSTP);
  sigfillset(&all);
  if (!error) error = posix_spawnattr_setsigmask(&attributes, &blocked);
  if (!error) error = posix_spawnattr_setsigdefault(&attributes, &all);
  if (!error) error = posix_spawnattr_setpgroup(&attributes, 0);
  if (!error) {
    error = posix_spawnattr_setflags(&attributes,
                                     POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  if (!error) error = posix_spawn(pid, path, &actions, &attributes, argv, envp);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

int cpx_die_with_parent(pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return -1;
  // The parent may have gone before the call above.
  return getppid() == parent ? 0 : -1;
}

pid_t cpx_thread_id(void) { return gettid(); }

void cpx_set_title(const char *title) { prctl(PR_SET_NAME, title); }

// The list of files in the C library, which a debugger knows, too.
extern FILE *_IO_list_all;

// As a rule there is nothing to be written. To find that out by fflush is dear in a process that was just forked: its code and
// its locks are in pages that nothing else has touched.
CPX_OF_WORKERS void cpx_flush_files(void) {
  bool may_have_some = !cpx_never_had_threads();
  for (FILE *file = _IO_list_all; file && !may_have_some; file = file->_chain)
    may_have_some = file->_mode > 0 || file->_IO_write_ptr > file->_IO_write_base;
  if (may_have_some) fflush(NULL);
}

CPX_OF_WORKERS void cpx_exit_now(int code) {
  cpx_raw(SYS_exit_group, code, 0, 0, 0, 0, 0);
  _exit(code);
}

static uint64_t nanoseconds(struct timeval t) {
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_usec * 1000u;
}

int cpx_reap(pid_t pid, cpx_exit *out) {
  int status;
  struct rusage usage;
  pid_t got;
  do got = wait4(pid, &status, WNOHANG, &usage);
  while (got < 0 && errno == EINTR);
  if (got < 0) return -1;
  if (got == 0) return 0;
  out->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  out->signal = WIFSIGNALED(status) ? WTERMSIG(status) : -1;
  out->core = WIFSIGNALED(status) && WCOREDUMP(status);
  out->peak_rss = (uint64_t)usage.ru_maxrss * 1024u;
  out->cpu_ns = nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
  return 1;
}

bool cpx_is_stopped(pid_t pid) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  return waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG) == 0 && info.si_pid == pid &&
         info.si_code == CLD_STOPPED;
}

static uint64_t clock_ns(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

CPX_OF_WORKERS void cpx_now_by_call(int times) { cpx_hot.clock_calls = times; }

// Without a system call, the clock is read by code and from pages that are mapped when they are touched: for a process that asks
// once or twice in its life the call is quicker.
CPX_OF_WORKERS uint64_t cpx_now(void) {
  if (cpx_hot.clock_calls > 0) {
    struct timespec t;
    cpx_hot.clock_calls--;
    if (cpx_raw(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&t, 0, 0, 0, 0) == 0)
      return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
  }
  return clock_ns(CLOCK_MONOTONIC);
}
uint64_t cpx_wall_clock(void) { return clock_ns(CLOCK_REALTIME); }
