// What is tried in a process of its own, and what a process has left behind.
#ifndef CPOSIX_PROBES_H
#define CPOSIX_PROBES_H

#include <sys/types.h>

// A copy of this process, as its child: 0 in the copy, its pid, or -1. Handlers of pthread_atfork do not run, as in the fork of a
// worker.
pid_t cpx_fork_child(void);

// Whether a child of this process, of any thread, runs (1), has ended and was not waited for (2), or there is none (0).
int cpx_look_at_children(pid_t *_Nonnull pid);

#endif
