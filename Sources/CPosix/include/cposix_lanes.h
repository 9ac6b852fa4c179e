// Memory that a host and a worker share, for payloads. All return -1 with errno set on failure.
#ifndef CPOSIX_LANES_H
#define CPOSIX_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

// The seals of a file that another process is still to map for writing: no change of size.
int cpx_seal_size_first(int fd);
// And those for when it has: nobody maps it anew for writing, writes to it or takes memory out of it, and no seal is added.
int cpx_seal_writers(int fd);
// What another process has open, anew.
int cpx_open_lane(pid_t process, int fd, bool for_writing);
// Each page of this mapping has memory from here on. Without it a full machine would end the process at its first access.
int cpx_populate(void *at, size_t count, bool for_writing);

#pragma clang assume_nonnull end

#endif
