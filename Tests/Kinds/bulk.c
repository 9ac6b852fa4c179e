/* Large requests and responses of which each byte is known. A word is REQUEST,RESPONSE or REQUEST,RESPONSE,DEED: sizes in bytes, and what
 * the worker does beside answering; scribble:FILE goes on changing the response, and adds a byte to FILE each time. Each side looks at
 * all that it gets. The summary tells how many requests and responses lay in lanes. Compile with -DPIPELINED, -DFORKED or -DFRESH for
 * other promises.                                                                                            */
#ifndef _GNU_SOURCE
#  define _GNU_SOURCE
#endif
#include <taskhost.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef PIPELINED
#  define FLAGS (TH_KIND_STATELESS | TH_KIND_IDEMPOTENT)
#  define FLAG_NAMES "\"stateless\",\"idempotent\""
#elif defined(FORKED)
#  define FLAGS TH_KIND_FORK_SAFE
#  define FLAG_NAMES "\"fork_safe\""
#else
#  define FLAGS 0
#  define FLAG_NAMES ""
#endif

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.bulk\",\"name\":\"bulk\",\"version\":\"1.0.0\",\"flags\":[" FLAG_NAMES "],"
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"bulk/1\"}");

/* In front of each request and each response. */
typedef struct {
    uint64_t seed, response;
    uint8_t in_lane[8]; /* of a response: the request, the response itself, the worker's end of either */
    char deed[200];
} Head;

struct th_queue {
    uint64_t done, requests, responses, mapped;
};

static uint64_t word_at(uint64_t seed, size_t index) { return (seed + index) * 0x9e3779b97f4a7c15u; }

static void fill(uint8_t *to, size_t from, size_t count, uint64_t seed) {
    for (size_t i = 0; i < count; i++) to[i] = (uint8_t)(word_at(seed, (from + i) / 8) >> (from + i) % 8 * 8);
}

static int is_right(const uint8_t *at, size_t count, uint64_t seed) {
    for (size_t i = 0; i < count; i++)
        if (at[i] != (uint8_t)(word_at(seed, i / 8) >> i % 8 * 8)) return 0;
    return 1;
}

/* Whether this address lies in a mapping of this name; 0: in any. The mapping's range goes to `range`. */
static int is_mapped(const void *address, const char *name, unsigned long *range) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    unsigned long start, end;
    int found = 0;
    while (maps && !found && fgets(line, sizeof line, maps)) {
        if (!strstr(line, name) || sscanf(line, "%lx-%lx", &start, &end) != 2) continue;
        found = !address || ((uintptr_t)address >= start && (uintptr_t)address < end);
        if (found && range) range[0] = start, range[1] = end;
    }
    if (maps) fclose(maps);
    return found;
}

/* ---- host */

static th_status queue_new(const th_host *h, th_call *c, th_queue **self) {
    (void)h, (void)c;
    return (*self = calloc(1, sizeof **self)) ? TH_OK : TH_E_NO_MEMORY;
}

static void queue_free(th_queue *self) { free(self); }

static th_status request_of_task(th_queue *self, th_call *c, const th_worker_status *s, th_bytes task, th_out *request) {
    (void)self, (void)s;
    char text[256] = {0};
    memcpy(text, task.ptr, task.len < sizeof text - 1 ? task.len : sizeof text - 1);
    unsigned long long size, response;
    Head head = {.seed = c->id};
    if (sscanf(text, "%llu,%llu,%199s", &size, &response, head.deed) < 2) return TH_E_BAD_INPUT;
    head.response = response;
    th_status status = th_write(request, &head, sizeof head);
    if (status != TH_OK) return status;
    /* All at once, and every third one in pieces. */
    size_t step = c->id % 3 ? size : 50000;
    for (size_t at = 0; at < size; at += step) {
        size_t count = size - at < step ? size - at : step;
        uint8_t *to = th_reserve(request, count);
        if (!to) return TH_E_NO_MEMORY;
        fill(to, at, count, head.seed);
        request->len += count;
    }
    return TH_OK;
}

