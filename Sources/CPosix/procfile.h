// Small files of /proc, read as a whole.
#ifndef CPOSIX_PROCFILE_H
#define CPOSIX_PROCFILE_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static inline ssize_t cpx_read_file(const char *path, char *text, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t got;
  do got = read(fd, text, size - 1);
  while (got < 0 && errno == EINTR);
  close(fd);
  text[got < 0 ? 0 : got] = 0;
  return got;
}

static inline void cpx_stat_path(pid_t pid, char *path, size_t size) { snprintf(path, size, "/proc/%d/stat", (int)pid); }

// What stands in the line of a process behind its second field, a name that may hold anything, up to the last parenthesis; NULL where there
// is no such process. `line` holds it.
static inline const char *cpx_stat_of(pid_t pid, char *line, size_t size) {
  char path[40];
  cpx_stat_path(pid, path, sizeof path);
  return cpx_read_file(path, line, size) > 0 ? strrchr(line, ')') : NULL;
}

#endif
