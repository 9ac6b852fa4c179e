/* echo: a task kind that does nothing but move bytes. `--set count=N` tasks, each a request of `--set size=S` bytes; the
 * worker answers with the request; use_response checks the response. The summary tells how many responses came in how
 * many seconds, from the first to the last: no start and no planning is in them.
 * Built three times: with -DECHO_WINDOW_1 the kind promises nothing, so a worker gets one request at a time; with
 * -DECHO_FRESH each task has a fresh worker. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <taskhost.h>

#ifdef ECHO_WINDOW_1
#  define NAME "echo-one"
#  define FLAGS 0
#  define FLAGS_JSON "[]"
#elif defined ECHO_FRESH
#  define NAME "echo-fresh"
#  define FLAGS 0
#  define FLAGS_JSON "[]"
#  define LAST_WORD TH_END
#else
#  define NAME "echo"
#  define FLAGS (TH_KIND_STATELESS | TH_KIND_IDEMPOTENT)
#  define FLAGS_JSON "[\"stateless\",\"idempotent\"]"
#endif

#ifndef LAST_WORD
#  define LAST_WORD TH_STAY
#endif

TH_MANIFEST("{\"schema\":1,\"id\":\"org.taskhost.bench." NAME "\",\"name\":\"" NAME "\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"echo/1\",\"flags\":" FLAGS_JSON ","
            "\"summary\":\"Answers each request with itself\",\"config\":["
            "{\"key\":\"count\",\"type\":\"int\",\"default\":1000,\"min\":1,\"help\":\"how many tasks\"},"
            "{\"key\":\"size\",\"type\":\"int\",\"default\":64,\"min\":16,\"help\":\"bytes of a request\"}]}");

enum { longest_task = 64 };

struct th_queue {
    uint64_t count, size, done, first, last;
};

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The option, or `otherwise` if it is not set; 0 after a message if it is no such number. */
static uint64_t option(const th_host *h, th_call *c, const char *key, uint64_t otherwise, uint64_t least) {
    th_bytes text = h->config_get(h, th_text(key));
    if (!text.ptr) return otherwise;
    char digits[24] = {0}, *end = digits;
    unsigned long long value = 0;
    errno = 0;
    if (text.len > 0 && text.len < sizeof digits) {
        memcpy(digits, text.ptr, text.len);
        value = strtoull(digits, &end, 10);
    }
    if (errno || end == digits || *end || value < least) {
        char message[128];
        snprintf(message, sizeof message, "%s is '%.*s'; expected a number of %llu or more", key,
                 (int)(text.len < 40 ? text.len : 40), (const char *)text.ptr, (unsigned long long)least);
        th_fail(c, TH_E_BAD_INPUT, message);
        return 0;
    }
    return value;
}

static th_status queue_new(const th_host *h, th_call *c, th_queue **self) {
    th_queue *q = calloc(1, sizeof *q);
    if (!q) return TH_E_NO_MEMORY;
    q->count = option(h, c, "count", 1000, 1);
    q->size = option(h, c, "size", 64, 16);
    if (!q->count || !q->size) {
        free(q);
        return TH_E_BAD_INPUT;
    }
    *self = q;
    return TH_OK;
}

static void queue_free(th_queue *q) { free(q); }

/* A task is its request, or the first bytes of a long one: its number, then zeroes. */
static th_status plan(th_queue *q, th_call *c, const th_bytes *words, size_t n, th_out *shared, th_out *tasks) {
    (void)words, (void)shared;
    if (n) return th_fail(c, TH_E_BAD_INPUT, "this kind takes no words; expected --set count=N,size=S");
    size_t length = q->size < longest_task ? q->size : longest_task;
    th_item item = {.size = sizeof item};
    for (uint64_t i = 0; i < q->count; i++) {
        uint8_t *to = th_reserve(tasks, length);
        if (!to) return TH_E_NO_MEMORY;
        memset(to, 0, length);
        memcpy(to, &i, sizeof i);
        if (q->size == length) memcpy(to + length - 8, &i, sizeof i);
        tasks->len += length;
        th_status status = tasks->end_item(tasks, &item);
        if (status != TH_OK) return status;
    }
    return TH_OK;
}

static th_status request_of_task(th_queue *q, th_call *c, const th_worker_status *s, th_bytes task,
                                 th_out *request) {
    (void)c, (void)s;
    if (q->size == task.len) return th_write(request, task.ptr, task.len);
    uint8_t *to = th_reserve(request, q->size);
    if (!to) return TH_E_NO_MEMORY;
    memcpy(to, task.ptr, task.len);
    memset(to + task.len, 0, q->size - task.len);
    memcpy(to + q->size - 8, task.ptr, 8);
    request->len += q->size;
    return TH_OK;
}

static th_status use_response(th_queue *q, th_call *c, const th_worker_status *s, th_bytes task,
                              th_bytes response, th_out *competence, th_out *tasks) {
    (void)s, (void)competence, (void)tasks;
    if (response.len != q->size || memcmp(response.ptr, task.ptr, 8) != 0 ||
        memcmp(response.ptr + response.len - 8, task.ptr, 8) != 0)
        return th_fail(c, TH_E_INTERNAL, "the response is not the request");
    q->done++;
    if (q->done == 1) q->first = now_ns();
    if (q->done == q->count) q->last = now_ns();
    return LAST_WORD;
}

static th_status perform(th_worker *w, th_call *c, th_bytes request, th_out *response) {
    (void)w, (void)c;
    return th_write(response, request.ptr, request.len);
}

static th_status summary(th_queue *q, th_call *c, const th_totals *totals, th_out *text) {
    (void)c, (void)totals;
    char line[128];
    int n = snprintf(line, sizeof line, "echoed %llu in %.9f s", (unsigned long long)q->done,
                     q->done == q->count ? (double)(q->last - q->first) / 1e9 : 0.0);
    return th_write(text, line, (size_t)n);
}

static const th_kind table = {
    .size = sizeof table,
    .abi_major = TH_ABI_MAJOR,
    .abi_minor = TH_ABI_MINOR,
    .flags = FLAGS,
    .id = "org.taskhost.bench." NAME,
    .name = NAME,
    .version = "1.0.0",
    .wire = "echo/1",
    .queue_new = queue_new,
    .queue_free = queue_free,
    .plan = plan,
    .request_of_task = request_of_task,
    .use_response = use_response,
    .perform = perform,
    .summary = summary,
};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host, (void)call;
    return &table;
}
