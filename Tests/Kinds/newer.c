// A kind of a later minor version of the ABI, which uses what there is of it and goes without where there is not. Compiled with
// the header of that version, which has `spare` in th_host, `answer` in th_call, `marks` in th_out and `tell` in th_kind.
#include <stdio.h>
#include "taskhost.h"

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.newer\",\"name\":\"newer\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":" NEEDS_TEXT "},\"wire\":\"newer/1\"}");

static const th_host *services;

static th_status plan(th_queue *q, th_call *call, const th_bytes *words, size_t n, th_out *shared, th_out *tasks) {
    (void)q; (void)call; (void)shared;
    for (size_t i = 0; i < n; i++) {
        th_item item = {.size = sizeof item, .priority = 1, .later = ~(uint64_t)0};
        if (th_write(tasks, words[i].ptr, words[i].len) != TH_OK || tasks->end_item(tasks, &item) != TH_OK) return TH_E_LIMIT;
    }
    return TH_OK;
}

static th_status perform(th_worker *w, th_call *call, th_bytes request, th_out *response) {
    char text[160];
    (void)w;
    snprintf(text, sizeof text, "%.*s: host %d, call %d, out %s", (int)request.len, (const char *)request.ptr,
             TH_HAS(services, spare) ? services->spare(services) : -1, TH_HAS(call, answer) ? call->answer(call) : -1,
             TH_HAS(response, marks) ? "with marks" : "without");
    th_diagnostic found = {.size = sizeof found, .severity = TH_NOTE, .message = th_text(text), .later = 7};
    call->diagnostic(call, &found);
    return th_write(response, text, strlen(text));
}

static th_status tell(th_worker *w, th_call *call) {
    (void)w;
    call->feedback(call, th_text("told"));
    return TH_OK;
}

static const th_kind kind = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR, .needs_minor = NEEDS,
    .id = "org.example.newer", .name = "newer", .version = "1.0.0", .wire = "newer/1",
    .plan = plan, .perform = perform, .tell = tell,
};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)call;
    services = host;
    return &kind;
}
