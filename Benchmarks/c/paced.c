/* paced SIZE COUNT PAUSE: as pingpong, with PAUSE microseconds between a response and the next request, so that both sides
 * sleep in between. Prints the times from a request to its response. */
#include "support.h"

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: paced SIZE COUNT PAUSE\n");
        return 2;
    }
    size_t size = number("SIZE", argv[1], 16);
    uint64_t count = number("COUNT", argv[2], 2);
    unsigned long pause = number("PAUSE", argv[3], 0);
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC)) die("pipe2");
    pid_t child = fork();
    if (child < 0) die("fork");
    uint8_t *request = calloc(1, size), *response = malloc(size);
    uint64_t *times = calloc(count, sizeof *times);
    if (!request || !response || !times) die("malloc");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(to[1]);
        close(from[0]);
        while (read_all(to[0], request, size)) write_all(from[1], request, size);
        exit(0);
    }
    close(to[0]);
    close(from[1]);
    for (uint64_t n = 0; n < count; n++) {
        usleep(pause);
        uint64_t start = now_ns();
        stamp(request, size, n);
        write_all(to[1], request, size);
        if (!read_all(from[0], response, size)) {
            fprintf(stderr, "error: the worker ended early\n");
            return 1;
        }
        times[n] = now_ns() - start;
        check(response, size, n);
    }
    close(to[1]);
    reap(child);
    qsort(times, count, sizeof *times, compare);
    printf("{\"p50\":%.3f,\"p99\":%.3f}\n", (double)times[count / 2] / 1e3, (double)times[count * 99 / 100] / 1e3);
    return 0;
}
