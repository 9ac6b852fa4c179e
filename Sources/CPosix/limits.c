#define _GNU_SOURCE
#include "cposix_limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static int lower(int resource, uint64_t value) {
  struct rlimit limit;
  if (getrlimit(resource, &limit) != 0) return errno;
  if (limit.rlim_max > value) limit.rlim_max = value;
  if (limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
  return setrlimit(resource, &limit) == 0 ? 0 : errno;
}

// Field `index`, from 0, of /proc/PID/statm in bytes; 0 when it can not be read.
static uint64_t statm(const char *path, int index) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  char text[256];
  ssize_t count = read(fd, text, sizeof text - 1);
  close(fd);
  if (count <= 0) return 0;
  text[count] = 0;
  unsigned long long field[7] = {0};
  if (sscanf(text, "%llu %llu %llu %llu %llu %llu %llu", &field[0], &field[1], &field[2], &field[3], &field[4],
             &field[5], &field[6]) != 7)
    return 0;
  return field[index] * (uint64_t)sysconf(_SC_PAGESIZE);
}

int cpx_limits_apply(const cpx_limits *limits, const char **what) {
  int error = 0;
  *what = "core dumps";
  if (!limits->keep_cores) error = lower(RLIMIT_CORE, 0);
  if (!error && limits->memory) {
    *what = "memory";
    error = lower(RLIMIT_DATA, statm("/proc/self/statm", 5) + limits->memory);
  }
  if (!error && limits->file_size) {
    *what = "file size";
    error = lower(RLIMIT_FSIZE, limits->file_size);
  }
  if (!error && limits->processes) {
    *what = "processes";
    error = lower(RLIMIT_NPROC, limits->processes);
  }
  if (!error && limits->open_files) {
    *what = "open files";
    error = lower(RLIMIT_NOFILE, limits->open_files);
  }
  return error;
}

uint64_t cpx_resident(pid_t pid) {
  char path[32];
  snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
  return statm(path, 1);
}

uint64_t cpx_cpu_time(pid_t pid) {
  clockid_t clock;
  struct timespec used;
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0) return 0;
  return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

uint64_t cpx_own_peak(void) {
  // Not of getrusage: that remembers who started this process.
  FILE *status = fopen("/proc/self/status", "re");
  if (!status) return 0;
  char line[256];
  unsigned long long kilobytes = 0;
  while (fgets(line, sizeof line, status))
    if (sscanf(line, "VmHWM: %llu kB", &kilobytes) == 1) break;
  fclose(status);
  return kilobytes * 1024u;
}

int cpx_cpu_limit(pid_t pid, uint64_t seconds) {
  struct rlimit limit;
  if (prlimit(pid, RLIMIT_CPU, NULL, &limit) != 0) return -1;
  // Only the soft one: it is to be raised again for the next trial.
  limit.rlim_cur = seconds < limit.rlim_max ? seconds : limit.rlim_max;
  return prlimit(pid, RLIMIT_CPU, &limit, NULL);
}
