/* How long after kill(SIGKILL) a parent that waits in epoll for a pidfd knows of it, and how long until it has reaped: the floor
 * for what a pool can do. The child may have a child of its own that holds its pipe open, or an address space of the size of a
 * worker's: mappings, pages that were written to before the fork, and pages of a file that were read after it.
 * Usage: deaths COUNT [grandchild | MAPPINGS WRITTEN READ FILE]. One line of JSON with nanoseconds for each.                 */
#include "support.h"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static struct { unsigned long mappings, written, read; } size;
static const char *file_pages;

static void *map(unsigned long pages, int flags, int fd) {
    void *start = mmap(NULL, pages * 4096, PROT_READ | PROT_WRITE, flags, fd, 0);
    if (start == MAP_FAILED) die("mmap");
    return start;
}

/* What the children inherit. Each mapping has a page that was written to, or it would not be copied. */
static void be_as_large_as_a_server(const char *file) {
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) die(file);
    file_pages = map(size.read + 1, MAP_PRIVATE, fd);
    for (unsigned long i = 0; i < size.mappings; i++) {
        volatile char *own = map(2, MAP_PRIVATE, fd);
        own[0] = 1;
    }
    volatile char *written = map(size.written + 1, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    for (unsigned long i = 0; i < size.written; i++) written[i * 4096] = 1;
}

static void read_pages(void) {
    for (unsigned long i = 0; i < size.read; i++) (void)*(volatile const char *)(file_pages + i * 4096);
}

static void be_a_worker(int pipe_end, int has_grandchild) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    read_pages();
    if (has_grandchild && fork() == 0) for (;;) pause();
    char ready = 1;
    if (write(pipe_end, &ready, 1) != 1) _exit(1);
    for (;;) pause();
}

/* Somebody else kills, as with a pool: the process that waits is asleep when it happens. Forked before that is large. */
static void be_the_killer(int orders, int times) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pid_t child;
    while (read_all(orders, (uint8_t *)&child, sizeof child)) {
        usleep(2000);
        uint64_t at = now_ns();
        kill(child, SIGKILL);
        write_all(times, (uint8_t *)&at, sizeof at);
    }
    _exit(0);
}

int main(int argc, char **argv) {
    if (argc < 2) { fprintf(stderr, "usage: deaths COUNT [grandchild | MAPPINGS WRITTEN READ FILE]\n"); return 2; }
    unsigned long count = number("COUNT", argv[1], 1);
    int orders[2], times[2];
    if (pipe2(orders, O_CLOEXEC) != 0 || pipe2(times, O_CLOEXEC) != 0) die("pipe2");
    pid_t killer = fork();
    if (killer < 0) die("fork");
    if (killer == 0) {
        close(orders[1]);
        be_the_killer(orders[0], times[1]);
    }
    if (argc > 5) {
        size.mappings = number("MAPPINGS", argv[2], 1);
        size.written = number("WRITTEN", argv[3], 1);
        size.read = number("READ", argv[4], 1);
        be_as_large_as_a_server(argv[5]);
    }
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    printf("[");
    for (unsigned long i = 0; i < count; i++) {
        int ends[2];
        if (pipe(ends) != 0) die("pipe");
        pid_t child = fork();
        if (child < 0) die("fork");
        if (child == 0) be_a_worker(ends[1], argc == 3);
        close(ends[1]);
        char ready;
        if (read(ends[0], &ready, 1) != 1) die("read");
        int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
        struct epoll_event event = {.events = EPOLLIN};
        if (pidfd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, pidfd, &event) != 0) die("pidfd");
        write_all(orders[1], (uint8_t *)&child, sizeof child);
        if (epoll_wait(epoll, &event, 1, -1) != 1) die("epoll_wait");
        kill(-child, SIGKILL);
        int status;
        waitpid(child, &status, 0);
        uint64_t known = now_ns(), at;
        read_all(times[0], (uint8_t *)&at, sizeof at);
        printf("%s%llu", i ? "," : "", (unsigned long long)(known - at));
        close(pidfd);
        close(ends[0]);
    }
    printf("]\n");
    close(orders[1]);
    reap(killer);
    return 0;
}
