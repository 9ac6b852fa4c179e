/* A kind that ends the process of its host: LEAVE says how, FORKS that a process of its own does. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "taskhost.h"

#ifndef LEAVE
#define LEAVE exit(0)
#endif

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.leaver\",\"name\":\"leaver\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"leaver/1\"}");

static th_status queue_new(const th_host *h, th_call *c, th_queue **self) {
    (void)h; (void)c; (void)self;
#ifdef FORKS
    pid_t child = fork();
    if (child == 0) LEAVE;
    int status = -1;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 3 << 8) return TH_E_INTERNAL;
    return TH_OK;
#else
    LEAVE;
#endif
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
