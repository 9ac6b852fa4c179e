/* steps NUMBER TITLE COMMAND...: runs the command, follows the NUMBERth process that is forked by one whose name begins with TITLE,
 * and prints the address of each instruction that it executes, as FILE OFFSET, to standard error. Slow; for Scripts/worker-order. */
#include "support.h"

#include <sys/ptrace.h>
#include <sys/user.h>

static struct { unsigned long start, end, offset; char name[256]; } parts[512];
static int part_count;

static FILE *open_of(pid_t pid, const char *what) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, what);
    return fopen(path, "r");
}

static int begins_with(pid_t pid, const char *title) {
    char name[64] = "";
    FILE *file = open_of(pid, "comm");
    if (file && !fgets(name, sizeof name, file)) name[0] = 0;
    if (file) fclose(file);
    return strncmp(name, title, strlen(title)) == 0;
}

static void read_mappings(pid_t pid) {
    char line[512];
    FILE *file = open_of(pid, "maps");
    if (!file) die("maps");
    for (part_count = 0; part_count < 512 && fgets(line, sizeof line, file);) {
        int found = sscanf(line, "%lx-%lx %*s %lx %*s %*s %255s", &parts[part_count].start, &parts[part_count].end,
                           &parts[part_count].offset, parts[part_count].name);
        if (found == 4) part_count++;
    }
    fclose(file);
}

static void print_step(unsigned long at) {
    for (int i = 0; i < part_count; i++)
        if (at >= parts[i].start && at < parts[i].end)
            fprintf(stderr, "%s %lx\n", parts[i].name, at - parts[i].start + parts[i].offset);
}

#if defined(__x86_64__)
static unsigned long counter(pid_t pid) {
    struct user_regs_struct registers;
    return ptrace(PTRACE_GETREGS, pid, 0, &registers) == 0 ? registers.rip : 0;
}
#else
static unsigned long counter(pid_t pid) { (void)pid; return 0; }
#endif

int main(int argc, char **argv) {
    if (argc < 4) { fprintf(stderr, "usage: steps NUMBER TITLE COMMAND...\n"); return 2; }
    unsigned long wanted = number("NUMBER", argv[1], 1), seen = 0;
    pid_t first = fork(), followed = 0, pid;
    if (first < 0) die("fork");
    if (first == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execvp(argv[3], argv + 3);
        die(argv[3]);
    }
    int status;
    waitpid(first, &status, 0);
    ptrace(PTRACE_SETOPTIONS, first, 0, PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC);
    ptrace(PTRACE_CONT, first, 0, 0);
    while ((pid = waitpid(-1, &status, __WALL)) > 0) {
        if (!WIFSTOPPED(status)) continue;
        int event = status >> 16, signal = WSTOPSIG(status);
        if (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK) {
            unsigned long made = 0;
            ptrace(PTRACE_GETEVENTMSG, pid, 0, &made);
            if (begins_with(pid, argv[2]) && ++seen == wanted) {
                followed = (pid_t)made;
                read_mappings(pid);
            }
        }
        int is_ours = event || signal == SIGTRAP || signal == SIGSTOP;
        if (pid == followed && is_ours) print_step(counter(pid));
        ptrace(pid == followed ? PTRACE_SINGLESTEP : PTRACE_CONT, pid, 0, is_ours ? 0 : signal);
    }
    return seen >= wanted ? 0 : 1;
}
