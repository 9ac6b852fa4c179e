/* Starts in the way that `--set mode=...` says.                                                              */
#include <taskhost.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.starts\",\"name\":\"starts\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"starts/1\"}");

static const th_host *host;

static int mode_is(const char *name) {
    th_bytes mode = host->config_get(host, th_text("mode"));
    return mode.len == strlen(name) && memcmp(mode.ptr, name, mode.len) == 0;
}

/* Signals interrupt one sleep, not this. */
static void block_for_a_while(void) {
    struct timespec now, end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += 3;
    do {
        usleep(100000);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec < end.tv_sec);
}

/* Only workers have the variable: extra_env sets it. */
__attribute__((constructor)) static void at_load(void) {
    if (getenv("CRASH_AT_LOAD")) raise(SIGSEGV);
    if (getenv("HANG_AT_LOAD")) for (;;) pause();
}

static th_status queue_new(const th_host *h, th_call *call, th_queue **self) {
    (void)h; (void)self;
    if (mode_is("queue-fails")) return th_fail(call, -1001, "the queue has no licence");
    return TH_OK;
}

static th_status item(th_out *items, const char *text) {
    th_status status = th_write(items, text, strlen(text));
    return status == TH_OK ? items->end_item(items, NULL) : status;
}

static th_status extra_env(th_queue *self, th_call *call, th_out *items) {
    (void)self;
    if (mode_is("env-loader")) return item(items, "LD_PRELOAD=/tmp/evil.so");
    if (mode_is("env-host")) return item(items, "TASKHOST_X=1");
    if (mode_is("env-nothing")) return item(items, "NO_EQUALS");
    if (mode_is("env-fails")) return th_fail(call, TH_E_INTERNAL, "no environment today");
    if (mode_is("env-blocks")) { block_for_a_while(); return TH_OK; }
    if (mode_is("load-crashes")) return item(items, "CRASH_AT_LOAD=1");
    if (mode_is("load-hangs")) return item(items, "HANG_AT_LOAD=1");
    return TH_OK;
}

static th_status plan(th_queue *self, th_call *call, const th_bytes *words, size_t n, th_out *shared,
                      th_out *tasks) {
    (void)self; (void)call;
    if (mode_is("plan-fails")) {
        host->log(host, TH_LOG_WARN, th_text("what the plan has seen"));
        return th_fail(call, TH_E_BAD_INPUT, "the words make no sense");
    }
    if (mode_is("large-shared")) {
        size_t size = 3u << 20;
        uint8_t *room = th_reserve(shared, size);
        if (!room) return TH_E_NO_MEMORY;
        memset(room, 7, size);
        shared->len += size;
    }
    for (size_t i = 0; i < n; i++) {
        th_status status = th_write(tasks, words[i].ptr, words[i].len);
        if (status == TH_OK) status = tasks->end_item(tasks, NULL);
        if (status != TH_OK) return status;
    }
    return TH_OK;
}

static th_status worker_new(const th_host *h, th_call *call, th_bytes shared, th_worker **self) {
    (void)self; (void)h;
    if (mode_is("worker-fails")) return th_fail(call, -1002, "the worker has no licence");
    if (mode_is("worker-fails-silently")) return TH_E_INTERNAL;
    if (mode_is("worker-retries")) return th_fail(call, TH_E_RETRY, "not now");
    if (mode_is("worker-crashes")) { fputs("about to crash\n", stderr); abort(); }
    if (mode_is("worker-exits")) exit(0);
    if (mode_is("worker-hangs")) for (;;) pause();
    if (mode_is("large-shared") && shared.len != 3u << 20) return th_fail(call, -1003, "a part is missing");
    return TH_OK;
}

static void worker_free(th_worker *self) {
    (void)self;
    if (mode_is("free-hangs")) for (;;) pause();
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    (void)self;
    if (mode_is("large-feedback")) {
        size_t size = 1u << 20;
        uint8_t *bytes = malloc(size);
        if (!bytes) return TH_E_NO_MEMORY;
        memset(bytes, 'x', size);
        th_bytes feedback = {bytes, size};
        call->feedback(call, feedback);
        free(bytes);
    }
    if (mode_is("long-message")) {
        char text[3000];
        memset(text, 'm', sizeof text - 1);
        text[sizeof text - 1] = 0;
        return th_fail(call, TH_E_BAD_INPUT, text);
    }
    return th_write(response, request.ptr, request.len);
}

static th_status use_response(th_queue *self, th_call *call, const th_worker_status *status, th_bytes task,
                              th_bytes response, th_out *competence, th_out *tasks) {
    (void)self; (void)call; (void)status; (void)task; (void)response; (void)competence; (void)tasks;
    if (mode_is("use-blocks")) block_for_a_while();
    if (mode_is("use-hangs")) for (;;) pause();
    return TH_STAY;
}

#ifndef FLAGS
#define FLAGS 0
#endif

static const th_kind table = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR,
    .id = "org.example.starts", .name = "starts", .version = "1.0.0", .wire = "starts/1",
    .flags = FLAGS, .queue_new = queue_new, .extra_env = extra_env, .plan = plan, .worker_new = worker_new,
    .worker_free = worker_free,
    .perform = perform, .use_response = use_response,
};

const th_kind *taskhost_plugin_v1(const th_host *h, th_call *call) {
    host = h;
    if (mode_is("entry-fails")) { th_fail(call, TH_E_INTERNAL, "I do not like this host"); return NULL; }
    return &table;
}
