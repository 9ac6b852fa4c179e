/* Gives each word a number that no other one gets, whichever worker it comes to: the workers ask their host for it. */
#include <stdio.h>
#include "taskhost_ext.h"

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.serial\",\"name\":\"serial\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"serial/1\","
            "\"summary\":\"numbers words\"}");

/* ---- in the host: there is one of it, so the numbers are kept here */

static unsigned long last;

static th_status on_call(th_queue *self, th_call *call, const th_worker_status *worker,
                         const th_worker_handle *caller, th_bytes request, th_out *reply) {
    char text[32];
    (void)self; (void)worker; (void)caller;
    if (request.len != 4 || memcmp(request.ptr, "next", 4) != 0)
        return th_fail(call, TH_E_BAD_INPUT, "only \"next\" can be asked for");
    return th_write(reply, text, (size_t)snprintf(text, sizeof text, "%lu", ++last));
}

static const void *extension(const char *id) {
    static const th_host_service service = {.size = sizeof service, .on_call = on_call};
    return strcmp(id, TH_EXT_HOST_SERVICE) == 0 ? &service : NULL;
}

/* ---- in a worker */

static const th_host_call *host_call;

static th_status worker_new(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    (void)shared; (void)self;
    host_call = (const th_host_call *)th_needs(host, call, TH_EXT_HOST_CALL, sizeof *host_call);
    return host_call ? TH_OK : TH_E_UNSUPPORTED;
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    char text[512];
    th_bytes number;
    (void)self; (void)response;
    th_status status = host_call->call(call, NULL, th_text("next"), &number);
    if (status != TH_OK) return call->fail(call, status, number);
    snprintf(text, sizeof text, "%.*s is number %.*s", (int)(request.len & 255), (const char *)request.ptr,
             (int)number.len, (const char *)number.ptr);
    th_diagnostic said = {.size = sizeof said, .severity = TH_NOTE, .message = th_text(text)};
    call->diagnostic(call, &said);
    return TH_OK;
}

static const th_kind kind = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR,
    .id = "org.example.serial", .name = "serial", .version = "1.0.0", .wire = "serial/1",
    .worker_new = worker_new, .perform = perform, .extension = extension,
};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host; (void)call;
    return &kind;
}
