/* A kind that uses every hook, written against the header alone. A task is one word that says what is to come
 * of it; the words of the submission become tasks in their order.                                            */
#include <taskhost.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.golden\",\"name\":\"golden\",\"version\":\"2.1.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"golden/1\"}");

struct th_queue { const th_host *host; unsigned responses, gone; };
struct th_worker { const th_host *host; char heard[256]; unsigned retries; };

static int equals(th_bytes b, const char *text) {
    return b.len == strlen(text) && memcmp(b.ptr, text, b.len) == 0;
}
static th_status put(th_out *out, const char *text) { return th_write(out, text, strlen(text)); }
static th_status put_item(th_out *out, const char *text, uint32_t flags) {
    th_item options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.flags = flags;
    th_status status = put(out, text);
    return status == TH_OK ? out->end_item(out, &options) : status;
}
static void note(th_call *call, uint32_t severity, const char *label, const char *message) {
    th_diagnostic d;
    memset(&d, 0, sizeof d);
    d.size = sizeof d;
    d.severity = severity;
    d.line = 3;
    d.column = 4;
    d.step = 5;
    d.file = th_text("input.txt");
    d.label = th_text(label);
    d.message = th_text(message);
    d.json = th_text("{\"extra\":[1,2]}");
    call->diagnostic(call, &d);
}

/* ---- the host's side */

static th_status queue_new(const th_host *host, th_call *call, th_queue **self) {
    (void)call;
    if (host->role != TH_ROLE_HOST) return TH_E_INTERNAL;
    *self = calloc(1, sizeof **self);
    if (!*self) return TH_E_NO_MEMORY;
    (*self)->host = host;
    return TH_OK;
}

static void queue_free(th_queue *self) {
    fprintf(stderr, "queue freed after %u responses, %u gone\n", self->responses, self->gone);
    free(self);
}

static th_status extra_env(th_queue *self, th_call *call, th_out *items) {
    (void)self; (void)call;
    return put_item(items, "GOLDEN_VARIABLE=from the kind", 0);
}

static th_status plan(th_queue *self, th_call *call, const th_bytes *words, size_t n, th_out *shared,
                      th_out *tasks) {
    (void)call;
    self->host->log(self->host, TH_LOG_INFO, th_text("planning"));
    th_bytes greeting = self->host->config_get(self->host, th_text("greeting"));
    th_status status = th_write(shared, greeting.ptr, greeting.len);
    for (size_t i = 0; i < n && status == TH_OK; i++) {
        status = th_write(tasks, words[i].ptr, words[i].len);
        if (status == TH_OK) status = tasks->end_item(tasks, NULL);
    }
    return status;
}

static int32_t task_match(th_queue *self, const th_worker_status *worker, th_bytes task) {
    (void)self;
    if (equals(task, "nobody")) return 0;
    if (equals(task, "fresh-only")) return !worker->is_old;
    if (equals(task, "knows-a")) return worker->is_old && equals(worker->competence, "a");
    return 1;
}

/* "TASK STATUS", where the status is "fresh" or "old:COMPETENCE:JOBS". */
static th_status request_of_task(th_queue *self, th_call *call, const th_worker_status *worker, th_bytes task,
                                 th_out *request) {
    (void)self;
    if (equals(task, "stale")) return TH_NONE;
    if (equals(task, "no-request")) return th_fail(call, -1100, "there is no request for this");
    if (equals(task, "large-request")) {
        if (!th_reserve(request, 100000)) return TH_E_LIMIT;
        request->len += 100000;
        return TH_OK;
    }
    th_status status = th_write(request, task.ptr, task.len);
    /* Feedback for the workers while the request is half written. */
    if (equals(task, "interrupts")) call->feedback(call, th_text("in between"));
    char text[300];
    if (worker->is_old)
        snprintf(text, sizeof text, " old:%.*s:%llu", (int)worker->competence.len,
                 worker->competence.len ? (const char *)worker->competence.ptr : "",
                 (unsigned long long)worker->jobs_done);
    else
        snprintf(text, sizeof text, " fresh");
    return status == TH_OK ? put(request, text) : status;
}

