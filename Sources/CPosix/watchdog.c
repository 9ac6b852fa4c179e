#define _GNU_SOURCE
#include "cposix.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// A timer that signals the reactor's own thread, not a thread of its own: the host stays single-threaded, and a run that
// sleeps has no timer at all.
const char *volatile cpx_hook_name;
volatile uint64_t cpx_hook_turn;
static volatile uint64_t seen_turn, told_turn;
static volatile sig_atomic_t installed, armed, idle, told_signal;
static timer_t timer;
static char kind_name[64];

static void arm(struct timespec delay) {
  struct itimerspec once = {.it_value = delay};
  timer_settime(timer, 0, &once, NULL);
}

static const struct timespec second = {.tv_sec = 1}, moment = {.tv_nsec = 200000000};

static size_t append(char *line, size_t at, size_t size, const char *text) {
  while (*text && at + 1 < size) line[at++] = *text++;
  return at;
}

// The reactor would tell, but it is not there.
static void tell_signal(int number, const char *hook) {
  char line[256];
  const char *name = cpx_signal_name(number);
  size_t at = append(line, 0, sizeof line, "warning: SIG");
  at = append(line, at, sizeof line, name ? name : "?");
  at = append(line, at, sizeof line, ": the run ends as soon as ");
  if (hook) {
    at = append(line, at, sizeof line, "hook `");
    at = append(line, at, sizeof line, hook);
    at = append(line, at, sizeof line, "` of kind `");
    at = append(line, at, sizeof line, kind_name);
    at = append(line, at, sizeof line, "` returns");
  } else {
    at = append(line, at, sizeof line, "the task at work has ended");
  }
  at = append(line, at, sizeof line, " (again to kill)\n");
  if (write(2, line, at) >= 0) told_signal = 1;
}

static void on_alarm(int number) {
  (void)number;
  int saved = errno;
  if (cpx_is_host_gone()) cpx_end_without_host();
  const char *hook = cpx_hook_name;
  int asked = cpx_unattended_signal();
  if (asked && !told_signal && (hook || cpx_is_performing())) tell_signal(asked, hook);
  if (hook && cpx_hook_turn == seen_turn && told_turn != seen_turn) {
    char line[256];
    size_t at = append(line, 0, sizeof line, "warning: hook `");
    at = append(line, at, sizeof line, hook);
    at = append(line, at, sizeof line, "` of kind `");
    at = append(line, at, sizeof line, kind_name);
    at = append(line, at, sizeof line, "` has held up the host for more than a second\n");
    if (write(2, line, at) >= 0) told_turn = seen_turn;
  }
  seen_turn = cpx_hook_turn;
  if (idle && !hook) armed = 0;
  else arm(second);
  errno = saved;
}

int cpx_watchdog_install(const char *kind) {
  kind_name[append(kind_name, 0, sizeof kind_name, kind)] = 0;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_alarm;
  action.sa_flags = SA_RESTART;
  if (sigaction(SIGALRM, &action, NULL) != 0) return -1;
  struct sigevent event;
  memset(&event, 0, sizeof event);
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGALRM;
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return -1;
  seen_turn = told_turn = ~(uint64_t)0;
  armed = told_signal = 0;
  installed = 1;
  return 0;
}

void cpx_watchdog_remove(void) {
  if (!installed) return;
  installed = 0;
  timer_delete(timer);
}

void cpx_watchdog_wake(void) {
  idle = 0;
  if (!installed || armed) return;
  armed = 1;
  arm(second);
}

void cpx_watchdog_hurry(void) {
  if (!installed) return;
  armed = 1;
  arm(moment);
}

void cpx_watchdog_idle(void) { idle = 1; }
