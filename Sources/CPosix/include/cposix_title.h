// What `ps` shows as the command of this process.
#ifndef CPOSIX_TITLE_H
#define CPOSIX_TITLE_H

#include <stddef.h>

// The memory of the arguments behind the name and the first word, which lie behind each other, is the title from now on: they
// can not be read any more.
void cpx_title_take(int argc, char *_Nullable *_Nonnull argv);
// Two pieces of text, cut where there is no room. No system call; without an area, nothing.
void cpx_title_set(const void *_Nonnull head, size_t head_size, const void *_Nullable tail, size_t tail_size);

#endif
