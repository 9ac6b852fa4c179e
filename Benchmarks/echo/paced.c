/* paced: a task for each word, as they come; the request carries the time at which it was made, and the summary tells how
 * long the ways from there to use_response took. `--set work=N`: `perform` takes N microseconds.
 * With -DFRESH each task has a fresh worker. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <taskhost.h>

#ifdef FRESH
#  define NAME "paced-fresh"
#  define LAST_WORD TH_END
#  define FLAGS_JSON ""
#else
#  define NAME "paced"
#  define LAST_WORD TH_STAY
#  define FLAGS_JSON "\"flags\":[\"stateless\",\"idempotent\"],"
#endif

TH_MANIFEST("{\"schema\":1,\"id\":\"org.taskhost.bench." NAME "\",\"name\":\"" NAME "\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"paced/1\"," FLAGS_JSON "\"summary\":\"Times single tasks\",\"config\":["
            "{\"key\":\"work\",\"type\":\"int\",\"default\":0,\"min\":0,\"help\":\"microseconds of each task\"}]}");

struct th_queue {
    uint64_t *times, first, last;
    size_t count, room;
};

static const th_host *host;

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static th_status queue_new(const th_host *h, th_call *c, th_queue **self) {
    (void)h, (void)c;
    *self = calloc(1, sizeof **self);
    return *self ? TH_OK : TH_E_NO_MEMORY;
}

static void queue_free(th_queue *q) {
    free(q->times);
    free(q);
}

static th_status request_of_task(th_queue *q, th_call *c, const th_worker_status *s, th_bytes task, th_out *request) {
    (void)q, (void)c, (void)s, (void)task;
    uint64_t message[8] = {now_ns()};
    return th_write(request, message, sizeof message);
}

static th_status use_response(th_queue *q, th_call *c, const th_worker_status *s, th_bytes task, th_bytes response,
                              th_out *competence, th_out *tasks) {
    (void)s, (void)task, (void)competence, (void)tasks;
    uint64_t now = now_ns(), sent;
    if (response.len != 64) return th_fail(c, TH_E_INTERNAL, "the response is not the request");
    memcpy(&sent, response.ptr, sizeof sent);
    if (q->count == q->room) {
        size_t room = q->room ? 2 * q->room : 1024;
        uint64_t *times = realloc(q->times, room * sizeof *times);
        if (!times) return TH_E_NO_MEMORY;
        q->times = times;
        q->room = room;
    }
    if (!q->first) q->first = now;
    q->last = now;
    q->times[q->count++] = now - sent;
    return LAST_WORD;
}

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static th_status summary(th_queue *q, th_call *c, const th_totals *totals, th_out *text) {
    (void)totals;
    if (q->count < 2) return th_fail(c, TH_E_INTERNAL, "nothing was timed");
    qsort(q->times, q->count, sizeof *q->times, compare);
    char line[160];
    int size = snprintf(line, sizeof line, "{\"count\":%zu,\"seconds\":%.9f,\"p50\":%.3f,\"p99\":%.3f}", q->count - 1,
                        (double)(q->last - q->first) / 1e9, (double)q->times[q->count / 2] / 1e3,
                        (double)q->times[q->count * 99 / 100] / 1e3);
    return th_write(text, line, (size_t)size);
}

/* Sleeps for most of the time, so that two workers and their host share two CPUs, and is exact for all that. */
static void work_for(uint64_t nanoseconds) {
    uint64_t end = now_ns() + nanoseconds;
    if (nanoseconds > 200000) {
        struct timespec nap = {.tv_nsec = (long)(nanoseconds - 200000)};
        nanosleep(&nap, NULL);
    }
    while (now_ns() < end) {}
}

static th_status perform(th_worker *w, th_call *c, th_bytes request, th_out *response) {
    (void)w, (void)c;
    th_bytes work = host->config_get(host, th_text("work"));
    char digits[16] = {0};
    memcpy(digits, work.ptr, work.ptr && work.len < sizeof digits ? work.len : 0);
    uint64_t microseconds = strtoull(digits, NULL, 10);
    if (microseconds) work_for(microseconds * 1000);
    return th_write(response, request.ptr, request.len);
}

static const th_kind kind = {
    .size = sizeof kind, .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR,
#ifndef FRESH
    .flags = TH_KIND_STATELESS | TH_KIND_IDEMPOTENT,
#endif
    .id = "org.taskhost.bench." NAME, .name = NAME, .version = "1.0.0", .wire = "paced/1", .queue_new = queue_new,
    .queue_free = queue_free, .request_of_task = request_of_task, .use_response = use_response, .perform = perform,
    .summary = summary,
};

TH_EXPORT const th_kind *taskhost_plugin_v1(const th_host *h, th_call *c) {
    (void)c;
    host = h;
    return &kind;
}
