/* Prints to standard output and standard error wherever it can.                                              */
#include <taskhost.h>

#include <stdio.h>
#include <unistd.h>

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.chatty\",\"name\":\"chatty\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"chatty/1\"}");

static void say(const char *where) {
    printf("{\"type\":\"forged\",\"by\":\"%s\"}\n", where);
    fflush(stdout);
    fprintf(stderr, "%s speaks\n", where);
    static const char raw[] = "\x1b[31mred\x00\xff\n";
    if (write(1, raw, sizeof raw) < 0) return;
}

__attribute__((constructor)) static void at_load(void) { say("constructor"); }

static th_status queue_new(const th_host *h, th_call *c, th_queue **q) { (void)h; (void)c; (void)q; say("queue_new"); return TH_OK; }
static void queue_free(th_queue *q) { (void)q; say("queue_free"); }
static th_status extra_env(th_queue *q, th_call *c, th_out *o) { (void)q; (void)c; (void)o; say("extra_env"); return TH_OK; }
static th_status request_of_task(th_queue *q, th_call *c, const th_worker_status *s, th_bytes task, th_out *o) {
    (void)q; (void)c; (void)s;
    say("request_of_task");
    return th_write(o, task.ptr, task.len);
}
static int32_t task_match(th_queue *q, const th_worker_status *s, th_bytes t) { (void)q; (void)s; (void)t; say("task_match"); return 1; }
static th_status use_response(th_queue *q, th_call *c, const th_worker_status *s, th_bytes t, th_bytes r, th_out *a, th_out *b) {
    (void)q; (void)c; (void)s; (void)t; (void)r; (void)a; (void)b;
    say("use_response");
    return TH_STAY;
}
static void forward_feedback(th_queue *q, th_call *c, uint64_t w, th_bytes f) { (void)q; (void)w; say("forward_feedback"); c->feedback(c, f); }
static th_status summary(th_queue *q, th_call *c, const th_totals *t, th_out *o) { (void)q; (void)c; (void)t; say("summary"); return th_write(o, "quiet", 5); }
static th_status worker_new(const th_host *h, th_call *c, th_bytes s, th_worker **w) { (void)h; (void)c; (void)s; (void)w; say("worker_new"); return TH_OK; }
static void worker_free(th_worker *w) { (void)w; say("worker_free"); }
static th_status perform(th_worker *w, th_call *c, th_bytes r, th_out *o) {
    (void)w;
    say("perform");
    c->feedback(c, r);
    return th_write(o, r.ptr, r.len);
}
static void on_feedback(th_worker *w, th_call *c, th_bytes f) { (void)w; (void)c; (void)f; say("on_feedback"); }
static th_status name_of_task(th_bytes t, th_out *o) { say("name_of_task"); return th_write(o, t.ptr, t.len); }

static const th_kind table = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR,
    .id = "org.example.chatty", .name = "chatty", .version = "1.0.0", .wire = "chatty/1",
    .queue_new = queue_new, .queue_free = queue_free, .extra_env = extra_env, .request_of_task = request_of_task,
    .task_match = task_match, .use_response = use_response, .forward_feedback = forward_feedback,
    .worker_new = worker_new, .worker_free = worker_free, .perform = perform, .on_feedback = on_feedback,
    .name_of_task = name_of_task, .summary = summary,
};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host; (void)call;
    say("entry");
    return &table;
}
