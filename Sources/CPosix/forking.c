#define _GNU_SOURCE
#include "cposix.h"
#include "hot.h"
#include "rawcall.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// clone and not fork: the new process is a child of our parent, so the host itself reaps it and its pid can not be made
// up. What fork does beside that in a process of one thread is to renew the thread's own number, which the kernel does here.
CPX_OF_WORKERS pid_t cpx_fork_sibling(void) {
  int *thread_number = NULL;
  if (prctl(PR_GET_TID_ADDRESS, &thread_number) != 0) return -1;
  long flags = CLONE_PARENT | SIGCHLD;
  if (thread_number) flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
#if defined(__x86_64__)
  long pid = cpx_raw(SYS_clone, flags, 0, 0, (long)thread_number, 0, 0);
#else
  long pid = cpx_raw(SYS_clone, flags, 0, 0, 0, (long)thread_number, 0);
#endif
  if (pid >= 0) return (pid_t)pid;
  if (pid != -1) errno = (int)-pid;
  return -1;
}

void cpx_at_top_of_page(void (*body)(void)) {
  char here;
  volatile char *rest = __builtin_alloca(((uintptr_t)&here & 4095) + 1);
  rest[0] = 0;
  body();
}

// One function, and without the C library: see rawcall.h.
CPX_OF_WORKERS int cpx_settle_fork(
    const cpx_forking *server, const int passed[CPX_PASSED_COUNT], uint32_t page, cpx_forked *out) {
  cpx_raw(SYS_close, server->control, 0, 0, 0, 0, 0);
  if (cpx_raw(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0, 0) != 0) return -1;
  // The parent may have gone before the call above.
  if (cpx_raw(SYS_getppid, 0, 0, 0, 0, 0, 0) != server->host) return -1;
  // Fails only for a leader of a session, which a new process is not.
  cpx_raw(SYS_setpgid, 0, 0, 0, 0, 0, 0);
  // At the numbers of the server's own, which are closed by it.
  const int places[][3] = {
      {passed[CPX_PASSED_INPUT], server->input, O_CLOEXEC},
      {passed[CPX_PASSED_OUTPUT], server->output, O_CLOEXEC},
      {passed[CPX_PASSED_STDOUT], 1, 0},
      {passed[CPX_PASSED_STDERR], 2, 0},
  };
  for (int i = 0; i < 4; i++) {
    if (cpx_raw(SYS_dup3, places[i][0], places[i][1], places[i][2], 0, 0, 0) != places[i][1]) return -1;
    cpx_raw(SYS_close, places[i][0], 0, 0, 0, 0, 0);
  }
  // It is going to be used: a fault less.
  long claims = cpx_raw(SYS_mmap, 0, (long)server->page_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                        server->claims, (long)(page * server->page_size));
  if (claims == (long)MAP_FAILED || (claims < 0 && claims > -4096)) return -1;
  cpx_raw(SYS_close, server->claims, 0, 0, 0, 0, 0);
  cpx_hold_life(server->locks, (void *)claims, true);
  out->claims = (uint64_t *)claims;
  out->cancel = (const uint64_t *)((const char *)server->cancel + page * server->page_size);
  return 0;
}

// A directory has two links of its own and one for each entry.
int cpx_thread_count(void) {
  struct stat info;
  return stat("/proc/self/task", &info) == 0 ? (int)info.st_nlink - 2 : -1;
}

// The kernel takes an address space from its process only if no other thread or process has it, which is the quickest way to
// ask. Where that call is forbidden, threads are counted.
CPX_OF_WORKERS bool cpx_has_one_thread(void) {
  long result = cpx_raw(SYS_unshare, CLONE_VM, 0, 0, 0, 0, 0);
  return result == 0 || cpx_thread_count() == 1;
}

uint64_t cpx_private_memory(void) {
  FILE *file = fopen("/proc/self/statm", "re");
  if (!file) return 0;
  unsigned long total, resident, shared;
  int found = fscanf(file, "%lu %lu %lu", &total, &resident, &shared);
  fclose(file);
  if (found != 3 || resident < shared) return 0;
  return (uint64_t)(resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE);
}

int cpx_socket_pair(int fds[2]) {
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) return -1;
  for (int i = 0; i < 2; i++) {
    fds[i] = cpx_move_up(fds[i]);
    if (fds[i] < 0) {
      int saved = errno;
      close(fds[1 - i]);
      errno = saved;
      return -1;
    }
  }
  return 0;
}

typedef union {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(CPX_PASSED_MOST * sizeof(int))];
} control_room;

ssize_t cpx_send_fds(int socket, const void *message, size_t size, const int *fds, int count) {
  control_room room;
  struct iovec part = {.iov_base = (void *)message, .iov_len = size};
  struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
  if (count > 0) {
    memset(&room, 0, sizeof room);
    header.msg_control = room.bytes;
    header.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
    struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
    memcpy(CMSG_DATA(rights), fds, (size_t)count * sizeof(int));
  }
  ssize_t sent;
  do sent = sendmsg(socket, &header, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent;
}

ssize_t cpx_receive_fds(int socket, void *message, size_t size, int *fds, int capacity, int *count) {
  control_room room;
  struct iovec part = {.iov_base = message, .iov_len = size};
  struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room.bytes,
                          .msg_controllen = sizeof room.bytes};
  ssize_t got;
  do got = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  *count = 0;
  if (got < 0) return got;
  for (struct cmsghdr *item = CMSG_FIRSTHDR(&header); item; item = CMSG_NXTHDR(&header, item)) {
    if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) continue;
    int many = (int)((item->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    for (int i = 0; i < many; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(item) + (size_t)i * sizeof(int), sizeof fd);
      if (*count < capacity) fds[(*count)++] = fd;
      else close(fd);
    }
  }
  return got;
}

bool cpx_is_own_child(pid_t pid) {
  siginfo_t info;
  return pid > 0 && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

int cpx_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1); }

void cpx_allow_inspection(bool allowed) {
  // Fails on no kernel that has the calls that workers need.
  prctl(PR_SET_DUMPABLE, allowed);
}
