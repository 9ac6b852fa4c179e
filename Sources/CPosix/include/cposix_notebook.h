// A page that a process which may crash shares with the one that looks after it: what it was doing, and where it died.
#ifndef CPOSIX_NOTEBOOK_H
#define CPOSIX_NOTEBOOK_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct cpx_notebook cpx_notebook;

int cpx_notebook_file(void);                        // -1 with errno
cpx_notebook *_Nullable cpx_notebook_map(int file); // NULL with errno; never unmapped
// The signals of crashes are noted with their address; then they do what they do by default. 0, or an errno.
int cpx_notebook_watch(cpx_notebook *notebook);

// Which hook is being called ("" = none), and what the check is doing; cut where they are too long.
void cpx_notebook_set_hook(cpx_notebook *notebook, const char *hook);
void cpx_notebook_set_step(cpx_notebook *notebook, const char *step);
// Memory that nobody may touch, with a name for messages. A number for `forget`; the oldest is forgotten if there are too many.
uint32_t cpx_notebook_guard(cpx_notebook *notebook, const void *start, size_t size, const char *name);
void cpx_notebook_forget(cpx_notebook *notebook, uint32_t number);

const char *cpx_notebook_hook(const cpx_notebook *notebook);
const char *cpx_notebook_step(const cpx_notebook *notebook);
int cpx_notebook_signal(const cpx_notebook *notebook);   // 0 = none was noted
uint64_t cpx_notebook_address(const cpx_notebook *notebook);
// The name of the guarded memory in which the process crashed; NULL if it was elsewhere.
const char *_Nullable cpx_notebook_guarded(const cpx_notebook *notebook);

// Bytes that this process has allocated and not freed, as the C library counts them.
uint64_t cpx_heap_used(void);

#pragma clang assume_nonnull end

#endif
