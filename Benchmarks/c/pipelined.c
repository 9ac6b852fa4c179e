/* pipelined SIZE COUNT WINDOW WORKERS: up to WINDOW requests in flight to each worker, as many as fit in one write; an
 * epoll loop in the master, blocking workers that answer all that one read has brought. No queue, no retry, no schedule:
 * the floor of a pool over pipes. */
#include "support.h"
#include <sys/epoll.h>

enum { most_workers = 64, piece = 1 << 16 };

typedef struct {
    int to, from;
    pid_t pid;
    uint8_t *out, *in;          /* requests that wait to be written; a part of a response */
    size_t out_start, out_end, in_have;
    uint64_t *numbers;          /* of the requests in flight, a ring */
    uint64_t head, tail;
    int choked;
} Worker;

static size_t size, in_size, out_size;
static uint64_t count, window, sent, done, first;

static void work(int in, int out) {
    uint8_t *bytes = malloc(in_size);
    if (!bytes) die("malloc");
    size_t have = 0;
    for (;;) {
        ssize_t r = read(in, bytes + have, in_size - have);
        if (r < 0 && errno == EINTR) continue;
        if (r < 0) die("read");
        if (r == 0) exit(0);
        have += (size_t)r;
        size_t whole = have / size * size;
        if (!whole) continue;
        write_all(out, bytes, whole);
        memmove(bytes, bytes + whole, have - whole);
        have -= whole;
    }
}

/* New requests up to the window, then one write. */
static void feed(Worker *w, int ep, uint32_t index) {
    if (w->out_start == w->out_end) w->out_start = w->out_end = 0;
    while (sent < count && w->tail - w->head < window && w->out_end + size <= out_size) {
        stamp(w->out + w->out_end, size, sent);
        w->numbers[w->tail++ % window] = sent++;
        w->out_end += size;
    }
    while (w->out_start < w->out_end) {
        ssize_t r = write(w->to, w->out + w->out_start, w->out_end - w->out_start);
        if (r < 0 && errno == EINTR) continue;
        if (r < 0 && errno == EAGAIN) break;
        if (r < 0) die("write");
        w->out_start += (size_t)r;
    }
    int choked = w->out_start < w->out_end;
    if (choked == w->choked) return;
    struct epoll_event e = {.events = EPOLLOUT, .data.u32 = index};
    if (epoll_ctl(ep, choked ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, w->to, &e)) die("epoll_ctl");
    w->choked = choked;
}

static void take(Worker *w) {
    ssize_t r = read(w->from, w->in + w->in_have, in_size - w->in_have);
    if (r < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (r < 0) die("read");
    if (r == 0) {
        fprintf(stderr, "error: a worker ended early\n");
        exit(1);
    }
    w->in_have += (size_t)r;
    size_t at = 0;
    for (; w->in_have - at >= size; at += size) {
        check(w->in + at, size, w->numbers[w->head++ % window]);
        if (done++ == 0) first = now_ns();
    }
    memmove(w->in, w->in + at, w->in_have - at);
    w->in_have -= at;
}

static void start(Worker *w, Worker *others, unsigned before) {
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC)) die("pipe2");
    /* A pipe of the usual 64 KiB would cut large messages into many wakes. */
    if (size > 4096 && (fcntl(to[1], F_SETPIPE_SZ, 1 << 20) < 0 || fcntl(from[1], F_SETPIPE_SZ, 1 << 20) < 0))
        die("F_SETPIPE_SZ");
    w->pid = fork();
    if (w->pid < 0) die("fork");
    if (w->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(to[1]);
        close(from[0]);
        for (unsigned i = 0; i < before; i++) {
            close(others[i].to);
            close(others[i].from);
        }
        work(to[0], from[1]);
    }
    close(to[0]);
    close(from[1]);
    w->to = to[1];
    w->from = from[0];
    w->out = calloc(1, out_size);
    w->in = malloc(in_size);
    w->numbers = malloc(window * sizeof *w->numbers);
    if (!w->out || !w->in || !w->numbers) die("malloc");
    if (fcntl(w->to, F_SETFL, O_NONBLOCK) || fcntl(w->from, F_SETFL, O_NONBLOCK)) die("O_NONBLOCK");
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: pipelined SIZE COUNT WINDOW WORKERS\n");
        return 2;
    }
    size = number("SIZE", argv[1], 16);
    count = number("COUNT", argv[2], 2);
    window = number("WINDOW", argv[3], 1);
    unsigned workers = (unsigned)number("WORKERS", argv[4], 1);
    if (workers > most_workers) {
        fprintf(stderr, "error: WORKERS is %u; expected at most %d\n", workers, most_workers);
        return 2;
    }
    in_size = size < piece ? piece : 2 * size;
    out_size = size * window;
    signal(SIGPIPE, SIG_IGN);
    int ep = epoll_create1(EPOLL_CLOEXEC);
    if (ep < 0) die("epoll_create1");
    Worker all[most_workers] = {0};
    for (uint32_t i = 0; i < workers; i++) {
        start(&all[i], all, i);
        struct epoll_event e = {.events = EPOLLIN, .data.u32 = i};
        if (epoll_ctl(ep, EPOLL_CTL_ADD, all[i].from, &e)) die("epoll_ctl");
    }
    for (uint32_t i = 0; i < workers; i++) feed(&all[i], ep, i);
    struct epoll_event ready[2 * most_workers];
    while (done < count) {
        int n = epoll_wait(ep, ready, 2 * most_workers, -1);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) die("epoll_wait");
        for (int k = 0; k < n; k++) {
            Worker *w = &all[ready[k].data.u32];
            if (ready[k].events & (EPOLLIN | EPOLLHUP)) take(w);
            feed(w, ep, ready[k].data.u32);
        }
    }
    uint64_t last = now_ns();
    for (uint32_t i = 0; i < workers; i++) {
        close(all[i].to);
        reap(all[i].pid);
    }
    report(count, first, last);
    return 0;
}
