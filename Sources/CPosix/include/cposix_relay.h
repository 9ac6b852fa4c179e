// Workers whose parent is not their host.
#ifndef CPOSIX_RELAY_H
#define CPOSIX_RELAY_H

#include <stdint.h>
#include <sys/types.h>

// A thread that sleeps until the other side of the pipe `input` is closed. Then this process has a moment to end in order, and
// less if `*performing` says that it is at work; after that it exits with `code`. 0 or an errno.
int cpx_watch_input(int input, const uint64_t *_Nonnull performing, int code);

// SIGTERM to this process goes to `group` from here on. 0 or -1.
int cpx_forward_termination(pid_t group);

#endif