static off_t scribbles(const char *path) {
    struct stat file;
    return stat(path, &file) == 0 ? file.st_size : 0;
}

/* Until the worker has written all of it so many times more. */
static void await_scribbles(const char *path, off_t times) {
    for (off_t before = scribbles(path); scribbles(path) < before + times;) usleep(1000);
}

static th_status use_response(th_queue *self, th_call *c, const th_worker_status *s, th_bytes task, th_bytes response,
                              th_out *competence, th_out *tasks) {
    (void)s, (void)competence, (void)tasks, (void)task;
    Head head;
    if (response.len < sizeof head) return th_fail(c, TH_E_INTERNAL, "a short response");
    memcpy(&head, response.ptr, sizeof head);
    const uint8_t *body = response.ptr + sizeof head;
    size_t size = response.len - sizeof head;
    if (strncmp(head.deed, "scribble:", 9) == 0) {
        /* It may be anything, but stays what it is. */
        uint8_t *copy = malloc(size);
        if (!copy) return TH_E_NO_MEMORY;
        memcpy(copy, body, size);
        await_scribbles(head.deed + 9, 3);
        int is_same = memcmp(copy, body, size) == 0;
        free(copy);
        if (!is_same) return th_fail(c, TH_E_INTERNAL, "the response changes");
    } else if (size != head.response || !is_right(body, size, ~head.seed)) {
        return th_fail(c, TH_E_INTERNAL, "the response is not what was made");
    }
    self->done++;
    self->requests += head.in_lane[0];
    self->responses += head.in_lane[1];
    self->mapped += head.in_lane[2];
#ifdef FRESH
    return TH_END;
#else
    return TH_STAY;
#endif
}

static th_status summary(th_queue *self, th_call *c, const th_totals *totals, th_out *text) {
    (void)c, (void)totals;
    char line[200];
    int n = snprintf(line, sizeof line, "%llu answered, %llu requests in lanes, %llu responses in lanes, %llu saw lanes",
                     (unsigned long long)self->done, (unsigned long long)self->requests,
                     (unsigned long long)self->responses, (unsigned long long)self->mapped);
    return th_write(text, line, (size_t)n);
}

/* ---- worker */

static uint8_t *volatile scribbled;
static volatile size_t scribbled_size;

static void *scribble(void *path) {
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    /* Ends with its worker. */
    for (uint8_t n = 0; fd >= 0; n++) {
        memset(scribbled, n, scribbled_size);
        if (write(fd, "x", 1) != 1) break;
    }
    return NULL;
}

static void send_to_all(const void *bytes, size_t count) {
    for (int fd = 3; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) >= 0 && write(fd, bytes, count) < 0) continue;
}

enum { LANES_REPLY = 33, RESPONSE_IN_LANE = 34 };

static void forge(unsigned type, uint64_t id, uint64_t offset, uint64_t count, uint32_t length) {
    struct { uint32_t length, tag; uint64_t id, offset, count; } frame = {
        .length = length, .tag = type | 1u << 8 | 0x4854u << 16, .id = id, .offset = offset, .count = count,
    };
    send_to_all(&frame, 16 + ((length + 7u) & ~7u));
}

/* Everything that could make an access of the host fail, or change a request for good; 0 if none of it worked. */
static int attack(const char *name, int is_request) {
    unsigned long range[2];
    char path[128];
    if (!is_mapped(NULL, name, range)) return 1;
    if (is_request && mprotect((void *)range[0], 4096, PROT_READ | PROT_WRITE) == 0) return 2;
    if (madvise((void *)range[0], 1 << 20, MADV_REMOVE) == 0) return 3;
    snprintf(path, sizeof path, "/proc/self/map_files/%lx-%lx", range[0], range[1]);
    /* Only some users may open it so. */
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return 0;
    if (ftruncate(fd, 0) == 0 || ftruncate(fd, 1 << 30) == 0) return 4;
    if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1 << 20) == 0) return 5;
    if (write(fd, "x", 1) == 1) return 6;
    if (mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED) return 7;
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0) return 8;
    close(fd);
    return 0;
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    (void)self;
    Head head;
    memcpy(&head, request.ptr, sizeof head);
    if (!is_right(request.ptr + sizeof head, request.len - sizeof head, head.seed))
        return th_fail(call, TH_E_INTERNAL, "the request is not what was made");
