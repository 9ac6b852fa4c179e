#define _GNU_SOURCE
#include "cposix.h"
#include "rawcall.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

pid_t cpx_fork_child(void) {
  int *thread_number = NULL;
  if (prctl(PR_GET_TID_ADDRESS, &thread_number) != 0) return -1;
  long flags = SIGCHLD;
  if (thread_number) flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
#if defined(__x86_64__)
  long pid = cpx_raw(SYS_clone, flags, 0, 0, (long)thread_number, 0, 0);
#else
  long pid = cpx_raw(SYS_clone, flags, 0, 0, 0, (long)thread_number, 0);
#endif
  if (pid >= 0) return (pid_t)pid;
  if (pid != -1) errno = (int)-pid;
  return -1;
}

int cpx_look_at_children(pid_t *pid) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  *pid = -1;
  if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0) return 0;
  if (info.si_pid == 0) return 1;
  *pid = info.si_pid;
  return 2;
}
