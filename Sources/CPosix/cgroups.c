#define _GNU_SOURCE
#include "cposix_cgroups.h"

#include "cposix.h"
#include "hot.h"
#include "rawcall.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
  int members;
  const char *path;
  char *const *argv;
  char *const *envp;
  const int *fds;
  int count;
  volatile int error;
} start;

static _Noreturn __attribute__((noinline)) void give_up(start *s, int error) {
  s->error = error;
  _exit(127);
}

// In memory that is its parent's, with all signals blocked: nothing here may take a lock.
static _Noreturn __attribute__((noinline)) void become(start *s) {
  // First of all: whatever it is to be, it never was outside.
  if (write(s->members, "0", 1) != 1) give_up(s, -errno);
  if (setpgid(0, 0) != 0) give_up(s, errno);
  struct sigaction standard = {.sa_handler = SIG_DFL};
  for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
  for (int i = 0; i < s->count; i++)
    if (dup2(s->fds[i], i) != i) give_up(s, errno);
  if (close_range((unsigned)s->count, ~0u, 0) != 0) give_up(s, errno);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTSTP);
  sigprocmask(SIG_SETMASK, &blocked, NULL);
  execve(s->path, s->argv, s->envp);
  give_up(s, errno);
}

// By vfork, as posix_spawn of the C library can not do it before 2.39, and what has gone through exec may have forked already. A
// clone into the group with its own memory would copy the tables of the host's.
int cpx_spawn_into(int members, const char *path, char *const *argv, char *const *envp, const int *fds, int count,
                   pid_t *pid) {
  start s = {.members = members, .path = path, .argv = argv, .envp = envp, .fds = fds, .count = count};
  sigset_t all, before;
  sigfillset(&all);
  int error = pthread_sigmask(SIG_SETMASK, &all, &before);
  if (error) return error;
  pid_t made = vfork();
  if (made == 0) become(&s);
  error = made < 0 ? errno : s.error;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error && made > 0) {
    int status;
    while (waitpid(made, &status, 0) < 0 && errno == EINTR) {}
  }
  if (!error) *pid = made;
  return error;
}

// One that can not be where it belongs must not be at all.
CPX_OF_WORKERS static void enter(int group) {
  long members = cpx_raw(SYS_openat, group, (long)"cgroup.procs", O_WRONLY | O_CLOEXEC, 0, 0, 0);
  if (members < 0 || cpx_raw(SYS_write, members, (long)"0", 1, 0, 0, 0) != 1) cpx_exit_now(127);
  cpx_raw(SYS_close, members, 0, 0, 0, 0, 0);
}

pid_t cpx_fork_sibling_into(int group) {
  int *thread_number = NULL;
  if (prctl(PR_GET_TID_ADDRESS, &thread_number) != 0) return -1;
  struct clone_args order = {.flags = CLONE_PARENT | CLONE_INTO_CGROUP, .cgroup = (uint64_t)group};
  if (thread_number) {
    order.flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
    order.child_tid = (uint64_t)(uintptr_t)thread_number;
  }
  long pid = cpx_raw(SYS_clone3, (long)&order, sizeof order, 0, 0, 0, 0);
  if (pid == -ENOSYS || pid == -EPERM || pid == -EINVAL || pid == -1) {
    // A filter that does not know the call. To enter it later takes a lock of the whole system, and is as good.
    pid = cpx_fork_sibling();
    if (pid == 0) enter(group);
    if (pid < 0) return -1;
  }
  if (pid < 0) {
    errno = (int)-pid;
    return -1;
  }
  if (pid == 0) cpx_raw(SYS_close, group, 0, 0, 0, 0, 0);
  return (pid_t)pid;
}
