#define _GNU_SOURCE
#include "cposix.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

// Writes of the host wait for whoever reads, as they should. Once a signal asks for the end of the run, or for a pause, they may not
// do that for ever: a timer then gets them out of the kernel ten times a second, whatever they write to. Without a signal there
// is no timer.
static _Atomic bool writing, ticking;
static pthread_t writer;
static struct sigaction usual;

static const uint64_t longest = 10000000000;

static void on_tick(int number) {
  (void)number;
  int saved = errno;
  if (cpx_is_host_gone()) cpx_end_without_host();
  // A plugin may have threads.
  if (!pthread_equal(pthread_self(), writer)) pthread_kill(writer, SIGALRM);
  errno = saved;
}

static void start_ticking(void) {
  if (atomic_exchange(&ticking, true)) return;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  // Without SA_RESTART.
  action.sa_handler = on_tick;
  sigaction(SIGALRM, &action, &usual);
  struct itimerval each = {.it_interval = {.tv_usec = 100000}, .it_value = {.tv_usec = 100000}};
  setitimer(ITIMER_REAL, &each, NULL);
}

static void stop_ticking(void) {
  struct itimerval none = {{0}};
  setitimer(ITIMER_REAL, &none, NULL);
  sigaction(SIGALRM, &usual, NULL);
  atomic_store(&ticking, false);
  // An alarm of its own may have come meanwhile.
  cpx_watchdog_hurry();
}

void cpx_hurry_writes(void) {
  if (atomic_load_explicit(&writing, memory_order_relaxed)) start_ticking();
}

// Either the signal is seen here, or its handler sees that there is a write.
static uint64_t begin(void) {
  writer = pthread_self();
  atomic_store_explicit(&writing, true, memory_order_relaxed);
  atomic_signal_fence(memory_order_seq_cst);
  bool ends = cpx_signal_count() > 0;
  if (!ends && !cpx_is_pause_asked()) return 0;
  start_ticking();
  return ends ? cpx_now() : 0;
}

static ssize_t end(ssize_t result, size_t count, cpx_patience *patience, uint64_t began) {
  int saved = errno;
  atomic_store_explicit(&writing, false, memory_order_relaxed);
  atomic_signal_fence(memory_order_seq_cst);
  if (atomic_load_explicit(&ticking, memory_order_relaxed)) stop_ticking();
  if (began) {
    uint64_t taken = cpx_now() - began;
    patience->waited += taken;
    patience->idle = result > 0 ? 0 : patience->idle + taken;
    // Whoever takes something at once is not to blame for the time that went before.
    if (result <= 0 && (patience->idle >= patience->limit || patience->waited >= longest)) saved = ECANCELED;
    if (result > 0 && patience->waited >= longest && taken > 50000000) patience->is_over = true;
  }
  bool is_held_up = result < 0 ? saved == EINTR : (size_t)result < count;
  if (is_held_up && cpx_is_pause_asked()) cpx_pause_here();
  errno = saved;
  return result;
}

static ssize_t wait_for_room(int fd) {
  // Standard output may be shared with a program that made it non-blocking.
  struct pollfd room = {.fd = fd, .events = POLLOUT};
  poll(&room, 1, -1);
  errno = EINTR;
  return -1;
}

ssize_t cpx_write(int fd, const void *bytes, size_t count, cpx_patience *patience) {
  if (patience->is_over) {
    errno = ECANCELED;
    return -1;
  }
  uint64_t began = begin();
  ssize_t result = write(fd, bytes, count);
  if (result < 0 && errno == EAGAIN) result = wait_for_room(fd);
  return end(result, count, patience, began);
}

ssize_t cpx_send_file(int fd, int source, off_t *at, size_t count, cpx_patience *patience) {
  if (patience->is_over) {
    errno = ECANCELED;
    return -1;
  }
  uint64_t began = begin();
  ssize_t result = sendfile(fd, source, at, count);
  if (result < 0 && errno == EAGAIN) result = wait_for_room(fd);
  return end(result, count, patience, began);
}

int cpx_open_to_write(const char *path, int flags) {
  int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
  struct stat found;
  if (fd < 0) {
    // Of a socket it is that, too.
    if (errno == ENXIO && stat(path, &found) == 0 && S_ISFIFO(found.st_mode)) errno = EPIPE;
    return -1;
  }
  int known = fcntl(fd, F_GETFL);
  if (fstat(fd, &found) == 0 && S_ISFIFO(found.st_mode) && (known & O_ACCMODE) == O_RDWR) {
    // That would be its own reader.
    close(fd);
    return cpx_open_to_write(path, (flags & ~O_ACCMODE) | O_WRONLY);
  }
  if (known < 0 || fcntl(fd, F_SETFL, known & ~O_NONBLOCK) != 0) {
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
  }
  return fd;
}
