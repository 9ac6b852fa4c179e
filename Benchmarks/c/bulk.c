/* bulk REQUEST RESPONSE COUNT WORKERS REQUEST_WAY RESPONSE_WAY: large messages over pipes or over shared memory, one request at a
 * time for each worker. The sizes are bytes. Both sides touch all of what they make and get: the master fills a request, the worker
 * adds it up and fills the response, the master adds that up. An epoll loop in the master, blocking workers.
 *
 *   pipe    through a pipe of 1 MiB, made and read in buffers that are used again
 *   lane    in a memfd that is used again; its place goes over the pipe. A request is made in place, and the worker, which can
 *           only read it, reads it there. The master copies a response before it looks at it: the worker can still write.
 *   lent    as lane, but the master reads the response where it lies
 *   fresh   as lane, but the memory is given back after each message, as that of an idle lane would be
 *
 * Prints the rate from the first response to the last, and what the first round trip of a worker took. */
#include "support.h"
#include <sys/epoll.h>
#include <sys/mman.h>

enum { most_workers = 64, pipe_size = 1 << 20 };
typedef enum { pipe_way, lane, lent, fresh } Way;
static const char *const way_names[] = {"pipe", "lane", "lent", "fresh"};

/* In front of each payload; a payload in a lane has only this in the pipe. */
typedef struct {
    uint64_t number, length, offset;
} Header;

typedef struct {
    int to, from, request_fd, response_fd;
    pid_t pid;
    uint8_t *request_lane, *response_lane;
    uint8_t *out, *in; /* a frame that waits to be written; a part of one that has come */
    size_t out_start, out_end, in_have;
    uint64_t number, sent_at;
    int choked, is_used;
} Worker;

static size_t request_size, response_size;
static uint64_t count, sent, done, first, checksum, first_trips;
static Way request_way, response_way;
static uint8_t *private;

static void fill(uint8_t *message, size_t size, uint64_t n) {
    memset(message, (int)(n & 0xff), size);
    stamp(message, size, n);
}

/* Each byte is looked at, and the first and last ones are checked. */
static uint64_t add_up(const uint8_t *message, size_t size, uint64_t n) {
    uint64_t sum = 0, word;
    for (size_t i = 0; i + 8 <= size; i += 8) {
        memcpy(&word, message + i, 8);
        sum += word;
    }
    check(message, size, n);
    return sum;
}

static uint8_t *map(int fd, size_t size, int protection) {
    uint8_t *at = mmap(NULL, size, protection, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) die("mmap");
    return at;
}

static int make_lane(const char *name, size_t size) {
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || ftruncate(fd, (off_t)size)) die("memfd");
    return fd;
}

static void give_back(int fd, size_t size) {
    if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)size)) die("PUNCH_HOLE");
}

static void work(const Worker *w, int in, int out) {
    const uint8_t *shared = NULL;
    uint8_t *request = malloc(request_size), *answer = malloc(sizeof(Header) + response_size);
    if (!request || !answer) die("malloc");
    if (request_way != pipe_way) shared = map(w->request_fd, request_size, PROT_READ);
    uint8_t *response =
        response_way == pipe_way ? answer + sizeof(Header) : map(w->response_fd, response_size, PROT_READ | PROT_WRITE);
    Header header;
    uint64_t sum = 0;
    while (read_all(in, (uint8_t *)&header, sizeof header)) {
        if (!shared && !read_all(in, request, header.length)) die("read");
        sum += add_up(shared ? shared + header.offset : request, header.length, header.number);
        fill(response, response_size, header.number);
        header = (Header){.number = header.number, .length = response_size};
        memcpy(answer, &header, sizeof header);
        write_all(out, answer, sizeof header + (response_way == pipe_way ? response_size : 0));
    }
    exit(sum == 1);
}

