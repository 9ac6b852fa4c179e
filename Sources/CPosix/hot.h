// What every new worker runs of this library, and what it writes to, in one place each: for a process that was just forked each
// page that it runs is mapped, and each that it writes to is copied.
#ifndef CPOSIX_HOT_H
#define CPOSIX_HOT_H

#include <stddef.h>

// For a function that every worker runs: in a section by itself, so that the linker can place it beside the others.
#define CPX_OF_WORKERS __attribute__((section(".text.worker")))

extern struct cpx_hot {
  // The title: its memory, how much of it is there, used, and used by a worker that is idle.
  char *title;
  size_t capacity, used, idle;
  char kind[64];
  // How often the time is still read with a system call.
  int clock_calls;
} cpx_hot;

#endif
