/* The kind @NAME@: finds lines that are too long. Each hook says what it gets and what it may answer; include/taskhost.h says it
 * for all of them, and for those that are not here. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "taskhost.h"

/* ---- (1) What the kind is called. The manifest is read without running the library; the table below must say the same, so both
 * are made of these. The id is yours for ever; the wire is a name for the form of requests and responses: change it with them. */
#define ID "org.example.@NAME@"
#define NAME "@NAME@"
#define VERSION "0.1.0"
#define WIRE NAME "/1"

TH_MANIFEST("{\"schema\":1,\"id\":\"" ID "\",\"name\":\"" NAME "\",\"version\":\"" VERSION "\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"" WIRE "\",\"flags\":[\"stateless\",\"idempotent\"],"
            "\"summary\":\"finds lines that are too long\","
            "\"config\":[{\"key\":\"width\",\"type\":\"int\",\"default\":80,\"help\":\"characters that a line may have\"}]}");

/* What a worker process keeps from one request to the next. */
struct th_worker { unsigned long width; };

/* ---- (2) What the tasks are. In the host, once: the words of the command line become tasks. A task is bytes of any form; here
 * it is the word itself, a path. (Without this hook it would be the same.) */
static th_status plan(th_queue *self, th_call *call, const th_bytes *words, size_t n, th_out *shared, th_out *tasks) {
    (void)self; (void)call; (void)shared;
    for (size_t i = 0; i < n; i++) {
        if (th_write(tasks, words[i].ptr, words[i].len) != TH_OK) return TH_E_NO_MEMORY;
        th_status status = tasks->end_item(tasks, NULL);
        if (status != TH_OK) return status;
    }
    return TH_OK;
}

/* In each worker, once. `shared` is what plan has written for all of them. A failure here names the option. */
static th_status worker_new(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    (void)shared;
    th_worker *made = malloc(sizeof *made);
    if (!made) return th_fail(call, TH_E_NO_MEMORY, "there is no memory for it");
    made->width = 80;
    th_bytes width = host->config_get(host, th_text("width"));
    if (width.ptr) {
        char text[16] = "", *end;
        if (width.len < sizeof text) memcpy(text, width.ptr, width.len);
        made->width = strtoul(text, &end, 10);
        if (end == text || *end) {
            free(made);
            return th_fail(call, TH_E_BAD_INPUT, "option width: expected a number");
        }
    }
    *self = made;
    return TH_OK;
}
static void worker_free(th_worker *self) { free(self); }

/* ---- (3) How a task is performed. In a worker, one request at a time. What it finds is a diagnostic: TH_FAILED says that the
 * input is bad. A negative status says that there is no verdict; the worker lives on either way. If this crashes, it costs one task. */
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    char path[4096], text[96];
    unsigned long length = 0;
    uint32_t line = 1;
    int c;
    (void)response;
    if (request.len >= sizeof path) return th_fail(call, TH_E_BAD_INPUT, "the path is too long");
    memcpy(path, request.ptr, request.len);
    path[request.len] = 0;
    FILE *file = fopen(path, "r");
    if (!file) return th_fail(call, TH_E_BAD_INPUT, strerror(errno));
    while ((c = getc(file)) != EOF) {
        if (c != '\n') {
            length++;
            continue;
        }
        if (length > self->width) {
            snprintf(text, sizeof text, "%lu characters, at most %lu", length, self->width);
            th_diagnostic found = {.size = sizeof found, .severity = TH_FAILED, .file = request, .line = line, .message = th_text(text)};
            call->diagnostic(call, &found);
        }
        length = 0;
        line++;
    }
    fclose(file);
    return TH_OK;
}

static const th_kind kind = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR,
    .id = ID, .name = NAME, .version = VERSION, .wire = WIRE,
    .flags = TH_KIND_STATELESS | TH_KIND_IDEMPOTENT,
    .plan = plan, .worker_new = worker_new, .worker_free = worker_free, .perform = perform,
};

/* The one function that the host looks for. */
const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host; (void)call;
    return &kind;
}
