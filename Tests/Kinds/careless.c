/* A kind that is careless with what it tells the host: numbers at their ends, lengths below zero, replacements for whatever is
 * gone. A task is a word that says where.                                                                                     */
#include <taskhost.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef FLAGS
#define FLAGS 0
#endif

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.careless\",\"name\":\"careless\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"careless/1\"}");

static int is(th_bytes b, const char *text) {
    return b.len == strlen(text) && memcmp(b.ptr, text, b.len) == 0;
}

static th_status plan(th_queue *self, th_call *call, const th_bytes *words, size_t n, th_out *shared,
                      th_out *tasks) {
    (void)self; (void)call; (void)shared;
    for (size_t i = 0; i < n; i++) {
        th_item item;
        memset(&item, 0, sizeof item);
        item.size = sizeof item;
        if (is(words[i], "never")) { item.soft_ns = ~0ull; item.hard_ns = 60000000000ull; }
        if (is(words[i], "quick")) item.hard_ns = 1000000000ull;
        if (is(words[i], "slow")) item.hard_ns = 60000000000ull;
        th_status status = th_write(tasks, words[i].ptr, words[i].len);
        if (status == TH_OK) status = tasks->end_item(tasks, &item);
        if (status != TH_OK) return status;
    }
    return TH_OK;
}

static th_status request_of_task(th_queue *self, th_call *call, const th_worker_status *status, th_bytes task,
                                 th_out *request) {
    (void)self; (void)call; (void)status;
    if (is(task, "short-request")) { request->len -= 1; return TH_OK; }
    return th_write(request, task.ptr, task.len);
}

static th_status use_response(th_queue *self, th_call *call, const th_worker_status *status, th_bytes task,
                              th_bytes response, th_out *competence, th_out *tasks) {
    (void)self; (void)status; (void)response; (void)competence;
    if (is(task, "counts")) call->count(call, ~0ull, 0, 0);
    if (is(task, "short-item")) { tasks->len -= 1; tasks->end_item(tasks, NULL); }
    if (is(task, "large-feedback")) {
        th_bytes fb = {calloc(1, 2 << 20), 2 << 20};
        call->feedback(call, fb);
        free((void *)fb.ptr);
    }
    if (is(task, "flood")) {
        th_bytes fb = {calloc(1, 1 << 20), 1 << 20};
        call->feedback(call, fb);
        free((void *)fb.ptr);
    }
    return TH_STAY;
}

static th_status on_task_gone(th_queue *self, th_call *call, const th_gone *gone, const th_bytes *task,
                              th_out *tasks) {
    (void)self; (void)call; (void)gone;
    if (!task || !is(*task, "waits")) return TH_OK;
    th_status status = th_write(tasks, task->ptr, task->len);
    return status == TH_OK ? tasks->end_item(tasks, NULL) : status;
}

static void *kill_soon(void *unused) {
    (void)unused;
    usleep(5000);
    kill(getpid(), SIGKILL);
    return NULL;
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    (void)self;
    if (is(request, "short-response")) { response->len -= 1; return TH_OK; }
    if (is(request, "waits")) {
        call->feedback(call, request);
        while (!th_cancelled(call)) usleep(1000);
        return TH_E_CANCELLED;
    }
    if (is(request, "deaf")) for (;;) pause();
    if (is(request, "slow")) usleep(2500000);
    if (is(request, "cut-off")) {
        size_t size = 90u << 20;
        uint8_t *bytes = th_reserve(response, size);
        pthread_t thread;
        if (!bytes) return TH_E_LIMIT;
        memset(bytes, 1, size);
        response->len = size;
        return pthread_create(&thread, NULL, kill_soon, NULL) == 0 ? TH_OK : TH_E_INTERNAL;
    }
    if (request.len > 5 && memcmp(request.ptr, "once:", 5) == 0) {
        char path[4096];
        size_t length = request.len - 5 < sizeof path ? request.len - 5 : sizeof path - 1;
        memcpy(path, request.ptr + 5, length);
        path[length] = 0;
        if (unlink(path) == 0) {
            th_diagnostic found;
            memset(&found, 0, sizeof found);
            found.size = sizeof found;
            found.severity = TH_FAILED;
            found.message = th_text("of a trial that came to no end");
            call->diagnostic(call, &found);
            kill(getpid(), SIGKILL);
        }
    }
    return th_write(response, request.ptr, request.len);
}

static void on_feedback(th_worker *self, th_call *call, th_bytes fb) { (void)self; (void)call; (void)fb; }

static const th_kind kind = {
    .size = sizeof kind, .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR, .flags = FLAGS,
    .id = "org.example.careless", .name = "careless", .version = "1.0.0", .wire = "careless/1",
    .plan = plan, .request_of_task = request_of_task, .use_response = use_response,
    .on_task_gone = on_task_gone, .perform = perform, .on_feedback = on_feedback,
};

TH_EXPORT const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host; (void)call;
    return &kind;
}
