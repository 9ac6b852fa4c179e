#define _GNU_SOURCE
#include "cposix.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static char tokens[CPX_MAX_TOKENS];
static _Atomic int held;
static int read_end = -1, write_end = -1;

int cpx_check_pipe(int fd, int for_writing) {
  struct stat found;
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fstat(fd, &found) != 0) return errno;
  if (!S_ISFIFO(found.st_mode)) return ESPIPE;
  int mode = flags & O_ACCMODE;
  return mode == O_RDWR || mode == (for_writing ? O_WRONLY : O_RDONLY) ? 0 : EBADF;
}

int cpx_reopen_for_reading(int fd) {
  char path[40];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  return cpx_move_up(open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
}

int cpx_open_fifo(const char *path) { return cpx_move_up(open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)); }
int cpx_make_fifo(const char *path) { return mkfifo(path, 0600); }

int cpx_bytes_in(int fd) {
  int count = 0;
  return ioctl(fd, FIONREAD, &count) == 0 ? count : -1;
}

void cpx_tokens_begin(int from, int to) {
  read_end = from;
  write_end = to;
  atomic_store(&held, 0);
}

// Between the pipe and the list a token belongs to nobody: no handler may look then.
static void hold_signals(sigset_t *before) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, before);
}

int cpx_token_take(void) {
  int count = atomic_load(&held);
  if (count >= CPX_MAX_TOKENS) return 0;
  sigset_t before;
  hold_signals(&before);
  ssize_t got = read(read_end, &tokens[count], 1);
  int error = errno;
  if (got == 1) atomic_store(&held, count + 1);
  sigprocmask(SIG_SETMASK, &before, NULL);
  if (got == 1) return 1;
  errno = got == 0 ? EPIPE : error;
  return got < 0 && (error == EAGAIN || error == EINTR) ? 0 : -1;
}

int cpx_tokens_held(void) { return atomic_load(&held); }

static int give_back(void) {
  int count = atomic_load(&held);
  if (count == 0) return 0;
  ssize_t put;
  do put = write(write_end, &tokens[count - 1], 1);
  while (put < 0 && errno == EINTR);
  // One that can not be given back is not tried for ever.
  atomic_store(&held, count - 1);
  return put == 1 ? 0 : -1;
}

int cpx_token_give_back(void) {
  sigset_t before;
  hold_signals(&before);
  int result = give_back();
  int error = errno;
  sigprocmask(SIG_SETMASK, &before, NULL);
  errno = error;
  return result;
}

void cpx_tokens_give_back(void) {
  while (atomic_load(&held) > 0) give_back();
}

int cpx_token_make(int fd) {
  ssize_t put;
  do put = write(fd, "+", 1);
  while (put < 0 && errno == EINTR);
  return put == 1 ? 0 : -1;
}
