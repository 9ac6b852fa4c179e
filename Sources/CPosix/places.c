#define _GNU_SOURCE
#include "cposix_places.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static int exchange_in_steps(int from_directory, const char *from, int to_directory, const char *to) {
  char aside[4096];
  if (snprintf(aside, sizeof aside, "%s.old", from) >= (int)sizeof aside) return errno = ENAMETOOLONG, -1;
  struct stat status;
  if (fstatat(to_directory, to, &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != ENOENT) return -1;
    return renameat(from_directory, from, to_directory, to);
  }
  if (renameat(to_directory, to, from_directory, aside) != 0) return -1;
  if (renameat(from_directory, from, to_directory, to) != 0) {
    int saved = errno;
    renameat(from_directory, aside, to_directory, to);
    return errno = saved, -1;
  }
  return renameat(from_directory, aside, from_directory, from) == 0 ? 1 : -1;
}

int cpx_place(int from_directory, const char *from, int to_directory, const char *to) {
  if (renameat2(from_directory, from, to_directory, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno == EEXIST && renameat2(from_directory, from, to_directory, to, RENAME_EXCHANGE) == 0) return 1;
  if (errno != EINVAL && errno != ENOSYS) return -1;
  return exchange_in_steps(from_directory, from, to_directory, to);
}
