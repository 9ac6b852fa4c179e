/* Says of each worker how it came about. FLAGS, and what goes wrong in the fork server, are chosen by definitions and by
 * `--set`. A task: `tell`, or `kill-server` before it.                                                          */
#include <taskhost.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef FLAGS
#  define FLAGS TH_KIND_FORK_SAFE
#endif

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.forked\",\"name\":\"forked\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"forked/1\"}");

struct th_worker {
    pid_t maker, forked;
    int shared;
};

static const th_host *host;

static int mode_is(const char *name) {
    th_bytes mode = host->config_get(host, th_text("mode"));
    return mode.len == strlen(name) && memcmp(mode.ptr, name, mode.len) == 0;
}

/* The second word of the command line: `worker` or `fork-server`. */
static const char *role(void) {
    static char line[256];
    memset(line, 0, sizeof line);
    FILE *file = fopen("/proc/self/cmdline", "re");
    if (!file) return "?";
    size_t size = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    size_t first = strlen(line) + 1;
    return first < size ? line + first : "?";
}

static void *idle(void *unused) {
    for (;;) pause();
    return unused;
}

static th_status plan(th_queue *self, th_call *call, const th_bytes *words, size_t n, th_out *shared,
                      th_out *tasks) {
    (void)self; (void)call;
    th_status status = th_write(shared, "shared", 6);
    for (size_t i = 0; i < n && status == TH_OK; i++) {
        status = th_write(tasks, words[i].ptr, words[i].len);
        if (status == TH_OK) status = tasks->end_item(tasks, NULL);
    }
    return status;
}

static th_status worker_new(const th_host *h, th_call *call, th_bytes shared, th_worker **self) {
    (void)h;
    int in_server = strcmp(role(), "fork-server") == 0;
    if (in_server && mode_is("server-crashes")) raise(SIGSEGV);
    if (in_server && mode_is("server-fails")) return th_fail(call, TH_E_INTERNAL, "no state for a server");
    if (mode_is("thread")) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, idle, NULL) != 0) return TH_E_NO_MEMORY;
    }
    th_worker *w = calloc(1, sizeof *w);
    if (!w) return TH_E_NO_MEMORY;
    w->maker = getpid();
    w->shared = shared.len == 6 && memcmp(shared.ptr, "shared", 6) == 0;
    *self = w;
    return TH_OK;
}

static th_status worker_forked(th_worker *w, th_call *call) {
    if (mode_is("fork-fails")) return th_fail(call, TH_E_INTERNAL, "not in this copy");
    w->forked = getpid();
    return TH_OK;
}

static th_status perform(th_worker *w, th_call *call, th_bytes request, th_out *response) {
    (void)call;
    if (request.len == 11) {
        kill(w->maker, SIGKILL);
        /* Its death is to be seen before the next worker is wanted. */
        while (kill(w->maker, 0) == 0) usleep(1000);
    }
    char text[256];
    const char *extra = getenv("FORKED_EXTRA");
    int size = snprintf(text, sizeof text,
                        "role=%s pid=%d maker=%d forked=%d parent=%d group=%d shared=%d extra=%s bound=%s", role(),
                        (int)getpid(), (int)w->maker, (int)w->forked, (int)getppid(), (int)getpgrp(), w->shared,
                        extra ? extra : "-", getenv("LD_BIND_NOW") ? "yes" : "no");
    th_bytes bytes = {(const uint8_t *)text, (size_t)size};
    call->feedback(call, bytes);
    (void)response;
    return TH_OK;
}

static th_status use_response(th_queue *q, th_call *c, const th_worker_status *s, th_bytes task,
                              th_bytes response, th_out *competence, th_out *tasks) {
    (void)q; (void)c; (void)s; (void)task; (void)response; (void)competence; (void)tasks;
    return TH_END;
}

static const th_kind kind = {
    .size = sizeof kind, .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR, .flags = FLAGS,
    .id = "org.example.forked", .name = "forked", .version = "1.0.0", .wire = "forked/1",
    .plan = plan, .use_response = use_response, .worker_new = worker_new, .worker_forked = worker_forked,
    .perform = perform,
};

TH_EXPORT const th_kind *taskhost_plugin_v1(const th_host *h, th_call *call) {
    (void)call;
    host = h;
    return &kind;
}
