/* Tasks "NAME MILLISECONDS DEMAND": each needs what the last word says, tells when it begins and ends, and takes so long.
 * NAME `once:FILE` fails unless FILE is there, which it makes; `bad` always fails.                                */
#include <taskhost.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef FLAGS
#  define FLAGS 0
#endif

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.demands\",\"name\":\"demands\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"demands/1\"}");

static th_status plan(th_queue *self, th_call *call, const th_bytes *words, size_t n, th_out *shared,
                      th_out *tasks) {
    (void)self; (void)call; (void)shared;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *last = memrchr(words[i].ptr, ' ', words[i].len);
        if (!last) return th_fail(call, TH_E_BAD_INPUT, "expected NAME MILLISECONDS DEMAND");
        th_item item = {.size = sizeof item};
        item.resources.ptr = last + 1;
        item.resources.len = (size_t)(words[i].ptr + words[i].len - last - 1);
        th_status status = th_write(tasks, words[i].ptr, words[i].len);
        if (status == TH_OK) status = tasks->end_item(tasks, &item);
        if (status != TH_OK) return status;
    }
    return TH_OK;
}

static void tell(th_call *call, const char *what, const char *name) {
    char text[300];
    int size = snprintf(text, sizeof text, "%s %s", what, name);
    th_bytes bytes = {(const uint8_t *)text, (size_t)size};
    call->feedback(call, bytes);
}

static th_status perform(th_worker *w, th_call *call, th_bytes request, th_out *response) {
    (void)w; (void)response;
    char task[256] = {0}, name[200];
    unsigned long milliseconds;
    memcpy(task, request.ptr, request.len < sizeof task ? request.len : sizeof task - 1);
    if (sscanf(task, "%199s %lu", name, &milliseconds) != 2) return th_fail(call, TH_E_BAD_INPUT, "no number");
    tell(call, "begin", name);
    usleep((useconds_t)milliseconds * 1000);
    tell(call, "end", name);
    if (strcmp(name, "bad") == 0) return th_fail(call, TH_E_INTERNAL, "it is bad");
    if (strncmp(name, "once:", 5) == 0) {
        int file = open(name + 5, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
        if (file >= 0) return close(file), th_fail(call, TH_E_INTERNAL, "not the first time");
    }
    return TH_OK;
}

static const th_kind kind = {
    .size = sizeof kind, .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR, .flags = FLAGS,
    .id = "org.example.demands", .name = "demands", .version = "1.0.0", .wire = "demands/1",
    .plan = plan, .perform = perform,
};

TH_EXPORT const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host; (void)call;
    return &kind;
}
