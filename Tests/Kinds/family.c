/* Tasks that have children: "N" becomes two tasks "N-1", down to 0. Many requests are in flight at a time.   */
#include <taskhost.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.family\",\"name\":\"family\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"family/1\"}");

static int generation(th_bytes task) {
    char text[16] = "";
    memcpy(text, task.ptr, task.len < sizeof text ? task.len : sizeof text - 1);
    return atoi(text);
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    (void)self; (void)call;
    return th_write(response, request.ptr, request.len);
}

static th_status use_response(th_queue *self, th_call *call, const th_worker_status *status, th_bytes task,
                              th_bytes response, th_out *competence, th_out *tasks) {
    (void)self; (void)status; (void)competence;
    if (task.len != response.len || memcmp(task.ptr, response.ptr, task.len) != 0)
        return th_fail(call, -1000, "the answer belongs to another task");
    int children = generation(task) > 0 ? 2 : 0;
    /* Counts tell tasks apart that take each other's place. */
    call->count(call, (uint64_t)generation(task), 0, 0);
    for (int i = 0; i < children; i++) {
        char text[16];
        int length = snprintf(text, sizeof text, "%d", generation(task) - 1);
        th_status written = th_write(tasks, text, (size_t)length);
        if (written == TH_OK) written = tasks->end_item(tasks, NULL);
        if (written != TH_OK) return written;
    }
    return TH_STAY;
}

static th_status name_of_task(th_bytes task, th_out *text) { return th_write(text, task.ptr, task.len); }

static const th_kind table = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR,
    .flags = TH_KIND_STATELESS | TH_KIND_IDEMPOTENT,
    .id = "org.example.family", .name = "family", .version = "1.0.0", .wire = "family/1",
    .perform = perform, .use_response = use_response, .name_of_task = name_of_task,
};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host; (void)call;
    return &table;
}
