#define _GNU_SOURCE
#include "cposix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int cpx_move_up(int fd) {
  if (fd < 0 || fd >= CPX_FIRST_FD) return fd;
  int moved = fcntl(fd, F_DUPFD_CLOEXEC, CPX_FIRST_FD);
  int saved = errno;
  close(fd);
  errno = saved;
  return moved;
}

int cpx_take(int fd) {
  int moved = fcntl(fd, F_DUPFD_CLOEXEC, 200);
  // Few descriptors are allowed here.
  if (moved < 0 && (errno == EINVAL || errno == EMFILE)) moved = fcntl(fd, F_DUPFD_CLOEXEC, 32);
  if (moved >= 0) close(fd);
  return moved;
}

int cpx_pipe(int fds[2]) {
  if (pipe2(fds, O_CLOEXEC) != 0) return -1;
  for (int i = 0; i < 2; i++) {
    fds[i] = cpx_move_up(fds[i]);
    if (fds[i] < 0) {
      int saved = errno;
      close(fds[1 - i]);
      errno = saved;
      return -1;
    }
  }
  return 0;
}

int cpx_memfd(const char *name, size_t size) {
  int fd = cpx_move_up(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (fd >= 0 && ftruncate(fd, (off_t)size) != 0) {
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
  }
  return fd;
}

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

int cpx_seal_for_reader(int fd) {
  return fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
}

int cpx_seal_size(int fd) { return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL); }

int cpx_unnamed_file(const char *directory) {
  char path[4096];
  int length = snprintf(path, sizeof path, "%s/taskhost-XXXXXX", directory);
  if (length < 0 || (size_t)length >= sizeof path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  int fd = mkostemp(path, O_CLOEXEC);
  if (fd >= 0) unlink(path);
  return cpx_move_up(fd);
}

int cpx_give_back(int fd, uint64_t at, uint64_t count) {
  return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at, (off_t)count);
}

int cpx_eventfd(void) { return cpx_move_up(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

int cpx_pidfd(pid_t pid) { return cpx_move_up((int)syscall(SYS_pidfd_open, pid, 0)); }

int cpx_open_of(pid_t pid, int fd) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
  /* It may turn out to be something else than a file. */
  return cpx_move_up(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

int cpx_null(void) { return cpx_move_up(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

int cpx_open_path(const char *path) { return cpx_move_up(open(path, O_PATH | O_CLOEXEC)); }

int cpx_set_nonblocking(int fd) { return fcntl(fd, F_SETFL, O_NONBLOCK); }

void cpx_pipe_size(int fd, int bytes) { fcntl(fd, F_SETPIPE_SZ, bytes); }

int cpx_epoll(void) { return cpx_move_up(epoll_create1(EPOLL_CLOEXEC)); }

int cpx_epoll_add(int epoll, int fd, bool for_writing, uint64_t token) {
  struct epoll_event event = {.events = for_writing ? EPOLLOUT : EPOLLIN, .data.u64 = token};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int cpx_epoll_add_shared(int epoll, int eventfd, uint64_t token) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = token};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, eventfd, &event);
}

void cpx_epoll_remove(int epoll, int fd) { epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL); }

int cpx_epoll_wait(int epoll, cpx_ready *ready, int capacity, int milliseconds) {
  struct epoll_event events[128];
  int count = epoll_wait(epoll, events, capacity < 128 ? capacity : 128, milliseconds);
  for (int i = 0; i < count; i++) ready[i].token = events[i].data.u64;
  return count;
}
