#define _GNU_SOURCE
#include "foreign_memory.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <ucontext.h>
#include <unistd.h>

#define MAGIC 0x52435446u

static int outlet = -1;
static volatile sig_atomic_t at_work;
static uint64_t work_serial;
static uint32_t work_line;
static const fm_region *work_regions;
static size_t work_count;
static size_t page_size;

// ---- in the host

int fm_inbox_open(uint8_t *name, size_t *length) {
  int inbox = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (inbox < 0) return -1;
  int on = 1;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  socklen_t size = sizeof address;
  // The kernel chooses a name that is no file; who sends is checked.
  if (setsockopt(inbox, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
      bind(inbox, (struct sockaddr *)&address, sizeof(sa_family_t)) != 0 ||
      getsockname(inbox, (struct sockaddr *)&address, &size) != 0 ||
      size < sizeof(sa_family_t) || size - sizeof(sa_family_t) > 32) {
    close(inbox);
    return -1;
  }
  *length = size - sizeof(sa_family_t);
  memcpy(name, address.sun_path, *length);
  return inbox;
}

int fm_inbox_take(int inbox, fm_crash *crash) {
  for (;;) {
    union {
      char bytes[CMSG_SPACE(sizeof(struct ucred))];
      struct cmsghdr align;
    } control;
    struct iovec data = {crash, sizeof *crash};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t count = recvmsg(inbox, &message, MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return 0;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    struct ucred sender;
    if (!header || header->cmsg_type != SCM_CREDENTIALS) continue;
    memcpy(&sender, CMSG_DATA(header), sizeof sender);
    if (sender.uid != geteuid() || count != sizeof *crash || crash->magic != MAGIC) continue;
    crash->library[sizeof crash->library - 1] = 0;
    crash->symbol[sizeof crash->symbol - 1] = 0;
    return 1;
  }
}

// ---- in a worker

static uintptr_t instruction(const ucontext_t *context) {
#if defined(__x86_64__)
  return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
  return (uintptr_t)context->uc_mcontext.pc;
#else
  return 0;
#endif
}

static void copy(char *to, size_t size, const char *from) {
  size_t count = strlen(from);
  if (count >= size) count = size - 1;
  memcpy(to, from, count);
}

static void on_crash(int number, siginfo_t *info, void *context) {
  if (at_work && outlet >= 0) {
    at_work = 0;
    fm_crash crash;
    memset(&crash, 0, sizeof crash);
    crash.magic = MAGIC;
    crash.signal = (uint32_t)number;
    crash.serial = work_serial;
    crash.line = work_line;
    crash.argument = -1;
    if (number == SIGSEGV || number == SIGBUS) {
      uintptr_t address = (uintptr_t)info->si_addr;
      crash.address = address;
      for (size_t i = 0; i < work_count; i++) {
        const fm_region *region = &work_regions[i];
        uintptr_t start = (uintptr_t)region->seen, end = start + region->capacity;
        if (!region->seen || address < start || address >= end + page_size) continue;
        crash.argument = (int32_t)i;
        crash.deed = address >= end ? 1 : region->is_input ? 2 : 0;
      }
    }
    if (number == SIGSYS) crash.system_call = (uint32_t)info->si_syscall;
    // The lock of the loader is one that its owner may take again, and nothing here allocates. A crash inside this
    // handler ends the process as the first one would have.
    uintptr_t place = instruction(context);
    Dl_info found;
    if (place && dladdr((void *)place, &found) && found.dli_fname) {
      const char *slash = strrchr(found.dli_fname, '/');
      copy(crash.library, sizeof crash.library, slash ? slash + 1 : found.dli_fname);
      uintptr_t base = (uintptr_t)(found.dli_sname ? found.dli_saddr : found.dli_fbase);
      if (found.dli_sname) copy(crash.symbol, sizeof crash.symbol, found.dli_sname);
      crash.offset = place - base;
    }
    send(outlet, &crash, sizeof crash, MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  // Once more, by the default action: the worker ends by the signal that it got.
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  sigaction(number, &action, NULL);
  // Not by a function of the C library, which may have learnt another number than a filter allows.
  syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), number);
}

void fm_watch(const uint8_t *name, size_t length) {
  static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};
  page_size = (size_t)sysconf(_SC_PAGESIZE);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (length > 0 && length <= sizeof address.sun_path) {
    memcpy(address.sun_path, name, length);
    int one = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (one >= 0 && connect(one, (struct sockaddr *)&address, (socklen_t)(sizeof(sa_family_t) + length)) == 0) {
      outlet = one;
    } else if (one >= 0) {
      close(one);
    }
  }
  // A function may have used up the usual stack.
  size_t size = 64 << 10;
  void *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stack != MAP_FAILED) {
    stack_t other = {.ss_sp = stack, .ss_size = size};
    sigaltstack(&other, NULL);
  }
  for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_crash;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | (int)SA_RESETHAND;
    sigaction(fatal[i], &action, NULL);
  }
}

void fm_watch_begin(uint64_t serial, uint32_t line, const fm_region *regions, size_t count) {
  work_serial = serial;
  work_line = line;
  work_regions = regions;
  work_count = count;
  atomic_signal_fence(memory_order_seq_cst);
  at_work = 1;
}

void fm_watch_end(void) { at_work = 0; }
