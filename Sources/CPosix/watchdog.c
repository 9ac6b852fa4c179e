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
static volatile sig_atomic_t installed, armed, idle;
static timer_t timer;
static char kind_name[64];

static void arm(void) {
  struct itimerspec once = {.it_value = {.tv_sec = 1}};
  timer_settime(timer, 0, &once, NULL);
}

static size_t append(char *line, size_t at, size_t size, const char *text) {
  while (*text && at + 1 < size) line[at++] = *text++;
  return at;
}

static void on_alarm(int number) {
  (void)number;
  int saved = errno;
  const char *hook = cpx_hook_name;
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
  else arm();
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
  armed = 0;
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
  arm();
}

void cpx_watchdog_idle(void) { idle = 1; }
