#define _GNU_SOURCE
#include "CExec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Signals that a worker takes in its own way, and a command must not. */
static int own[64];
static int own_count;

/* In a worker descriptor 0 is /dev/null already; within a host it is whatever the user has. */
static int null_input = -1;

/* A worker ignores these for itself; what else is ignored comes from whoever has started the run, and is passed on. */
static bool is_ignored_by_workers(int number) {
  return number == SIGINT || number == SIGPIPE || number == SIGTSTP;
}

static bool has_null_input(void) {
  struct stat status;
  return fstat(0, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
}

int exec_prepare(void) {
  if (null_input < 0 && !has_null_input()) {
    null_input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null_input < 0) return errno;
  }
  own_count = 0;
  for (int number = 1; number < 64; number++) {
    struct sigaction action;
    if (sigaction(number, NULL, &action) != 0 || action.sa_handler == SIG_DFL) continue;
    if (action.sa_handler == SIG_IGN && !is_ignored_by_workers(number)) continue;
    own[own_count++] = number;
  }
  return 0;
}

/* In the memory of the parent, which waits: nothing may be changed that it needs. */
static __attribute__((noreturn, noinline)) void become(
    const exec_command *command, pid_t parent, volatile int *error) {
  struct sigaction usual = {.sa_handler = SIG_DFL};
  for (int i = 0; i < own_count; i++) sigaction(own[i], &usual, NULL);
  if (null_input >= 0 && dup2(null_input, 0) < 0) goto failed;
  if (dup2(command->output, 1) < 0 || dup2(command->errors, 2) < 0) goto failed;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) goto failed;
  /* By number: the library may remember what its parent was told. */
  if ((pid_t)syscall(SYS_getppid) != parent) goto failed;
  if (command->directory && chdir(command->directory) != 0) goto failed;
  /* Not that of the caller: threads of a host block signals for reasons of their own. */
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve(command->path, command->words, environ);
failed:
  *error = errno ? errno : ECHILD;
  _exit(127);
}

int exec_start(const exec_command *command, pid_t *pid) {
  sigset_t all, before;
  volatile int error = 0;
  pid_t parent = getpid();
  sigfillset(&all);
  /* No handler of this process may run in the memory that both use. */
  sigprocmask(SIG_BLOCK, &all, &before);
  pid_t child = vfork();
  if (child == 0) become(command, parent, &error);
  int failure = child < 0 ? errno : error;
  sigprocmask(SIG_SETMASK, &before, NULL);
  if (child > 0 && failure) {
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
  }
  *pid = failure ? -1 : child;
  return failure;
}

int exec_pidfd(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int exec_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int exec_unnamed_file(void) {
  struct rlimit limit;
  /* That limit is meant for the files of commands, and ends whoever goes beyond it. */
  if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY) return -1;
  const char *directory = getenv("TMPDIR");
  return open(directory && *directory ? directory : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

int exec_readable(int descriptor) {
  int count = 0;
  return ioctl(descriptor, FIONREAD, &count) == 0 ? count : 0;
}

static uint64_t nanoseconds(struct timeval time) {
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

int exec_wait(pid_t pid, exec_end *end) {
  struct rusage usage;
  int status;
  while (wait4(pid, &status, 0, &usage) < 0) {
    if (errno != EINTR) return errno;
  }
  end->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  end->has_core = WIFSIGNALED(status) && WCOREDUMP(status);
  end->user_ns = nanoseconds(usage.ru_utime);
  end->system_ns = nanoseconds(usage.ru_stime);
  end->peak_bytes = (uint64_t)usage.ru_maxrss * 1024u;
  return 0;
}

const char *exec_signal_name(int number) { return sigabbrev_np(number); }
