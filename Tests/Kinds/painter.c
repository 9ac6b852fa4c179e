/* Whatever it says, and wherever, is a command of a terminal: a colour, a title, a cleared screen. */
#include <taskhost.h>

#include <stdio.h>

#define PAINT "\033[31mred\033]0;title\007\033[2J\r\xc2\x9b" "31m"

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.painter\",\"name\":\"painter\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"painter/1\",\"examples\":[\"a\"]}");

static const th_host *host_of_process;

static void say(th_call *call) {
    printf("%s\n", PAINT);
    fflush(stdout);
    fprintf(stderr, "%s\n", PAINT);
    host_of_process->log(host_of_process, TH_LOG_ERROR, th_text(PAINT));
    th_diagnostic found = {.size = sizeof found, .severity = TH_WARNING, .file = th_text(PAINT), .label = th_text(PAINT),
                           .message = th_text(PAINT)};
    call->diagnostic(call, &found);
    call->progress(call, 1, 2, th_text(PAINT));
}

static th_status queue_new(const th_host *host, th_call *call, th_queue **self) {
    (void)self;
    say(call);
    if (host->config_get(host, th_text("refuse")).ptr) return th_fail(call, TH_E_BAD_INPUT, PAINT);
    return TH_OK;
}

static th_status plan(th_queue *self, th_call *call, const th_bytes *words, size_t n, th_out *shared, th_out *tasks) {
    (void)self; (void)words; (void)n; (void)shared;
    say(call);
    if (th_write(tasks, PAINT, sizeof PAINT - 1) != TH_OK) return TH_E_NO_MEMORY;
    return tasks->end_item(tasks, NULL);
}

static th_status summary(th_queue *self, th_call *call, const th_totals *totals, th_out *text) {
    (void)self; (void)totals;
    say(call);
    return th_write(text, PAINT, sizeof PAINT - 1);
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    (void)self;
    say(call);
    call->feedback(call, th_text(PAINT));
    if (request.len == 4 && memcmp(request.ptr, "fail", 4) == 0) return th_fail(call, TH_E_BAD_INPUT, PAINT);
    return th_write(response, PAINT, sizeof PAINT - 1);
}

static const th_kind kind = {.size = sizeof kind, .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR,
                             .id = "org.example.painter", .name = "painter", .version = "1.0.0", .wire = "painter/1",
                             .queue_new = queue_new, .plan = plan, .summary = summary, .perform = perform};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)call;
    host_of_process = host;
    return &kind;
}