#define IS(name) (strcmp(head.deed, name) == 0)
    if (IS("hoard")) {
        /* One is left: both lanes need more at a time. */
        int last = -1;
        for (int fd; (fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) last = fd;
        close(last);
    }
    head.in_lane[0] = (uint8_t)is_mapped(request.ptr, "taskhost-requests", NULL);
    head.in_lane[2] = (uint8_t)is_mapped(NULL, "taskhost-requests", NULL);
    if (IS("forge-beyond")) { forge(RESPONSE_IN_LANE, call->id, 32 << 20, 8, 16); for (;;) pause(); }
    if (IS("forge-over")) { forge(RESPONSE_IN_LANE, call->id, 8, 32 << 20, 16); for (;;) pause(); }
    if (IS("forge-wrapping")) { forge(RESPONSE_IN_LANE, call->id, ~(uint64_t)7, 16, 16); for (;;) pause(); }
    if (IS("forge-huge")) { forge(RESPONSE_IN_LANE, call->id, 0, ~(uint64_t)0, 16); for (;;) pause(); }
    if (IS("forge-odd")) { forge(RESPONSE_IN_LANE, call->id, 3, 16, 16); for (;;) pause(); }
    if (IS("forge-short")) { forge(RESPONSE_IN_LANE, call->id, 0, 0, 8); for (;;) pause(); }
    if (IS("forge-reply")) { forge(LANES_REPLY, 0, 0, 0, 8); for (;;) pause(); }
    if (IS("write-request")) *(volatile uint8_t *)(uintptr_t)request.ptr = 0;
    if (IS("attack")) {
        int first = attack("taskhost-requests", 1), second = attack("taskhost-responses", 0);
        if (first || second) {
            char text[64];
            snprintf(text, sizeof text, "attack %d worked on requests, %d on responses", first, second);
            return th_fail(call, TH_E_INTERNAL, text);
        }
    }
    th_status status = th_write(response, &head, sizeof head);
    if (status != TH_OK) return status;
    size_t step = head.seed % 3 == 1 ? 70000 : head.response;
    for (size_t at = 0; at < head.response; at += step) {
        size_t count = head.response - at < step ? head.response - at : step;
        uint8_t *to = th_reserve(response, count);
        if (!to) return TH_E_NO_MEMORY;
        if (IS("die-half") && at + count / 2 >= head.response / 2) {
            fill(to, at, count / 2, ~head.seed);
            kill(getpid(), SIGKILL);
        }
        fill(to, at, count, ~head.seed);
        response->len += count;
    }
    ((Head *)(void *)response->base)->in_lane[1] = (uint8_t)is_mapped(response->base, "taskhost-responses", NULL);
    if (strncmp(head.deed, "scribble:", 9) == 0) {
        static char path[sizeof head.deed];
        pthread_t thread;
        strcpy(path, head.deed + 9);
        scribbled_size = head.response;
        scribbled = response->base + sizeof head;
        if (pthread_create(&thread, NULL, scribble, path)) return TH_E_INTERNAL;
    }
    return IS("fail") ? th_fail(call, TH_E_BAD_INPUT, "as told") : TH_OK;
}

static void worker_free(th_worker *self) {
    (void)self;
    if (is_mapped(NULL, "taskhost-requests", NULL)) fprintf(stderr, "lanes at the end\n");
}

static const th_kind table = {
    .size = sizeof table, .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR, .flags = FLAGS,
    .id = "org.example.bulk", .name = "bulk", .version = "1.0.0", .wire = "bulk/1",
    .queue_new = queue_new, .queue_free = queue_free, .request_of_task = request_of_task,
    .use_response = use_response, .worker_free = worker_free, .perform = perform, .summary = summary,
};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host, (void)call;
    return &table;
}
