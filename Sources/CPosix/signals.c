#define _GNU_SOURCE
#include "cposix.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static _Atomic int wake_fd = -1;
static _Atomic int count, first;
static _Atomic bool child, ended, attended;
static _Atomic pid_t groups[CPX_MAX_GROUPS];
static _Atomic int kill_file = -1;
static uint64_t *_Atomic cancel_word;
static _Atomic uint64_t cancel_id;
static const int ending[] = {SIGINT, SIGTERM, SIGHUP};

void cpx_ring(int fd) {
  uint64_t one = 1;
  // A full counter is as good as one more: the reactor wakes either way.
  if (fd >= 0 && write(fd, &one, sizeof one) < 0) return;
}

void cpx_wake(void) { cpx_ring(atomic_load(&wake_fd)); }

void cpx_die_by(int number) {
  cpx_keys_close();
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  sigaction(number, &action, NULL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  raise(number);
}

void cpx_group_kill_file(int fd) { atomic_store(&kill_file, fd); }

void cpx_signal_groups(int number) {
  for (int i = 0; i < CPX_MAX_GROUPS; i++) {
    pid_t group = atomic_load(&groups[i]);
    if (group > 0) kill(-group, number);
  }
}

void cpx_kill_groups(void) {
  // All of them, and what has left the groups of its processes.
  int fd = atomic_load(&kill_file);
  if (fd >= 0 && write(fd, "1", 1) < 0) fd = -1;
  cpx_signal_groups(SIGKILL);
}

static void on_end(int number) {
  int saved = errno;
  int none = 0;
  atomic_compare_exchange_strong(&first, &none, number);
  if (atomic_fetch_add(&count, 1) >= 1) {
    cpx_kill_groups();
    cpx_tokens_give_back();
    cpx_die_by(number);
  }
  uint64_t *word = atomic_load(&cancel_word);
  if (word) cpx_store(word, atomic_load(&cancel_id));
  cpx_watchdog_hurry();
  cpx_hurry_writes();
  cpx_wake();
  errno = saved;
}

void cpx_cancel_on_signal(uint64_t *word, uint64_t id) {
  if (word) atomic_store(&cancel_id, id);
  atomic_store(&cancel_word, word);
  // One that came before.
  if (word && atomic_load(&count) > 0) cpx_store(word, id);
}

// The end of a worker is seen by other means, and there may be thousands in a second: the reactor is woken if one has been
// stopped, and for the first end since it has looked for orphans. Asked of the kernel, as one signal may stand for several
// children.
static void on_child(int number) {
  (void)number;
  int saved = errno;
  siginfo_t info;
  info.si_pid = 0;
  if (waitid(P_ALL, 0, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0) {
    atomic_store(&child, true);
    cpx_wake();
  }
  if (!atomic_exchange(&ended, true)) cpx_wake();
  errno = saved;
}

static int set_handler(int number, void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  return sigaction(number, &action, NULL);
}

int cpx_signals_install(int fd) {
  atomic_store(&count, 0);
  atomic_store(&first, 0);
  atomic_store(&attended, false);
  atomic_store(&wake_fd, fd);
  for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
    struct sigaction old;
    if (sigaction(ending[i], NULL, &old) != 0) return -1;
    // What was ignored at our start (nohup, a background job) stays so.
    if (old.sa_handler != SIG_IGN && set_handler(ending[i], on_end) != 0) return -1;
  }
  if (set_handler(SIGPIPE, SIG_IGN) != 0 || set_handler(SIGXFSZ, SIG_IGN) != 0) return -1;
  return set_handler(SIGCHLD, SIG_DFL);
}

int cpx_children_install(void) { return set_handler(SIGCHLD, on_child); }

void cpx_signals_remove(void) {
  for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
    struct sigaction old;
    if (sigaction(ending[i], NULL, &old) == 0 && old.sa_handler == on_end) set_handler(ending[i], SIG_DFL);
  }
  set_handler(SIGCHLD, SIG_DFL);
  atomic_store(&wake_fd, -1);
}

int cpx_signal_count(void) { return atomic_load(&count); }
int cpx_first_signal(void) { return atomic_load(&first); }
void cpx_attend_signal(void) { atomic_store(&attended, true); }
int cpx_unattended_signal(void) { return atomic_load(&attended) ? 0 : atomic_load(&first); }
bool cpx_is_performing(void) { return atomic_load(&cancel_word) != NULL; }
bool cpx_child_has_ended(void) { return atomic_load(&ended); }

void cpx_forget_ended(void) { atomic_store(&ended, false); }

bool cpx_take_child_flag(void) { return atomic_exchange(&child, false); }
void cpx_group_set(uint32_t place, pid_t group) {
  if (place < CPX_MAX_GROUPS) atomic_store(&groups[place], group);
}

const char *cpx_signal_name(int number) { return sigabbrev_np(number); }
