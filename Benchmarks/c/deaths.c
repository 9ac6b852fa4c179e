/* How long after kill(SIGKILL) a parent that waits in epoll for a pidfd knows of it, and how long until it has reaped: the floor
 * for what a pool can do. With an argument, the child has a child of its own that holds its pipe open.
 * Usage: deaths COUNT [grandchild]. One line of JSON with nanoseconds for each.                                   */
#include "support.h"

#include <sys/epoll.h>
#include <sys/syscall.h>

static void be_a_worker(int pipe_end, int has_grandchild) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    if (has_grandchild && fork() == 0) for (;;) pause();
    char ready = 1;
    if (write(pipe_end, &ready, 1) != 1) _exit(1);
    for (;;) pause();
}

int main(int argc, char **argv) {
    if (argc < 2) { fprintf(stderr, "usage: deaths COUNT [grandchild]\n"); return 2; }
    unsigned long count = number("COUNT", argv[1], 1);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    printf("[");
    for (unsigned long i = 0; i < count; i++) {
        int ends[2];
        if (pipe(ends) != 0) die("pipe");
        pid_t child = fork();
        if (child < 0) die("fork");
        if (child == 0) be_a_worker(ends[1], argc > 2);
        close(ends[1]);
        char ready;
        if (read(ends[0], &ready, 1) != 1) die("read");
        int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
        struct epoll_event event = {.events = EPOLLIN};
        if (pidfd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, pidfd, &event) != 0) die("pidfd");
        /* Somebody else kills, as with a pool: this process is asleep when it happens. */
        int times[2];
        if (pipe(times) != 0) die("pipe");
        pid_t killer = fork();
        if (killer == 0) {
            usleep(2000);
            uint64_t at = now_ns();
            kill(child, SIGKILL);
            write_all(times[1], (uint8_t *)&at, sizeof at);
            _exit(0);
        }
        if (epoll_wait(epoll, &event, 1, -1) != 1) die("epoll_wait");
        kill(-child, SIGKILL);
        int status;
        waitpid(child, &status, 0);
        uint64_t known = now_ns(), at;
        read_all(times[0], (uint8_t *)&at, sizeof at);
        reap(killer);
        printf("%s%llu", i ? "," : "", (unsigned long long)(known - at));
        close(pidfd);
        close(ends[0]);
        close(times[0]);
        close(times[1]);
    }
    printf("]\n");
    return 0;
}
