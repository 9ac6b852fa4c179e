/* A kind that ends the process of its host. */
#include <stdlib.h>
#include "taskhost.h"

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.leaver\",\"name\":\"leaver\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"leaver/1\"}");

static th_status queue_new(const th_host *h, th_call *c, th_queue **self) {
    (void)h; (void)c; (void)self;
    exit(0);
}

static th_status perform(th_worker *self, th_call *c, th_bytes request, th_out *response) {
    (void)self; (void)c; (void)request; (void)response;
    return TH_OK;
}

static const th_kind kind = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR,
    .id = "org.example.leaver", .name = "leaver", .version = "1.0.0", .wire = "leaver/1",
    .queue_new = queue_new, .perform = perform,
};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host; (void)call;
    return &kind;
}
