#define _GNU_SOURCE
#include "foreign_memory.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* What is done with a system call. OWN: it may name this process only; the pid is its first argument. SELF: the same, or nobody
 * (0); for others it fails, as for a user without rights, which libraries know to live with. REFUSE: it always fails so. */
enum rule { DENY, OWN, SELF, REFUSE };
typedef struct denied {
  long number;
  enum rule rule;
  unsigned unless; /* of enum fm_permit */
  const char *name;
} denied;

#define CALL(name, rule, unless) {SYS_##name, rule, unless, #name}
static const denied calls[] = {
    CALL(execve, DENY, FM_SPAWN), CALL(execveat, DENY, FM_SPAWN),
#ifdef SYS_fork
    CALL(fork, DENY, FM_SPAWN), CALL(vfork, DENY, FM_SPAWN),
#endif
    CALL(kill, OWN, FM_SPAWN), CALL(tgkill, OWN, FM_SPAWN), CALL(rt_sigqueueinfo, OWN, FM_SPAWN),
    CALL(rt_tgsigqueueinfo, OWN, FM_SPAWN), CALL(pidfd_send_signal, DENY, FM_SPAWN),
    CALL(setsid, DENY, FM_SPAWN), CALL(setpgid, DENY, FM_SPAWN),
    CALL(ptrace, DENY, 0), CALL(process_vm_readv, OWN, 0), CALL(process_vm_writev, DENY, 0),
    CALL(pidfd_getfd, DENY, 0), CALL(io_uring_setup, DENY, 0), CALL(bpf, DENY, 0), CALL(perf_event_open, DENY, 0),
    CALL(userfaultfd, DENY, 0), CALL(keyctl, DENY, 0), CALL(add_key, DENY, 0), CALL(request_key, DENY, 0),
    CALL(unshare, DENY, 0), CALL(setns, DENY, 0), CALL(mount, DENY, 0), CALL(umount2, DENY, 0),
    CALL(pivot_root, DENY, 0), CALL(chroot, DENY, 0), CALL(reboot, DENY, 0), CALL(swapon, DENY, 0),
    CALL(swapoff, DENY, 0), CALL(init_module, DENY, 0), CALL(finit_module, DENY, 0), CALL(delete_module, DENY, 0),
    CALL(kexec_load, DENY, 0),
    /* Other processes, and the machine. */
    CALL(prlimit64, SELF, 0), CALL(sched_setaffinity, SELF, 0), CALL(sched_setscheduler, SELF, 0),
    CALL(sched_setparam, SELF, 0), CALL(sched_setattr, SELF, 0), CALL(migrate_pages, SELF, 0),
    CALL(move_pages, SELF, 0), CALL(pidfd_open, SELF, 0), CALL(setpriority, REFUSE, 0), CALL(ioprio_set, REFUSE, 0),
    CALL(process_madvise, REFUSE, 0), CALL(clock_adjtime, REFUSE, 0), CALL(adjtimex, REFUSE, 0),
    CALL(syslog, REFUSE, 0), CALL(settimeofday, DENY, 0), CALL(clock_settime, DENY, 0), CALL(acct, DENY, 0),
    CALL(sethostname, DENY, 0), CALL(setdomainname, DENY, 0),
    CALL(quotactl, DENY, 0), CALL(vhangup, DENY, 0),
#ifdef SYS_iopl
    CALL(iopl, DENY, 0), CALL(ioperm, DENY, 0),
#endif
};

const char *fm_system_call_name(unsigned number) {
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    if (calls[i].number == (long)number) return calls[i].name;
  }
  switch (number) {
    case SYS_clone: return "clone";
    case SYS_socket: return "socket";
    default: return NULL;
  }
}

unsigned fm_system_call_permit(unsigned number) {
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    if (calls[i].number == (long)number) return calls[i].unless;
  }
  return number == SYS_clone ? FM_SPAWN : number == SYS_socket ? FM_NETWORK : 0;
}

enum { MOST = 320 };
typedef struct program {
  struct sock_filter steps[MOST];
  unsigned short count;
} program;

