/* Goes for other processes: its siblings, the fork server, the host; and leaves some of its own behind. */
#define KIND "intruder"
#include "deeds.h"

#include <dirent.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define IS(name) (strcmp(deed, name) == 0)

static int parent_of(int pid) {
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0) close(fd);
    if (size <= 0) return -1;
    text[size] = 0;
    int parent = -1;
    char *end = strrchr(text, ')');
    return end && sscanf(end + 2, "%*c %d", &parent) == 1 ? parent : -1;
}

/* Those with the same parent: workers and the fork server. Returns how many. */
static int signal_siblings(int number) {
    DIR *all = opendir("/proc");
    int count = 0;
    for (struct dirent *entry; all && (entry = readdir(all));) {
        int pid = atoi(entry->d_name);
        if (pid > 0 && pid != getpid() && parent_of(pid) == getppid() && kill(pid, number) == 0) count++;
    }
    if (all) closedir(all);
    return count;
}

static int a_sibling(void) {
    DIR *all = opendir("/proc");
    int found = -1;
    for (struct dirent *entry; all && found < 0 && (entry = readdir(all));) {
        int pid = atoi(entry->d_name);
        if (pid > 0 && pid != getpid() && parent_of(pid) == getppid()) found = pid;
    }
    if (all) closedir(all);
    return found;
}

/* As an ordinary user has it, also where the tests run as root. */
static int drop_capabilities(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2];
    memset(none, 0, sizeof none);
    return (int)syscall(SYS_capset, &header, none);
}

/* The ways into another process that work, as bits. */
static long ways_into(int pid) {
    long ways = 0;
    char path[64], byte = 0;
    struct iovec here = {&byte, 1}, there = {(void *)&byte, 1};
    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0) { ways |= 1; ptrace(PTRACE_DETACH, pid, NULL, NULL); }
    if (process_vm_readv(pid, &here, 1, &there, 1, 0) >= 0 || errno == EFAULT) ways |= 2;
    snprintf(path, sizeof path, "/proc/%d/mem", pid);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd >= 0) { ways |= 4; close(fd); }
    char target[64];
    snprintf(path, sizeof path, "/proc/%d/fd/0", pid);
    if (readlink(path, target, sizeof target) >= 0) ways |= 8;
    return ways;
}

/* Waits for ever, `more` times with a child that does the same; in a session of its own if it may not stay in this group. Each
 * writes its number. */
static void be_daemons(int pipe_end, int more, int stays) {
    signal(SIGTERM, SIG_IGN);
    do {
        pid_t me = getpid();
        if (!stays) setsid();
        if (write(pipe_end, &me, sizeof me) < 0) _exit(1);
    } while (more-- > 0 && fork() == 0);
    for (;;) pause();
}

/* Processes that have nothing to do with their worker any more; it says who they are. `group`: of the first, -1 = its own. */
static void leave_daemons(th_call *call, int group, int count) {
    int ends[2];
    if (pipe(ends) != 0) return;
    pid_t child = fork();
    if (child == 0) {
        if (group >= 0) setpgid(0, group);
        if (fork() == 0) be_daemons(ends[1], count - 1, group >= 0);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    close(ends[1]);
    for (pid_t pid; count > 0 && read(ends[0], &pid, sizeof pid) == sizeof pid; count--) say(call, "left %ld", pid);
    close(ends[0]);
}

static th_status do_deed(th_call *call, const char *deed, const char *argument) {
    if (IS("stop-siblings")) { say(call, "stopped %ld", signal_siblings(SIGSTOP)); return TH_OK; }
    if (IS("kill-siblings")) { say(call, "killed %ld", signal_siblings(SIGKILL)); return TH_OK; }
    if (IS("kill-host")) { kill(getppid(), SIGKILL); for (;;) pause(); }
    if (IS("stop-host-briefly")) { kill(getppid(), SIGSTOP); usleep(50000); kill(getppid(), SIGCONT); return TH_OK; }
    if (IS("look-into-host")) {
        if (drop_capabilities() != 0) return th_fail(call, TH_E_INTERNAL, "capset");
        say(call, "ways %ld", ways_into(getppid()));
        return TH_OK;
    }
    if (IS("look-into-sibling")) { say(call, "ways %ld", ways_into(a_sibling())); return TH_OK; }
    if (IS("daemon")) { leave_daemons(call, -1, 1); return TH_OK; }
    if (IS("daemons")) { leave_daemons(call, -1, 4); return TH_OK; }
    if (IS("daemon-in-our-group")) { leave_daemons(call, getpgid(getppid()), 1); return TH_OK; }
    if (IS("fork-bomb")) {
        for (int i = atoi(argument); i > 0; i--) {
            pid_t child = fork();
            if (child == 0) for (;;) pause();
            if (child < 0) { say(call, "stopped at %ld", i); return TH_OK; }
        }
        return TH_OK;
    }
    if (IS("zombies")) {
        /* Grandchildren that end at once and have nobody to wait for them but the host. */
        for (int i = atoi(argument); i > 0; i--) {
            pid_t child = fork();
            if (child == 0) { if (fork() == 0) { setsid(); usleep(20000); } _exit(0); }
            waitpid(child, NULL, 0);
        }
        return TH_OK;
    }
    if (IS("_exit")) _exit(0);
    if (IS("setsid")) { setsid(); return TH_OK; }
    if (IS("join-group")) return setpgid(0, getpgid(getppid())) == 0 ? TH_OK : TH_E_INTERNAL;
    if (IS("unshare")) { if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) != 0) errno = 0; return TH_OK; }
    if (IS("new-parent-death")) { prctl(PR_SET_PDEATHSIG, 0); return TH_OK; }
    return TH_NONE;
}

DEEDS_KIND()
