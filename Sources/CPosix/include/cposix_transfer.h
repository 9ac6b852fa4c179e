// Reads and writes of pipes, of which a busy host makes hundreds of thousands in a second. As those of the C library, but no points at which
// a thread can be cancelled, which none ever is: in a process with two threads that costs as much as a message is worth.
#ifndef CPOSIX_TRANSFER_H
#define CPOSIX_TRANSFER_H

#include <stddef.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

ssize_t cpx_read(int fd, void *bytes, size_t count);
ssize_t cpx_put(int fd, const void *bytes, size_t count);

#pragma clang assume_nonnull end

#endif
