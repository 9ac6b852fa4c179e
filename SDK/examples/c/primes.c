/* Counts the primes of ranges such as 1-1000. A long range is split by the worker that gets it. Workers keep the primes that
 * they know, and the host knows how far each of them has come. A number at which workers die is found by halving. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "taskhost.h"

#define ID "org.example.primes"
#define NAME "primes"
#define VERSION "1.0.0"
#define WIRE "primes/1"

TH_MANIFEST("{\"schema\":1,\"id\":\"" ID "\",\"name\":\"" NAME "\",\"version\":\"" VERSION "\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"" WIRE "\",\"flags\":[\"idempotent\",\"splits\"],"
            "\"summary\":\"counts the primes of ranges\",\"config\":["
            "{\"key\":\"size\",\"type\":\"int\",\"default\":250,\"help\":\"numbers that one task may have\"},"
            "{\"key\":\"fail\",\"type\":\"int\",\"default\":0,\"help\":\"a number at which a task fails\"},"
            "{\"key\":\"crash\",\"type\":\"int\",\"default\":0,\"help\":\"a number at which a worker dies\"}],\"examples\":[\"1-1000\"]}");

struct th_queue { uint64_t primes, largest; };
struct th_worker { uint64_t size, fail, crash, known, *table; size_t count, room; };
typedef struct range { uint64_t first, last; } range;

static int number(const char **at, uint64_t *value) {
    if (**at < '0' || **at > '9') return 0;
    for (*value = 0; **at >= '0' && **at <= '9' && *value <= 100000000000; (*at)++)
        *value = *value * 10 + (uint64_t)(**at - '0');
    return 1;
}

/* "FIRST-LAST" at the beginning of the bytes; the rest of them is copied to `rest`. */
static int read_range(th_bytes bytes, range *r, char rest[64]) {
    char text[64];
    const char *at = text;
    if (bytes.len >= sizeof text) return 0;
    memcpy(text, bytes.ptr, bytes.len);
    text[bytes.len] = 0;
    if (!number(&at, &r->first) || *at++ != '-' || !number(&at, &r->last)) return 0;
    strcpy(rest, at);
    return r->first >= 1 && r->first <= r->last && r->last <= 1000000000000;
}

static th_status add(th_out *tasks, range r, uint32_t flags) {
    char text[64];
    th_item options = {.size = sizeof options, .flags = flags};
    int length = snprintf(text, sizeof text, "%" PRIu64 "-%" PRIu64, r.first, r.last);
    th_status status = th_write(tasks, text, (size_t)length);
    return status == TH_OK ? tasks->end_item(tasks, &options) : status;
}

/* ---- in the host */

static th_status queue_new(const th_host *host, th_call *call, th_queue **self) {
    (void)host;
    *self = calloc(1, sizeof **self);
    return *self ? TH_OK : th_fail(call, TH_E_NO_MEMORY, "there is no memory for it");
}
static void queue_free(th_queue *self) { free(self); }

/* Each word is a task; a wrong one ends the run before anything is performed. */
static th_status plan(th_queue *self, th_call *call, const th_bytes *words, size_t n, th_out *shared, th_out *tasks) {
    char rest[64], text[128];
    range r;
    (void)self; (void)shared;
    for (size_t i = 0; i < n; i++) {
        if (!read_range(words[i], &r, rest) || *rest) {
            snprintf(text, sizeof text, "'%.*s' is no range such as 1-1000", (int)(words[i].len & 63), (const char *)words[i].ptr);
            return th_fail(call, TH_E_BAD_INPUT, text);
        }
        th_status status = add(tasks, r, 0);
        if (status != TH_OK) return status;
    }
    return TH_OK;
}

/* The range, and up to where this worker should know the primes: its competence. */
static th_status request_of_task(th_queue *self, th_call *call, const th_worker_status *worker, th_bytes task, th_out *request) {
    (void)self; (void)call;
    th_bytes known = worker->is_old ? worker->competence : th_text("0");
    if (th_write(request, task.ptr, task.len) != TH_OK || th_write(request, " ", 1) != TH_OK) return TH_E_NO_MEMORY;
    return th_write(request, known.ptr, known.len);
}

/* "split MIDDLE", or "count PRIMES LARGEST"; then "known NUMBER". */
static th_status use_response(th_queue *self, th_call *call, const th_worker_status *worker, th_bytes task, th_bytes response,
                              th_out *competence, th_out *tasks) {
    char text[128], rest[64];
    uint64_t middle, primes, largest, known;
    range r;
    (void)worker;
    if (response.len >= sizeof text || !read_range(task, &r, rest)) return TH_E_INTERNAL;
    memcpy(text, response.ptr, response.len);
    text[response.len] = 0;
    if (sscanf(text, "split %" SCNu64 " known %" SCNu64, &middle, &known) == 2) {
        /* The first half goes on where it is; the other one goes to whoever is free. */
        th_status status = add(tasks, (range){r.first, middle}, TH_ITEM_PINNED);
        if (status == TH_OK) status = add(tasks, (range){middle + 1, r.last}, 0);
        if (status != TH_OK) return status;
        call->count(call, 0, 0, 0);
    } else if (sscanf(text, "count %" SCNu64 " %" SCNu64 " known %" SCNu64, &primes, &largest, &known) == 3) {
        self->primes += primes;
        if (largest > self->largest) self->largest = largest;
    } else
        return th_fail(call, TH_E_INTERNAL, "the response can not be read");
    int length = snprintf(text, sizeof text, "%" PRIu64, known);
    return th_write(competence, text, (size_t)length) == TH_OK ? TH_STAY : TH_E_NO_MEMORY;
}

