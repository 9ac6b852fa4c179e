// Fork servers: processes that make copies of themselves for their parent, and what is passed to these.
#ifndef CPOSIX_FORKING_H
#define CPOSIX_FORKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cposix_dying.h"

#pragma clang assume_nonnull begin

// What the host passes for a new process, in this order.
enum cpx_passed {
  CPX_PASSED_INPUT,
  CPX_PASSED_OUTPUT,
  CPX_PASSED_STDOUT,
  CPX_PASSED_STDERR,
  CPX_PASSED_COUNT,
  // And, if there are any, the directory of the control group that it is to be in.
  CPX_PASSED_GROUP = CPX_PASSED_COUNT,
  CPX_PASSED_MOST,
};

// A copy of this process of one thread, as another child of its parent: 0 in the copy, its pid, or -1. Handlers of
// pthread_atfork do not run.
pid_t cpx_fork_sibling(void);

// Calls it with a stack that begins with a page: a process that is forked within has its frames in few pages, each of which is
// copied for it.
void cpx_at_top_of_page(void (*body)(void));

// In a process that is going to be forked often, and has one thread: less of the executable's memory is copied each time. What
// can not be done is left.
void cpx_trim_for_forks(void);

// What a new process finds of the server that it was forked from.
typedef struct cpx_forking {
  pid_t host;
  int control;         // its socket
  int input, output;   // its pipes: those of the new process get their numbers
  int claims;          // the pages of all workers: a file, of which each maps its own page
  const void *cancel;  // and one that is mapped already
  size_t page_size;
  cpx_lock_list locks; // of the thread that forks
} cpx_forking;

typedef struct cpx_forked {
  const uint64_t *_Nullable cancel;
  uint64_t *_Nullable claims;
} cpx_forked;

// In such a process, what exec and the host's spawn do for one that is executed: it ends with its host and leads a group, the
// server's descriptors are closed, and what was passed is where it belongs. -1: the host is gone, or that can not be.
int cpx_settle_fork(const cpx_forking *server, const int passed[_Nonnull CPX_PASSED_COUNT], uint32_t page, cpx_forked *out);

bool cpx_has_one_thread(void);       // may be asked often
int cpx_thread_count(void);          // of this process; -1 if it can not be known
uint64_t cpx_private_memory(void);   // bytes of this process that no file stands behind; 0 if unknown
int cpx_socket_pair(int fds[_Nonnull 2]);  // of packets
// One packet with descriptors. Bytes sent or received, 0 at the end of the other side, -1 with errno.
ssize_t cpx_send_fds(int socket, const void *message, size_t size, const int *_Nullable fds, int count);
ssize_t cpx_receive_fds(int socket, void *message, size_t size, int *_Nullable fds, int capacity, int *count);
bool cpx_is_own_child(pid_t pid);    // alive or not reaped yet
int cpx_adopt_orphans(void);         // descendants that lose their parent become children of this process
void cpx_allow_inspection(bool allowed);  // whether other processes of this user may trace this one, read its memory and open its files

#pragma clang assume_nonnull end

#endif