static th_status use_response(th_queue *self, th_call *call, const th_worker_status *worker, th_bytes task,
                              th_bytes response, th_out *competence, th_out *tasks) {
    self->responses++;
    char text[400];
    snprintf(text, sizeof text, "%.*s answered \"%.*s\" by a worker that was %s", (int)task.len, task.ptr,
             (int)response.len, response.len ? (const char *)response.ptr : "", worker->is_old ? "old" : "fresh");
    note(call, TH_NOTE, "use_response", text);
    call->progress(call, self->responses, 0, th_text("answers"));
    if (equals(task, "learn-a")) return put(competence, "a") == TH_OK ? TH_STAY : TH_E_INTERNAL;
    if (equals(task, "end")) return TH_END;
    if (equals(task, "inject")) {
        th_status status = put_item(tasks, "free-child", 0);
        if (status == TH_OK) status = put_item(tasks, "pinned-child", TH_ITEM_PINNED);
        if (status == TH_OK) status = put(competence, "injector");
        return status == TH_OK ? TH_STAY : status;
    }
    if (equals(task, "counts")) { call->count(call, 2, 1, 0); return TH_STAY; }
    if (equals(task, "counts-bad")) { call->count(call, 2, 1, 3); return TH_STAY; }
    if (equals(task, "use-fails")) return th_fail(call, -1200, "I cannot use this");
    if (equals(task, "half-item")) { put(tasks, "unfinished"); return TH_STAY; }
    if (equals(task, "warns")) note(call, TH_WARNING, "use_response", "of the host");
    return TH_STAY;
}

static th_status explain(th_queue *self, th_call *call, const char *hook, const th_gone *gone,
                         const th_bytes *task) {
    self->gone++;
    char text[500];
    snprintf(text, sizeof text, "%s: task %.*s cause %u code %d signal %d exit %d tries %u direction %u %s%s: %.*s",
             hook, task ? (int)task->len : 4, task ? (const char *)task->ptr : "none", gone->cause, gone->code,
             gone->signal, gone->exit_code, gone->tries, gone->direction,
             gone->actual > gone->limit ? "over the limit of " : "", gone->limit == 65536 ? "64 KiB" : "nothing",
             (int)gone->text.len, (const char *)gone->text.ptr);
    note(call, TH_NOTE, hook, text);
    return TH_OK;
}

static th_status on_marshal_error(th_queue *self, th_call *call, const th_gone *gone, const th_bytes *task,
                                  th_out *tasks) {
    explain(self, call, "on_marshal_error", gone, task);
    if (task && equals(*task, "large-request")) return put_item(tasks, "smaller", 0);
    if (task && equals(*task, "large-response")) call->count(call, 1, 0, 0);
    return TH_OK;
}

static th_status on_task_gone(th_queue *self, th_call *call, const th_gone *gone, const th_bytes *task,
                              th_out *tasks) {
    explain(self, call, "on_task_gone", gone, task);
    if (task && equals(*task, "fails-replaced")) return put_item(tasks, "replacement", 0);
    if (task && equals(*task, "fails-settled")) call->count(call, 1, 0, 0);
    if (task && equals(*task, "fails-once")) return TH_E_RETRY;
    if (task && equals(*task, "fails-hook")) return th_fail(call, -1300, "this hook fails, too");
    return TH_OK;
}

static void forward_feedback(th_queue *self, th_call *call, uint64_t worker, th_bytes feedback) {
    (void)self; (void)worker;
    char text[100];
    snprintf(text, sizeof text, "heard %.*s", (int)feedback.len, (const char *)feedback.ptr);
    call->feedback(call, th_text(text));
}

static th_status summary(th_queue *self, th_call *call, const th_totals *totals, th_out *text) {
    note(call, TH_NOTE, "summary", "the last look");
    char line[200];
    snprintf(line, sizeof line, "%llu tasks, %llu passed, %llu pending, %llu failed; %u places, %u responses",
             (unsigned long long)totals->tasks, (unsigned long long)totals->passed,
             (unsigned long long)totals->pending, (unsigned long long)totals->failed, totals->workers,
             self->responses);
    return put(text, line);
}

/* ---- the worker's side */

