#define _GNU_SOURCE
#include "cposix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

int cpx_seal_size_first(int fd) { return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW); }

int cpx_seal_writers(int fd) { return fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL); }

int cpx_open_lane(pid_t process, int fd, bool for_writing) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)process, fd);
  return open(path, (for_writing ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOCTTY);
}

int cpx_populate(void *at, size_t count, bool for_writing) {
  int result;
  do {
    result = madvise(at, count, for_writing ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
  } while (result != 0 && (errno == EINTR || errno == EAGAIN));
  return result;
}
