#define _GNU_SOURCE
#include "cposix.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

static _Atomic int wake_fd = -1;
static _Atomic bool is_asked, has_paused;
static uint64_t paused, went_on;

static void on_stop(int number) {
  (void)number;
  int saved = errno;
  atomic_store(&is_asked, true);
  cpx_hurry_writes();
  cpx_ring(atomic_load(&wake_fd));
  errno = saved;
}

static int set_handler(void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  return sigaction(SIGTSTP, &action, NULL);
}

static void unblock(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTSTP);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int cpx_pause_install(int fd) {
  struct sigaction old;
  if (sigaction(SIGTSTP, NULL, &old) != 0) return -1;
  atomic_store(&is_asked, false);
  cpx_take_paused(NULL);
  atomic_store(&wake_fd, fd);
  // What was ignored at our start stays so.
  if (old.sa_handler != SIG_IGN && set_handler(on_stop) != 0) return -1;
  unblock();
  return 0;
}

void cpx_pause_remove(void) {
  struct sigaction old;
  if (sigaction(SIGTSTP, NULL, &old) == 0 && old.sa_handler == on_stop) set_handler(SIG_DFL);
  atomic_store(&is_asked, false);
  atomic_store(&wake_fd, -1);
}

bool cpx_take_pause_flag(void) { return atomic_exchange(&is_asked, false); }
bool cpx_is_pause_asked(void) { return atomic_load_explicit(&is_asked, memory_order_relaxed); }
void cpx_ask_pause(void) { atomic_store(&is_asked, true); }
bool cpx_has_paused(void) { return atomic_load_explicit(&has_paused, memory_order_relaxed); }

uint64_t cpx_take_paused(uint64_t *end) {
  atomic_store(&has_paused, false);
  uint64_t length = paused;
  if (end) *end = went_on;
  paused = 0;
  return length;
}

void cpx_pause_here(void) {
  if (!cpx_take_pause_flag()) return;
  uint64_t began = cpx_now();
  cpx_signal_groups(SIGSTOP);
  // The shell is to find its terminal as it was.
  cpx_keys_close();
  cpx_pause_self();
  cpx_signal_groups(SIGCONT);
  went_on = cpx_now();
  paused += went_on - began;
  atomic_store(&has_paused, true);
  cpx_ring(atomic_load(&wake_fd));
}

void cpx_pause_self(void) {
  set_handler(SIG_DFL);
  // One that has come meanwhile asks for this stop.
  atomic_store(&is_asked, false);
  raise(SIGTSTP);
  set_handler(on_stop);
}

void cpx_pause_ignore(void) {
  set_handler(SIG_IGN);
  unblock();
}
