#define _GNU_SOURCE
#include "cposix.h"
#include "hot.h"
#include "procfile.h"
#include "rawcall.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096
// Of the link of the lock, in the page. Around it is what a robust mutex of the C library has there: it may put others of the same
// list before ours.
#define LINK 2112

typedef struct lock_link {
  struct robust_list *previous;
  struct robust_list next;
} lock_link;

// The place of a lock is told by that of its link, at a distance that is the C library's.
static inline uint32_t *word_in(const void *page, const struct robust_list_head *head) {
  long at = LINK + head->futex_offset;
  return at >= 64 && at + 4 <= PAGE && at % 4 == 0 ? (uint32_t *)((char *)page + at) : NULL;
}

// The last bit of an address in the list says of which sort its lock is.
static inline void link_back(struct robust_list *link, struct robust_list *to) {
  char *start = (char *)((uintptr_t)link & ~(uintptr_t)1) - offsetof(lock_link, next);
  ((lock_link *)start)->previous = to;
}

cpx_lock_list cpx_locks_of_thread(void) {
  cpx_lock_list list = {0};
  if (syscall(SYS_get_robust_list, 0, &list.head, &list.size) != 0) list.head = NULL;
  if (list.size != sizeof(struct robust_list_head)) list.head = NULL;
  return list;
}

CPX_OF_WORKERS void cpx_hold_life(cpx_lock_list list, void *page, bool is_copy) {
  struct robust_list_head *head = list.head;
  uint32_t *word = head ? word_in(page, head) : NULL;
  if (!word) return;
  if (is_copy) {
    // What the other process holds is its own.
    head->list.next = &head->list;
    head->list_op_pending = NULL;
    if (cpx_raw(SYS_set_robust_list, (long)head, (long)list.size, 0, 0, 0, 0) != 0) return;
  }
  // As if somebody waited: else the kernel wakes nobody.
  uint32_t value = (uint32_t)cpx_raw(SYS_gettid, 0, 0, 0, 0, 0, 0) | FUTEX_WAITERS;
  __atomic_store_n(word, value, __ATOMIC_RELEASE);
  struct robust_list *link = (struct robust_list *)((char *)page + LINK), *first = head->list.next;
  link_back(link, &head->list);
  link->next = first;
  if (first != &head->list) link_back(first, link);
  // The kernel may walk the list at any time from here on.
  __atomic_store_n(&head->list.next, link, __ATOMIC_RELEASE);
}

bool cpx_life_of(const void *page, pid_t pid, cpx_life *out) {
  cpx_lock_list list = cpx_locks_of_thread();
  if (!list.head) return false;
  const uint32_t *word = word_in(page, list.head);
  if (!word) return false;
  *out = (cpx_life){.word = word, .value = (uint32_t)pid | FUTEX_WAITERS};
  return cpx_is_alive(out);
}

bool cpx_is_alive(const cpx_life *life) { return __atomic_load_n(life->word, __ATOMIC_ACQUIRE) == life->value; }

void cpx_keep_only(int fd) {
  // Those above are not even copied.
  if (close_range((unsigned)fd + 1, ~0u, CLOSE_RANGE_UNSHARE) == 0 && fd > 0) close_range(0, (unsigned)fd - 1, 0);
}

static void await(struct futex_waitv *waiter, const uint32_t *word, uint32_t value, bool is_shared) {
  *waiter = (struct futex_waitv){.uaddr = (uintptr_t)word, .val = value, .flags = FUTEX_32};
  if (!is_shared) waiter->flags |= FUTEX_PRIVATE_FLAG;
}

int cpx_await_deaths(const cpx_life *lives, int count, const uint32_t *changes, uint32_t seen) {
  struct futex_waitv waiters[CPX_MOST_LIVES + 1];
  await(&waiters[0], changes, seen, false);
  for (int i = 0; i < count; i++) await(&waiters[i + 1], lives[i].word, lives[i].value, true);
  if (syscall(SYS_futex_waitv, waiters, count + 1, 0, NULL, CLOCK_MONOTONIC) >= 0) return 0;
  // A word that has changed already, a signal, a page that has been given back meanwhile.
  return errno == EAGAIN || errno == EINTR || errno == EFAULT ? 0 : -1;
}

void cpx_change(uint32_t *changes) {
  __atomic_add_fetch(changes, 1, __ATOMIC_RELEASE);
  syscall(SYS_futex, changes, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

uint32_t cpx_changes(const uint32_t *changes) { return __atomic_load_n(changes, __ATOMIC_ACQUIRE); }

// Of the flags that the kernel shows: the thread is being taken apart.
#define EXITING 0x4

int cpx_open_stat(pid_t pid) {
  char path[40];
  cpx_stat_path(pid, path, sizeof path);
  int fd = cpx_move_up(open(path, O_RDONLY | O_CLOEXEC));
  struct rlimit limit;
  if (fd < 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0) return fd;
  rlim_t kept = limit.rlim_cur / 4 > 32 ? limit.rlim_cur / 4 : 32;
  if ((rlim_t)fd + kept < limit.rlim_cur) return fd;
  close(fd);
  errno = EMFILE;
  return -1;
}

// The field so many after the name, as what follows the space before it.
static const char *field_of(const char *name_end, int number) {
  for (const char *at = name_end; *at; at++) {
    if (*at == ' ' && --number == 0) return at + 1;
  }
  return NULL;
}

bool cpx_is_dying(int stat) {
  char line[1024];
  ssize_t got = pread(stat, line, sizeof line - 1, 0);
  if (got <= 0) return false;
  line[got] = 0;
  const char *end = strrchr(line, ')'), *flags = end ? field_of(end, 7) : NULL, *threads = end ? field_of(end, 18) : NULL;
  if (!flags || !threads || !(strtoul(flags, NULL, 10) & EXITING)) return false;
  // A main thread that has left by itself leaves the others at work. The last field is the exit code, 0 where it must not be known.
  return strtol(threads, NULL, 10) <= 1 || strtol(strrchr(line, ' '), NULL, 10) != 0;
}
