#define _GNU_SOURCE
#include "cposix_cpus.h"

#include <sched.h>

int cpx_usable_cpus(void) {
    /* Wider than one cpu_set_t, for machines with more than 1024 CPUs. */
    cpu_set_t sets[16];
    if (sched_getaffinity(0, sizeof sets, sets) != 0) return -1;
    return CPU_COUNT_S(sizeof sets, sets);
}