static th_status worker_new(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    (void)call;
    if (host->role != TH_ROLE_WORKER) return TH_E_INTERNAL;
    *self = calloc(1, sizeof **self);
    if (!*self) return TH_E_NO_MEMORY;
    (*self)->host = host;
    const char *variable = getenv("GOLDEN_VARIABLE");
    th_bytes greeting = host->config_get(host, th_text("greeting"));
    th_bytes absent = host->config_get(host, th_text("absent"));
    char text[200];
    snprintf(text, sizeof text, "worker with shared \"%.*s\", setting \"%.*s\", variable \"%s\"%s", (int)shared.len,
             (const char *)shared.ptr, (int)greeting.len, (const char *)greeting.ptr, variable ? variable : "",
             absent.ptr ? " and a setting that is not there" : "");
    host->log(host, TH_LOG_INFO, th_text(text));
    host->log(host, TH_LOG_DEBUG, th_text("too fine to be shown"));
    return TH_OK;
}

static void worker_free(th_worker *self) {
    printf("worker freed\n");
    free(self);
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    const uint8_t *space = memchr(request.ptr, ' ', request.len);
    th_bytes task = {request.ptr, space ? (size_t)(space - request.ptr) : request.len};
    if (equals(task, "talks")) {
        call->feedback(call, th_text("one"));
        put(response, "between ");
        call->feedback(call, th_text("two"));
        call->progress(call, 1, 2, th_text("halves"));
        note(call, TH_WARNING, "perform", "of the worker");
        call->feedback(call, th_text("three"));
    }
    if (equals(task, "large-response")) {
        if (!th_reserve(response, 100000)) return TH_E_LIMIT;
        response->len += 100000;
        return TH_OK;
    }
    if (equals(task, "large-enough")) {
        if (!th_reserve(response, 65000)) return TH_E_LIMIT;
        memset(response->base, 'x', 65000);
        response->len = 65000;
        response->len = 20;
        return TH_OK;
    }
    if (equals(task, "fails-own") || equals(task, "fails-replaced") || equals(task, "fails-settled") ||
        equals(task, "fails-hook"))
        return th_fail(call, -1234, "a failure of the kind's own");
    if (equals(task, "fails-once") && self->retries++ == 0) return th_fail(call, -1235, "only once");
    if (equals(task, "fails-silently")) return TH_E_INTERNAL;
    if (equals(task, "fails-unknown")) return -50;
    if (equals(task, "fails-input")) return th_fail(call, TH_E_BAD_INPUT, "bad input");
    if (equals(task, "fails-limit")) return th_fail(call, TH_E_LIMIT, "too much work");
    if (equals(task, "odd-status")) return TH_STAY;
    if (equals(task, "retries-twice") && self->retries++ < 2) return th_fail(call, TH_E_RETRY, "not yet");
    if (equals(task, "retries-always")) return th_fail(call, TH_E_RETRY, "never");
    if (equals(task, "poisons")) return th_fail(call, TH_E_POISONED, "spoilt");
    if (equals(task, "recalls")) return put(response, self->heard);
    if (equals(task, "nothing")) return TH_OK;
    self->retries = 0;
    return th_write(response, request.ptr, request.len);
}

static void on_feedback(th_worker *self, th_call *call, th_bytes feedback) {
    (void)call;
    size_t used = strlen(self->heard);
    snprintf(self->heard + used, sizeof self->heard - used, "[%.*s]", (int)feedback.len, (const char *)feedback.ptr);
}

static th_status name_of_task(th_bytes task, th_out *text) {
    th_status status = put(text, "golden ");
    return status == TH_OK ? th_write(text, task.ptr, task.len) : status;
}

static const th_kind table = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR,
    .id = "org.example.golden", .name = "golden", .version = "2.1.0", .wire = "golden/1",
    .queue_new = queue_new, .queue_free = queue_free, .extra_env = extra_env, .plan = plan,
    .request_of_task = request_of_task, .task_match = task_match, .use_response = use_response,
    .on_marshal_error = on_marshal_error, .on_task_gone = on_task_gone, .forward_feedback = forward_feedback,
    .worker_new = worker_new, .worker_free = worker_free, .perform = perform, .on_feedback = on_feedback,
    .name_of_task = name_of_task, .name_of_request = name_of_task, .summary = summary,
};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)call;
    return TH_HAS(host, config_get) && host->abi_major == TH_ABI_MAJOR ? &table : NULL;
}
