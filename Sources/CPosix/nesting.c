#define _GNU_SOURCE
#include "cposix.h"
#include "procfile.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static _Atomic int host_fd = -1;

// The 22nd field of its line.
static int start_of(pid_t pid, uint64_t *start) {
  char line[1024];
  const char *field = cpx_stat_of(pid, line, sizeof line);
  for (int number = 2; field && number < 22; number++) field = strchr(field + 1, ' ');
  return field && sscanf(field, " %" SCNu64, start) == 1 ? 0 : -1;
}

// Two PID namespaces have the same numbers, and so have two machines.
static int name_machine(char *out, size_t size) {
  char boot[64];
  struct stat space;
  ssize_t length = cpx_read_file("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
  if (length <= 0 || stat("/proc/self/ns/pid", &space) != 0) return -1;
  boot[strcspn(boot, "\n")] = 0;
  int written = snprintf(out, size, "%" PRIu64 "-%s", (uint64_t)space.st_ino, boot);
  return written > 0 && (size_t)written < size ? 0 : -1;
}

int cpx_process_name(pid_t pid, char *out, size_t size) {
  uint64_t start;
  char machine[96];
  if (start_of(pid, &start) != 0 || name_machine(machine, sizeof machine) != 0) return -1;
  int written = snprintf(out, size, "%d:%" PRIu64 ":%s", (int)pid, start, machine);
  return written > 0 && (size_t)written < size ? 0 : -1;
}

int cpx_open_named_process(const char *name) {
  int pid, end = 0;
  uint64_t named, found;
  char machine[96];
  if (sscanf(name, "%d:%" SCNu64 ":%n", &pid, &named, &end) != 2 || end == 0 || pid <= 0) return -1;
  if (name_machine(machine, sizeof machine) != 0 || strcmp(name + end, machine) != 0) return -1;
  int fd = cpx_pidfd(pid);
  if (fd < 0) return errno == ESRCH ? -2 : -1;
  // What was opened is looked at, and not what has the number a moment later.
  bool is_known = start_of(pid, &found) == 0;
  bool is_gone = cpx_has_ended(fd) || (is_known && found != named);
  if (is_known && !is_gone) return fd;
  close(fd);
  return is_gone ? -2 : -1;
}

bool cpx_has_ended(int pidfd) {
  struct pollfd poller = {.fd = pidfd, .events = POLLIN};
  return poll(&poller, 1, 0) == 1;
}

void cpx_watch_host(int pidfd) { host_fd = pidfd; }

bool cpx_is_host_gone(void) {
  int fd = host_fd;
  return fd >= 0 && cpx_has_ended(fd);
}

void cpx_end_without_host(void) {
  cpx_kill_groups();
  cpx_tokens_give_back();
  cpx_keys_close();
  static const char line[] =
      "error: the taskhost whose worker has started this one is gone, and all that it has started ends with it\n";
  // Mostly there is nobody left who could read it.
  if (write(2, line, sizeof line - 1) < 0) cpx_exit_now(107);
  cpx_exit_now(107);
}