static void step(program *p, unsigned short code, unsigned char yes, unsigned char no, unsigned value) {
  if (p->count < MOST) p->steps[p->count++] = (struct sock_filter){code, yes, no, value};
}
static void load(program *p, size_t offset) { step(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (unsigned)offset); }
static void answer(program *p, unsigned value) { step(p, BPF_RET | BPF_K, 0, 0, value); }
/* The next `skipped` steps are for this number only; the number is loaded. */
static void only(program *p, unsigned number, unsigned char skipped) {
  step(p, BPF_JMP | BPF_JEQ | BPF_K, 0, skipped, number);
}

/* The lower half of an argument; both machines have it first. */
#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + (n) * sizeof(__u64))
#define FAIL(code) (SECCOMP_RET_ERRNO | (code))

static void build(program *p, unsigned permits) {
  load(p, offsetof(struct seccomp_data, arch));
  step(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ARCHITECTURE);
  answer(p, SECCOMP_RET_TRAP);
  load(p, offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
  /* The numbers of x32. */
  step(p, BPF_JMP | BPF_JGE | BPF_K, 0, 1, 0x40000000u);
  answer(p, SECCOMP_RET_TRAP);
#endif
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    const denied *call = &calls[i];
    if (call->unless & permits) continue;
    if (call->rule == DENY) {
      only(p, (unsigned)call->number, 1);
      answer(p, SECCOMP_RET_TRAP);
    } else if (call->rule == REFUSE) {
      only(p, (unsigned)call->number, 1);
      answer(p, FAIL(EPERM));
    } else if (call->rule == SELF) {
      only(p, (unsigned)call->number, 5);
      load(p, ARGUMENT(0));
      step(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0);
      step(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (unsigned)getpid());
      answer(p, SECCOMP_RET_ALLOW);
      answer(p, FAIL(EPERM));
    } else {
      only(p, (unsigned)call->number, 4);
      load(p, ARGUMENT(0));
      step(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (unsigned)getpid());
      answer(p, SECCOMP_RET_ALLOW);
      answer(p, SECCOMP_RET_TRAP);
    }
  }
  if (!(permits & FM_SPAWN)) {
    /* Its flags lie in memory, where a filter can not look. The C library then takes the older call. */
    only(p, SYS_clone3, 1);
    answer(p, FAIL(ENOSYS));
    /* Threads are what the library makes them for. */
    only(p, SYS_clone, 4);
    load(p, ARGUMENT(0));
    step(p, BPF_JMP | BPF_JSET | BPF_K, 0, 1, CLONE_THREAD);
    answer(p, SECCOMP_RET_ALLOW);
    answer(p, SECCOMP_RET_TRAP);
  }
  if (!(permits & FM_NETWORK)) {
    /* Looking for a daemon of this machine, or for its interfaces, is what many functions do that can do without: they hear
     * that there is none. */
    only(p, SYS_socket, 5);
    load(p, ARGUMENT(0));
    step(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, AF_UNIX);
    step(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, AF_NETLINK);
    answer(p, FAIL(EACCES));
    answer(p, SECCOMP_RET_TRAP);
  }
  answer(p, SECCOMP_RET_ALLOW);
}

static int lower(int resource, uint64_t most) {
  struct rlimit limit;
  if (most == 0) return 0;
  if (getrlimit((__rlimit_resource_t)resource, &limit) != 0) return errno;
  if (limit.rlim_max > most) limit.rlim_max = most;
  if (limit.rlim_cur > most) limit.rlim_cur = most;
  return setrlimit((__rlimit_resource_t)resource, &limit) == 0 ? 0 : errno;
}

int fm_contain(const fm_limits *limits) {
  int code = lower(RLIMIT_NOFILE, limits->open_files);
  if (code == 0) code = lower(RLIMIT_AS, limits->address_space);
  if (code == 0) code = lower(RLIMIT_CPU, limits->cpu_seconds);
  if (code != 0) return code;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  if (limits->permits & FM_ALL) return 0;
  static program made;
  made.count = 0;
  build(&made, limits->permits);
  if (made.count == MOST) return E2BIG;
  struct sock_fprog filter = {made.count, made.steps};
  /* All threads: the libraries may have some already. */
  long status = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
  if (status > 0) return EBUSY;
  return status == 0 ? 0 : errno;
}
