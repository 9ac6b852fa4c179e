// A kind whose table ends with `perform`, right before memory that can not be read, as if it were of a version without what follows.
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include "taskhost.h"

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.short\",\"name\":\"short\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"short/1\"}");

static th_status perform(th_worker *w, th_call *call, th_bytes request, th_out *response) {
    (void)w;
    th_diagnostic found = {.size = sizeof found, .severity = TH_NOTE, .message = request};
    call->diagnostic(call, &found);
    return th_write(response, request.ptr, request.len);
}

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host;
    size_t size = offsetof(th_kind, perform) + sizeof(void *), page = (size_t)sysconf(_SC_PAGESIZE);
    char *base = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED || mprotect(base + page, page, PROT_NONE)) {
        th_fail(call, TH_E_NO_MEMORY, "no memory");
        return NULL;
    }
    th_kind whole = {
        .size = (uint32_t)size, .abi_major = TH_ABI_MAJOR, .id = "org.example.short", .name = "short",
        .version = "1.0.0", .wire = "short/1", .perform = perform,
    };
    return memcpy(base + page - size, &whole, size);
}
