#define _GNU_SOURCE
#include "cposix.h"

#include <errno.h>
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
pid_t cpx_fork_sibling(void) {
  int *thread_number = NULL;
  if (prctl(PR_GET_TID_ADDRESS, &thread_number) != 0) return -1;
  unsigned long flags = CLONE_PARENT | SIGCHLD;
  if (thread_number) flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
#if defined(__x86_64__)
  return (pid_t)syscall(SYS_clone, flags, NULL, NULL, thread_number, 0);
#else
  return (pid_t)syscall(SYS_clone, flags, NULL, NULL, 0, thread_number);
#endif
}

// One function, and by numbers: a process that was just forked pays for each part of the libraries that it is the first to run.
int cpx_settle_fork(
    int control, pid_t host, const int passed[CPX_PASSED_COUNT], size_t cancel_size, size_t claims_size,
    cpx_forked *out) {
  close(control);
  if (cpx_die_with_parent(host) != 0) return -1;
  // Fails only for a leader of a session, which a new process is not.
  syscall(SYS_setpgid, 0, 0);
  for (int stream = 1; stream <= 2; stream++) {
    int from = passed[stream == 1 ? CPX_PASSED_STDOUT : CPX_PASSED_STDERR];
    if (dup2(from, stream) != stream) return -1;
    close(from);
  }
  out->input = cpx_take(passed[CPX_PASSED_INPUT]);
  out->output = cpx_take(passed[CPX_PASSED_OUTPUT]);
  if (out->input < 0 || out->output < 0) return -1;
  // Both are going to be used: two faults less.
  int cancel = passed[CPX_PASSED_CANCEL], claims = passed[CPX_PASSED_CLAIMS];
  void *page = mmap(NULL, cancel_size, PROT_READ, MAP_SHARED | MAP_POPULATE, cancel, 0);
  if (page == MAP_FAILED) return -1;
  out->cancel = page;
  page = mmap(NULL, claims_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, claims, 0);
  if (page == MAP_FAILED) return -1;
  out->claims = page;
  close(cancel);
  close(claims);
  return 0;
}

// A directory has two links of its own and one for each entry.
int cpx_thread_count(void) {
  struct stat info;
  return stat("/proc/self/task", &info) == 0 ? (int)info.st_nlink - 2 : -1;
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
  char bytes[CMSG_SPACE(CPX_PASSED_COUNT * sizeof(int))];
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

int cpx_forbid_inspection(void) { return prctl(PR_SET_DUMPABLE, 0); }
