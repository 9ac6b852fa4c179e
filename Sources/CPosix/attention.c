#define _GNU_SOURCE
#include "cposix.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static _Atomic bool asked, continued;

static void on_status(int number) {
  (void)number;
  int saved = errno;
  atomic_store(&asked, true);
  cpx_wake();
  errno = saved;
}

int cpx_status_install(void) {
  struct sigaction action;
  if (sigaction(SIGUSR1, NULL, &action) != 0) return -1;
  if (action.sa_handler == SIG_IGN) return 0;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_status;
  action.sa_flags = SA_RESTART;
  return sigaction(SIGUSR1, &action, NULL);
}

bool cpx_take_status_flag(void) { return atomic_exchange(&asked, false); }
bool cpx_take_continued_flag(void) { return atomic_exchange(&continued, false); }

// ---- the terminal

static struct termios original;
static _Atomic int keys_fd = -1;
// What ends the process without asking it, and can be caught.
static const int fatal[] = {SIGQUIT, SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS, SIGTRAP};

bool cpx_is_foreground(int fd) { return tcgetpgrp(fd) == getpgrp(); }

// The kernel would stop a process of the background for it.
static int set_terminal(int fd, const struct termios *mode) {
  sigset_t block, before;
  sigemptyset(&block);
  sigaddset(&block, SIGTTOU);
  sigprocmask(SIG_BLOCK, &block, &before);
  int result = cpx_is_foreground(fd) ? tcsetattr(fd, TCSANOW, mode) : -1;
  sigprocmask(SIG_SETMASK, &before, NULL);
  return result;
}

static void on_fatal(int number) {
  cpx_keys_close();
  // Once more, with the default action by now.
  raise(number);
}

static void on_continue(int number) {
  (void)number;
  int saved = errno;
  atomic_store(&continued, true);
  cpx_wake();
  errno = saved;
}

static void catch(int number, void (*handler)(int), int flags) {
  struct sigaction action;
  if (sigaction(number, NULL, &action) != 0 || action.sa_handler != SIG_DFL) return;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(number, &action, NULL);
}

int cpx_keys_open(int fd) {
  static bool is_registered;
  if (!isatty(fd) || !cpx_is_foreground(fd) || tcgetattr(fd, &original) != 0) return -1;
  struct termios mode = original;
  mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
  mode.c_cc[VMIN] = 0;
  mode.c_cc[VTIME] = 0;
  if (!is_registered) {
    is_registered = true;
    atexit(cpx_keys_close);
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) catch(fatal[i], on_fatal, (int)SA_RESETHAND);
    catch(SIGCONT, on_continue, SA_RESTART);
  }
  // Before the change: a signal between the two finds what is to be restored.
  atomic_store(&keys_fd, fd);
  if (set_terminal(fd, &mode) == 0) return 0;
  atomic_store(&keys_fd, -1);
  return -1;
}

int cpx_keys_read(void) {
  int fd = atomic_load(&keys_fd);
  if (fd < 0 || !cpx_is_foreground(fd)) return -2;
  unsigned char key;
  ssize_t count;
  do count = read(fd, &key, 1);
  while (count < 0 && errno == EINTR);
  return count == 1 ? key : count == 0 || errno == EAGAIN ? -1 : -2;
}

void cpx_keys_close(void) {
  int saved = errno;
  int fd = atomic_exchange(&keys_fd, -1);
  if (fd >= 0) set_terminal(fd, &original);
  errno = saved;
}
