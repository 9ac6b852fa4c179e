/* pingpong SIZE COUNT: one request and its response at a time over two pipes to one worker process, with blocking reads
 * and writes. Nothing can be faster over pipes with a window of 1: it is the floor that ours is compared with. */
#include "support.h"

static void work(int in, int out, size_t size) {
    uint8_t *message = malloc(size);
    if (!message) die("malloc");
    while (read_all(in, message, size)) write_all(out, message, size);
    exit(0);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: pingpong SIZE COUNT\n");
        return 2;
    }
    size_t size = number("SIZE", argv[1], 16);
    uint64_t count = number("COUNT", argv[2], 2);
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC)) die("pipe2");
    pid_t child = fork();
    if (child < 0) die("fork");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(to[1]);
        close(from[0]);
        work(to[0], from[1], size);
    }
    close(to[0]);
    close(from[1]);
    uint8_t *request = calloc(1, size), *response = malloc(size);
    if (!request || !response) die("malloc");
    uint64_t first = 0;
    for (uint64_t n = 0; n < count; n++) {
        stamp(request, size, n);
        write_all(to[1], request, size);
        if (!read_all(from[0], response, size)) {
            fprintf(stderr, "error: the worker ended early\n");
            return 1;
        }
        check(response, size, n);
        if (n == 0) first = now_ns();
    }
    uint64_t last = now_ns();
    close(to[1]);
    reap(child);
    report(count, first, last);
    return 0;
}
