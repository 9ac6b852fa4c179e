// What `ps` shows as the command of this process.
#ifndef CPOSIX_TITLE_H
#define CPOSIX_TITLE_H

#include <stddef.h>
#include <stdint.h>

// The memory of the arguments behind the name and the first word, which lie behind each other, is the title from now on: they
// can not be read any more.
void cpx_title_take(int argc, char *_Nullable *_Nonnull argv);

// What a worker shows first; cut after 63 bytes.
void cpx_title_kind(const char *_Nonnull kind);

// The rest makes no system call and allocates nothing, so that it costs a process that was just forked little. Without an
// area it does nothing; text is cut where there is no room.

// "KIND #NUMBER", what a worker shows while it is idle.
void cpx_title_worker(uint64_t number);
// The same with ": " and this text behind it; NULL: without again.
void cpx_title_detail(const void *_Nullable text, size_t size);

#endif