static void flush(Worker *w, int ep, uint32_t index) {
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

static void feed(Worker *w, int ep, uint32_t index) {
    if (sent == count) return;
    w->sent_at = now_ns();
    w->number = sent++;
    Header header = {.number = w->number, .length = request_size};
    memcpy(w->out, &header, sizeof header);
    fill(request_way == pipe_way ? w->out + sizeof header : w->request_lane, request_size, w->number);
    w->out_start = 0;
    w->out_end = sizeof header + (request_way == pipe_way ? request_size : 0);
    flush(w, ep, index);
}

static void take(Worker *w, int ep, uint32_t index) {
    size_t need = sizeof(Header) + (response_way == pipe_way ? response_size : 0);
    ssize_t r = read(w->from, w->in + w->in_have, need - w->in_have);
    if (r < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (r < 0) die("read");
    if (r == 0) {
        fprintf(stderr, "error: a worker ended early\n");
        exit(1);
    }
    w->in_have += (size_t)r;
    if (w->in_have < need) return;
    w->in_have = 0;
    Header header;
    memcpy(&header, w->in, sizeof header);
    const uint8_t *response = w->in + sizeof header;
    if (response_way != pipe_way) {
        if (header.length > response_size || header.offset > response_size - header.length) {
            fprintf(stderr, "error: a response lies outside its lane\n");
            exit(1);
        }
        response = w->response_lane + header.offset;
        if (response_way != lent) response = memcpy(private, response, header.length);
    }
    checksum += add_up(response, header.length, w->number);
    if (request_way == fresh) give_back(w->request_fd, request_size);
    if (response_way == fresh) give_back(w->response_fd, response_size);
    if (!w->is_used) {
        w->is_used = 1;
        first_trips += now_ns() - w->sent_at;
    }
    if (done++ == 0) first = now_ns();
    feed(w, ep, index);
}

static void start(Worker *w, Worker *others, unsigned before) {
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC)) die("pipe2");
    if (fcntl(to[1], F_SETPIPE_SZ, pipe_size) < 0 || fcntl(from[1], F_SETPIPE_SZ, pipe_size) < 0) die("F_SETPIPE_SZ");
    if (request_way != pipe_way) {
        w->request_fd = make_lane("request", request_size);
        w->request_lane = map(w->request_fd, request_size, PROT_READ | PROT_WRITE);
        /* With it nobody can write anew, and no memory can be given back either. */
        int seals = F_SEAL_SHRINK | F_SEAL_GROW | (request_way == fresh ? 0 : F_SEAL_FUTURE_WRITE);
        if (fcntl(w->request_fd, F_ADD_SEALS, seals)) die("F_ADD_SEALS");
    }
    if (response_way != pipe_way) {
        w->response_fd = make_lane("response", response_size);
        if (fcntl(w->response_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW)) die("F_ADD_SEALS");
        w->response_lane = map(w->response_fd, response_size, PROT_READ);
    }
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
        work(w, to[0], from[1]);
    }
    close(to[0]);
    close(from[1]);
    w->to = to[1];
    w->from = from[0];
    w->out = malloc(sizeof(Header) + request_size);
    w->in = malloc(sizeof(Header) + response_size);
    if (!w->out || !w->in) die("malloc");
    if (fcntl(w->to, F_SETFL, O_NONBLOCK) || fcntl(w->from, F_SETFL, O_NONBLOCK)) die("O_NONBLOCK");
}

static Way way(const char *name, const char *text) {
    for (Way i = pipe_way; i <= fresh; i++)
        if (strcmp(text, way_names[i]) == 0) return i;
    fprintf(stderr, "error: %s is '%s'; expected pipe, lane, lent or fresh\n", name, text);
    exit(2);
}

int main(int argc, char **argv) {
    if (argc != 7) {
        fprintf(stderr, "usage: bulk REQUEST RESPONSE COUNT WORKERS REQUEST_WAY RESPONSE_WAY\n"
                        "       bytes of a request and of a response, how many, and the ways pipe, lane, lent or fresh\n");
        return 2;
    }
    request_size = number("REQUEST", argv[1], 16);
    response_size = number("RESPONSE", argv[2], 16);
    count = number("COUNT", argv[3], 2);
    unsigned workers = (unsigned)number("WORKERS", argv[4], 1);
    request_way = way("REQUEST_WAY", argv[5]);
    response_way = way("RESPONSE_WAY", argv[6]);
    if (workers > most_workers || count < workers) {
        fprintf(stderr, "error: WORKERS is %u; expected at most %d, and a message for each\n", workers, most_workers);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    private = malloc(response_size);
    int ep = epoll_create1(EPOLL_CLOEXEC);
    if (!private || ep < 0) die("epoll_create1");
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
            if (ready[k].events & (EPOLLIN | EPOLLHUP)) take(w, ep, ready[k].data.u32);
            if (w->choked) flush(w, ep, ready[k].data.u32);
        }
    }
    uint64_t last = now_ns();
    for (uint32_t i = 0; i < workers; i++) {
        close(all[i].to);
        reap(all[i].pid);
    }
    printf("{\"count\":%llu,\"seconds\":%.9f,\"first_us\":%.1f,\"checksum\":%llu}\n", (unsigned long long)(count - 1),
           (double)(last - first) / 1e9, (double)first_trips / workers / 1e3, (unsigned long long)checksum);
    return 0;
}