/* A range at which a worker died is halved, until the culprit is alone. */
static th_status on_task_gone(th_queue *self, th_call *call, const th_gone *gone, const th_bytes *task, th_out *tasks) {
    char rest[64];
    range r;
    (void)self;
    if (gone->cause != TH_GONE_WORKER_DIED || !task || !read_range(*task, &r, rest)) return TH_OK;
    if (r.first < r.last) {
        uint64_t middle = r.first + (r.last - r.first) / 2;
        th_status status = add(tasks, (range){r.first, middle}, 0);
        return status == TH_OK ? add(tasks, (range){middle + 1, r.last}, 0) : status;
    }
    th_diagnostic found = {.size = sizeof found, .severity = TH_ERROR, .label = *task, .message = th_text("workers die at this number")};
    call->diagnostic(call, &found);
    return TH_OK;
}

static th_status summary(th_queue *self, th_call *call, const th_totals *totals, th_out *text) {
    char line[96];
    (void)call; (void)totals;
    int length = snprintf(line, sizeof line, "%" PRIu64 " primes, the largest is %" PRIu64, self->primes, self->largest);
    return th_write(text, line, (size_t)length);
}

/* ---- in a worker */

static uint64_t option(const th_host *host, const char *key, uint64_t standard) {
    char text[32] = "";
    const char *at = text;
    uint64_t value;
    th_bytes set = host->config_get(host, th_text(key));
    if (set.ptr && set.len < sizeof text) memcpy(text, set.ptr, set.len);
    return number(&at, &value) && !*at ? value : standard;
}

static th_status worker_new(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    (void)shared;
    th_worker *made = calloc(1, sizeof *made);
    if (!made) return th_fail(call, TH_E_NO_MEMORY, "there is no memory for it");
    made->size = option(host, "size", 250);
    made->fail = option(host, "fail", 0);
    made->crash = option(host, "crash", 0);
    *self = made;
    return TH_OK;
}
static void worker_free(th_worker *self) { free(self->table); free(self); }

static int is_prime(const th_worker *self, uint64_t n) {
    for (size_t i = 0; i < self->count && self->table[i] * self->table[i] <= n; i++)
        if (n % self->table[i] == 0) return 0;
    return n > 1;
}

/* Makes the table reach the square root of `last`. */
static int learn(th_worker *self, uint64_t last) {
    for (; self->known * self->known < last; self->known++) {
        if (!is_prime(self, self->known + 1)) continue;
        if (self->count == self->room) {
            size_t room = self->room ? self->room * 2 : 64;
            uint64_t *table = realloc(self->table, room * sizeof *table);
            if (!table) return 0;
            self->table = table;
            self->room = room;
        }
        self->table[self->count++] = self->known + 1;
    }
    return 1;
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    char text[128], rest[64], label[64];
    uint64_t known, primes = 0, largest = 0;
    range r;
    if (!read_range(request, &r, rest) || sscanf(rest, " %" SCNu64, &known) != 1)
        return th_fail(call, TH_E_INTERNAL, "the request can not be read");
    if (known != self->known) return th_fail(call, TH_E_POISONED, "host and worker do not agree about what it knows");
    if (r.last - r.first >= self->size) {
        uint64_t middle = r.first + (r.last - r.first) / 2;
        return th_write(response, text, (size_t)snprintf(text, sizeof text, "split %" PRIu64 " known %" PRIu64, middle, self->known));
    }
    if (r.first <= self->fail && self->fail <= r.last) {
        snprintf(text, sizeof text, "%" PRIu64 " is an unlucky number", self->fail);
        return th_fail(call, TH_E_INTERNAL, text);
    }
    if (r.first <= self->crash && self->crash <= r.last) abort();
    if (!learn(self, r.last)) return th_fail(call, TH_E_NO_MEMORY, "there is no memory for it");
    for (uint64_t n = r.first; n <= r.last; n++) {
        if (th_cancelled(call)) return TH_E_CANCELLED;
        if (is_prime(self, n)) primes++, largest = n;
    }
    snprintf(label, sizeof label, "%" PRIu64 "-%" PRIu64, r.first, r.last);
    snprintf(text, sizeof text, "%" PRIu64 " primes", primes);
    th_diagnostic found = {.size = sizeof found, .severity = TH_NOTE, .label = th_text(label), .message = th_text(text)};
    call->diagnostic(call, &found);
    return th_write(response, text, (size_t)snprintf(text, sizeof text, "count %" PRIu64 " %" PRIu64 " known %" PRIu64, primes, largest, self->known));
}

static const th_kind kind = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR,
    .id = ID, .name = NAME, .version = VERSION, .wire = WIRE, .flags = TH_KIND_IDEMPOTENT | TH_KIND_SPLITS,
    .queue_new = queue_new, .queue_free = queue_free, .plan = plan, .request_of_task = request_of_task,
    .use_response = use_response, .on_task_gone = on_task_gone, .summary = summary,
    .worker_new = worker_new, .worker_free = worker_free, .perform = perform,
};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host; (void)call;
    return &kind;
}
