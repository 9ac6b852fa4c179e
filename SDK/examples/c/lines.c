#include <errno.h>
#include <stdio.h>
#include "taskhost.h"

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.lines\",\"name\":\"lines\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"lines/1\","
            "\"summary\":\"counts the lines of files\"}");

/* The request is the word of the command line: a path. */
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    char path[4096], text[64];
    long lines = 0;
    int c;
    (void)self; (void)response;
    if (request.len >= sizeof path) return th_fail(call, TH_E_BAD_INPUT, "the path is too long");
    memcpy(path, request.ptr, request.len);
    path[request.len] = 0;
    FILE *file = fopen(path, "r");
    if (!file) return th_fail(call, TH_E_BAD_INPUT, strerror(errno));
    while ((c = getc(file)) != EOF) lines += c == '\n';
    fclose(file);
    snprintf(text, sizeof text, "%ld lines", lines);
    th_diagnostic found = {.size = sizeof found, .severity = TH_NOTE, .file = request, .message = th_text(text)};
    call->diagnostic(call, &found);
    return TH_OK;
}

static const th_kind kind = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR,
    .id = "org.example.lines", .name = "lines", .version = "1.0.0", .wire = "lines/1",
    .perform = perform,
};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host; (void)call;
    return &kind;
}
