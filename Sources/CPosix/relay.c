#define _GNU_SOURCE
#include "cposix.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static struct {
  int input, code;
  const uint64_t *performing;
} watched;

static void *watch(void *unused) {
  (void)unused;
  struct pollfd poller = {.fd = watched.input, .events = 0};
  while (poll(&poller, 1, -1) < 0 || poller.revents == 0) {
    // Only a signal: none is sent to this thread, but a debugger may stop it.
  }
  // The host has let go, in order or not: what is at work is wanted no more, and what tidies up has its time.
  const uint64_t second = 1000000000;
  uint64_t start = cpx_now();
  for (;;) {
    uint64_t gone = cpx_now() - start;
    if (gone > 30 * second || (gone > 2 * second && cpx_load(watched.performing) != 0)) _exit(watched.code);
    poll(NULL, 0, 50);
  }
}

int cpx_watch_input(int input, const uint64_t *performing, int code) {
  watched.input = input;
  watched.performing = performing;
  watched.code = code;
  sigset_t all, before;
  sigfillset(&all);
  // Signals are for the thread that performs.
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 64 << 10);
  pthread_t thread;
  int error = pthread_create(&thread, &attributes, watch, NULL);
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return error;
}

static _Atomic pid_t forward_group;

static void on_termination(int number) {
  int saved = errno;
  kill(-atomic_load(&forward_group), number);
  errno = saved;
}

int cpx_forward_termination(pid_t group) {
  atomic_store(&forward_group, group);
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_termination;
  action.sa_flags = SA_RESTART;
  return sigaction(SIGTERM, &action, NULL);
}
