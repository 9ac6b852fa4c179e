#include "cposix_transfer.h"
#include "rawcall.h"

#include <errno.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__aarch64__)
static ssize_t result(long got) {
  if (got >= 0) return got;
  errno = (int)-got;
  return -1;
}

ssize_t cpx_read(int fd, void *bytes, size_t count) { return result(cpx_raw(SYS_read, fd, (long)bytes, (long)count, 0, 0, 0)); }

ssize_t cpx_put(int fd, const void *bytes, size_t count) {
  return result(cpx_raw(SYS_write, fd, (long)bytes, (long)count, 0, 0, 0));
}
#else
ssize_t cpx_read(int fd, void *bytes, size_t count) { return read(fd, bytes, count); }
ssize_t cpx_put(int fd, const void *bytes, size_t count) { return write(fd, bytes, count); }
#endif
