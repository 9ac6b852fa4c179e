#define _GNU_SOURCE
#include "cposix.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define GUARDS 48u
#define NOTEBOOK_SIZE 8192

typedef struct guard {
  uint64_t start, end;
  char name[64];
} guard;

struct cpx_notebook {
  char hook[48];
  char step[512];
  uint64_t address;
  int32_t signal;
  uint32_t next;
  guard guards[GUARDS];
};
_Static_assert(sizeof(cpx_notebook) <= NOTEBOOK_SIZE, "it is mapped with this size");

static cpx_notebook *watched;

int cpx_notebook_file(void) { return cpx_memfd("notebook", NOTEBOOK_SIZE); }

cpx_notebook *cpx_notebook_map(int file) {
  void *page = mmap(NULL, NOTEBOOK_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  return page == MAP_FAILED ? NULL : page;
}

static void put(char *place, size_t room, const char *text) {
  size_t length = strnlen(text, room - 1);
  memcpy(place, text, length);
  place[length] = 0;
}

static void crashed(int number, siginfo_t *info, void *context) {
  (void)context;
  // The first one counts: what comes of it, such as an abort, says less.
  if (watched->signal == 0) {
    watched->signal = number;
    // A whole run in this process names its hooks for its watchdog.
    if (!watched->hook[0] && cpx_hook_name) put(watched->hook, sizeof watched->hook, cpx_hook_name);
    if (info->si_code > 0) watched->address = (uint64_t)(uintptr_t)info->si_addr;
  }
  // Once this handler has returned, with its default action.
  raise(number);
}

int cpx_notebook_watch(cpx_notebook *notebook) {
  static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
  watched = notebook;
  // An overflow of the stack leaves no room for a handler on it.
  stack_t stack = {.ss_sp = malloc(1 << 16), .ss_size = 1 << 16};
  if (!stack.ss_sp || sigaltstack(&stack, NULL) != 0) return errno;
  struct sigaction action = {.sa_sigaction = crashed, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
    if (sigaction(signals[i], &action, NULL) != 0) return errno;
  return 0;
}

void cpx_notebook_set_hook(cpx_notebook *notebook, const char *hook) {
  put(notebook->hook, sizeof notebook->hook, hook);
}

void cpx_notebook_set_step(cpx_notebook *notebook, const char *step) {
  put(notebook->step, sizeof notebook->step, step);
}

uint32_t cpx_notebook_guard(cpx_notebook *notebook, const void *start, size_t size, const char *name) {
  uint32_t number = notebook->next++ % GUARDS;
  guard *entry = &notebook->guards[number];
  entry->start = (uint64_t)(uintptr_t)start;
  entry->end = entry->start + size;
  put(entry->name, sizeof entry->name, name);
  return number;
}

void cpx_notebook_forget(cpx_notebook *notebook, uint32_t number) {
  if (number < GUARDS) notebook->guards[number].end = 0;
}

const char *cpx_notebook_hook(const cpx_notebook *notebook) { return notebook->hook; }
const char *cpx_notebook_step(const cpx_notebook *notebook) { return notebook->step; }
int cpx_notebook_signal(const cpx_notebook *notebook) { return notebook->signal; }
uint64_t cpx_notebook_address(const cpx_notebook *notebook) { return notebook->address; }

const char *cpx_notebook_guarded(const cpx_notebook *notebook) {
  // The latest first: an address may have been used for several things.
  for (uint32_t i = 0; i < GUARDS; i++) {
    const guard *entry = &notebook->guards[(notebook->next + GUARDS - 1 - i) % GUARDS];
    if (notebook->address >= entry->start && notebook->address < entry->end) return entry->name;
  }
  return NULL;
}

uint64_t cpx_heap_used(void) {
  struct mallinfo2 info = mallinfo2();
  return (uint64_t)info.uordblks + (uint64_t)info.hblkhd;
}
