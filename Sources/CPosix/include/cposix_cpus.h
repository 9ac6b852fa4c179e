#pragma once

#include <stdint.h>

/// How many CPUs this process may use; -1 and errno when the kernel does not say.
int cpx_usable_cpus(void);
// For how long the calling thread may run while others wait, if it has the usual policy; the shorter, the sooner after it has woken.
// 0: as long as usual. Threads and processes that it starts have the same. Before Linux 6.12 it does nothing.
void cpx_set_slice(uint64_t nanoseconds);
