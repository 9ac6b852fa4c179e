/* Keeps account of its tasks while its workers are killed. `--set tasks=N` makes N tasks; each takes `--set us=N` microseconds.
 * `--set counts=FILE`: each execution is counted there, a byte for each task. `--set calls=FIFO`: every `--set every=N`-th task
 * says in it which process performs it, and then takes 20 ms more, so that it can be killed at its work.
 * The summary says what was answered how often.                                                                  */
#define KIND "mortal"
#define STAYS
#define DEEDS_ENTRY host = given;
#define FLAGS (TH_KIND_IDEMPOTENT | TH_KIND_STATELESS)
#define FLAG_NAMES "\"idempotent\",\"stateless\""
#include "deeds.h"

#include <sys/mman.h>
#include <time.h>

static const th_host *host;
static uint8_t *counts;
static int calls = -1;
static uint64_t every, nanoseconds;
static uint8_t *answered;
static uint64_t tasks_made;

static uint64_t number(const char *key) {
    th_bytes value = host->config_get(host, th_text(key));
    char text[32] = "";
    memcpy(text, value.ptr ? value.ptr : (const uint8_t *)"", value.len < 31 ? value.len : 31);
    return strtoull(text, NULL, 10);
}

static char *path(const char *key) {
    th_bytes value = host->config_get(host, th_text(key));
    return value.ptr ? strndup((const char *)value.ptr, value.len) : NULL;
}

/* ---- in the host */

static th_status plan(th_queue *self, th_call *call, const th_bytes *words, size_t n, th_out *shared,
                      th_out *tasks) {
    (void)self; (void)call; (void)words; (void)n; (void)shared;
    tasks_made = number("tasks");
    answered = calloc(tasks_made, 1);
    if (!answered) return TH_E_NO_MEMORY;
    for (uint64_t i = 0; i < tasks_made; i++) {
        th_status status = th_write(tasks, &i, sizeof i);
        if (status == TH_OK) status = tasks->end_item(tasks, NULL);
        if (status != TH_OK) return status;
    }
    return TH_OK;
}

static th_status use_response(th_queue *self, th_call *call, const th_worker_status *worker, th_bytes task,
                              th_bytes response, th_out *competence, th_out *tasks) {
    (void)self; (void)worker; (void)competence; (void)tasks;
    if (task.len != 8 || response.len != 8 || memcmp(task.ptr, response.ptr, 8) != 0)
        return th_fail(call, -1000, "the answer to another task");
    uint64_t index;
    memcpy(&index, task.ptr, 8);
    if (answered[index] < 255) answered[index]++;
    return TH_STAY;
}

static th_status summary(th_queue *self, th_call *call, const th_totals *totals, th_out *text) {
    (void)self; (void)call; (void)totals;
    uint64_t once = 0, more = 0;
    for (uint64_t i = 0; i < tasks_made; i++) {
        once += answered[i] == 1;
        more += answered[i] > 1;
    }
    char line[200];
    int size = snprintf(line, sizeof line, "%llu tasks, %llu answered once, %llu more than once",
                        (unsigned long long)tasks_made, (unsigned long long)once, (unsigned long long)more);
    return th_write(text, line, (size_t)size);
}

/* ---- in the worker */

static th_status worker_new(const th_host *h, th_call *call, th_bytes shared, th_worker **self) {
    (void)h; (void)shared; (void)self;
    every = number("every");
    nanoseconds = number("us") * 1000;
    char *file = path("counts"), *fifo = path("calls");
    if (file) {
        int fd = open(file, O_RDWR | O_CLOEXEC);
        counts = fd < 0 ? MAP_FAILED : mmap(NULL, number("tasks"), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (counts == MAP_FAILED) return th_fail(call, -1001, "counts");
        close(fd);
    }
    if (fifo && (calls = open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0) return th_fail(call, -1002, "calls");
    free(file);
    free(fifo);
    return TH_OK;
}

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Busy for short times, asleep for longer ones. */
static void work(uint64_t length) {
    if (length >= 1000000) { usleep((useconds_t)(length / 1000)); return; }
    for (uint64_t end = now() + length; now() < end;) {}
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    (void)self; (void)call;
    uint64_t index;
    memcpy(&index, request.ptr, 8);
    int first = 1;
    if (counts) first = __atomic_add_fetch(&counts[index], 1, __ATOMIC_RELAXED) == 1;
    if (calls >= 0 && every && index % every == every / 2 && first) {
        int32_t pid = getpid();
        if (write(calls, &pid, sizeof pid) == sizeof pid) work(20000000);
    }
    if (nanoseconds) work(nanoseconds);
    return th_write(response, &index, 8);
}

static th_status do_deed(th_call *call, const char *deed, const char *argument) {
    (void)call; (void)deed; (void)argument;
    return TH_NONE;
}

#undef DEEDS_PERFORM
#define DEEDS_PERFORM perform
DEEDS_KIND(.plan = plan, .use_response = use_response, .summary = summary, .worker_new = worker_new)
