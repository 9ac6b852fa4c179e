// What every new worker writes to, in one place: a process that was just forked has a copy of each page that it writes to made.
#ifndef CPOSIX_HOT_H
#define CPOSIX_HOT_H

#include <stddef.h>

extern struct cpx_hot {
  // The title: its memory, how much of it is there, used, and used by a worker that is idle.
  char *title;
  size_t capacity, used, idle;
  char kind[64];
  // How often the time is still read with a system call.
  int clock_calls;
} cpx_hot;

#endif
