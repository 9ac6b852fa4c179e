// Writes that wait for their reader, but not for ever once a signal has asked for the end of the run, and not past one that asks
// for a pause: the process then stops in them. For one thread at a time.
#ifndef CPOSIX_WRITING_H
#define CPOSIX_WRITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

// Of one descriptor; in nanoseconds. Zero but for `limit`.
typedef struct cpx_patience {
  uint64_t limit;   // for how long a reader may take nothing after the signal
  uint64_t idle;    // for how long it has
  uint64_t waited;  // for how long it was waited for in all since the signal
  bool is_over;
} cpx_patience;

// As write(2) and sendfile(2) on a descriptor that blocks, also where it does not. EINTR: a signal has come, or a moment has gone since.
// ECANCELED: a signal asks for the end, and the reader has taken nothing for `limit`, or has been waited for for 10 s.
ssize_t cpx_write(int fd, const void *bytes, size_t count, cpx_patience *patience);
ssize_t cpx_send_file(int fd, int source, off_t *at, size_t count, cpx_patience *patience);
// A signal has come that ends or pauses the run; safe in a handler.
void cpx_hurry_writes(void);
// A descriptor that blocks, without waiting for the reader of a FIFO: EPIPE if it has none.
int cpx_open_to_write(const char *path, int flags);

#pragma clang assume_nonnull end

#endif
