// Deaths that are known before the kernel has taken a process apart, which it does ahead of closing its pipes and telling its parent.
#ifndef CPOSIX_DYING_H
#define CPOSIX_DYING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

// ---- in a process whose end matters: its main thread holds a lock in a page that it shares, and never lets go of it. The kernel
// releases what a thread holds when it begins to end.

// Where the kernel looks for the locks of the calling thread. Null: there is no such list.
typedef struct cpx_lock_list {
  void *_Nullable head;
  size_t size;
} cpx_lock_list;

cpx_lock_list cpx_locks_of_thread(void);
// The lock is taken for the calling thread. `is_copy`: of a process that has just been forked without the C library, so that the
// list is what the other process had, and the kernel knows none.
void cpx_hold_life(cpx_lock_list list, void *page, bool is_copy);

// ---- in the process that waits

// One that is awaited: the word of its lock, and what it holds while the process lives.
typedef struct cpx_life {
  const uint32_t *word;
  uint32_t value;
} cpx_life;

enum { CPX_MOST_LIVES = 127 };

// Of the process that was to hold the lock in this page. False: it does not.
bool cpx_life_of(const void *page, pid_t pid, cpx_life *out);
bool cpx_is_alive(const cpx_life *life);
// The calling thread has a table of descriptors of its own from here on, with this one only, so that the others need not count who
// uses a file while they do. Where that can not be, it shares theirs as before.
void cpx_keep_only(int fd);
// Until one of them may have changed, or `changes` is no longer `seen`. At most CPX_MOST_LIVES. -1: this kernel can not do that.
int cpx_await_deaths(const cpx_life *lives, int count, const uint32_t *changes, uint32_t seen);
// Has it counted up, and whoever waits look again.
void cpx_change(uint32_t *changes);
uint32_t cpx_changes(const uint32_t *changes);
// The line of a process in /proc, opened long before it is wanted, as that takes longer than to read it. -1: errno; EMFILE also
// when hardly any descriptors are left, which are for what has to be opened.
int cpx_open_stat(pid_t pid);
// A child that is not reaped: it ends or has ended. What its page says may be what a plugin has written there.
bool cpx_is_dying(int stat);

#pragma clang assume_nonnull end

#endif
