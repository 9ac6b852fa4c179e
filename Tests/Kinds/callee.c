/* A kind from a later version of the header: its table has a member behind those of today, and it offers a table that no host of
 * today knows. -DHOOKS=... are other hooks in its manifest. What `perform` does is the first word of the request. */
#include <taskhost_ext.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef HOOKS
#define HOOKS                                                                                                   \
    "[{\"name\":\"perform_many\",\"offset\":200,\"signature\":\"status(worker, call, bytes requests, out)\"},"  \
    "{\"name\":\"unset\",\"offset\":208,\"signature\":\"status(worker, call)\"},"                               \
    "{\"table\":\"org.example.batch/1\",\"name\":\"price\",\"offset\":8,"                                       \
    "\"signature\":\"int(worker, bytes what, i32 factor, u64 count)\"},"                                        \
    "{\"table\":\"org.example.batch/1\",\"name\":\"later\",\"offset\":4096,\"signature\":\"void(worker)\"},"    \
    "{\"table\":\"org.example.none/1\",\"name\":\"nothing\",\"offset\":8,\"signature\":\"void(worker)\"}]"
#endif

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.callee\",\"name\":\"callee\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"callee/1\","
            "\"config\":[{\"key\":\"refuse\",\"type\":\"string\"}],\"examples\":[\"echo a\"],\"hooks\":" HOOKS "}");

struct th_queue { unsigned long calls; };
struct th_worker { size_t shared; const th_host_call *host; };
struct th_session { unsigned long sum; };

static const th_host *host_of_process;

static int is(th_bytes bytes, const char *word) {
    return bytes.len >= strlen(word) && memcmp(bytes.ptr, word, strlen(word)) == 0;
}

static th_status queue_new(const th_host *host, th_call *call, th_queue **self) {
    th_bytes refused = host->config_get(host, th_text("refuse"));
    if (is(refused, "queue")) return th_fail(call, TH_E_BAD_INPUT, "refused by an option");
    *self = calloc(1, sizeof **self);
    return *self ? TH_OK : TH_E_NO_MEMORY;
}

static void queue_free(th_queue *self) { free(self); }

static th_status plan(th_queue *self, th_call *call, const th_bytes *words, size_t n, th_out *shared, th_out *tasks) {
    (void)self; (void)call;
    for (size_t i = 0; i < n; i++)
        if (th_write(tasks, words[i].ptr, words[i].len) != TH_OK || tasks->end_item(tasks, NULL) != TH_OK)
            return TH_E_NO_MEMORY;
    return th_write(shared, "for all", 7);
}

static int32_t task_match(th_queue *self, const th_worker_status *worker, th_bytes task) {
    (void)self;
    return worker->is_old ? -(int32_t)worker->competence.len : (int32_t)task.len;
}

static th_status on_task_gone(th_queue *self, th_call *call, const th_gone *gone, const th_bytes *task, th_out *tasks) {
    char text[96];
    (void)self; (void)tasks;
    snprintf(text, sizeof text, "cause %u of %s of %zu bytes", gone->cause, task ? "a task" : "nothing",
             task ? task->len : 0);
    th_diagnostic told = {.size = sizeof told, .severity = TH_WARNING, .line = 3, .column = 4, .file = th_text("f.x"),
                          .label = th_text("gone"), .message = th_text(text)};
    call->diagnostic(call, &told);
    call->count(call, 1, 2, 3);
    return TH_OK;
}

static void forward_feedback(th_queue *self, th_call *call, uint64_t worker_id, th_bytes feedback) {
    (void)self;
    call->progress(call, worker_id, feedback.len, th_text("bytes"));
}

static th_status worker_new(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    if (is(shared, "no")) return th_fail(call, TH_E_BAD_INPUT, "shared is no");
    *self = calloc(1, sizeof **self);
    if (!*self) return TH_E_NO_MEMORY;
    (*self)->shared = shared.len;
    (*self)->host = host->extension(host, TH_EXT_HOST_CALL);
    return TH_OK;
}

static void worker_free(th_worker *self) { free(self); }

/* How many mappings may be written and executed. */
static int writable_code(void) {
    char line[512];
    int found = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps)) found += strstr(line, " rwxp ") != NULL;
    if (maps) fclose(maps);
    return found;
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    static const uint8_t binary[] = {0, 1, 2, 0xFF};
    char text[64];
    int length;
    if (is(request, "crash")) *(volatile int *)NULL = 1;
    if (is(request, "hang")) for (;;) pause();
    if (is(request, "exit")) _exit(7);
    if (is(request, "abort")) abort();
    if (is(request, "fail")) return th_fail(call, TH_E_RETRY, "not today");
    if (is(request, "binary")) return th_write(response, binary, sizeof binary);
    if (is(request, "overrun")) {
        response->len = response->cap + 1;
        return TH_OK;
    }
    if (is(request, "rwx")) {
        length = snprintf(text, sizeof text, "%d", writable_code());
        return th_write(response, text, (size_t)length);
    }
    if (is(request, "shared")) {
        length = snprintf(text, sizeof text, "%zu", self->shared);
        return th_write(response, text, (size_t)length);
    }
    if (is(request, "ask")) {
        th_bytes reply;
        th_status status = self->host->call(call, NULL, request, &reply);
        return status == TH_OK ? th_write(response, reply.ptr, reply.len) : status;
    }
    if (is(request, "say")) {
        const th_print *print = host_of_process->extension(host_of_process, TH_EXT_PRINT);
        printf("printed by accident\n");
        fflush(stdout);
        call->feedback(call, th_text("to the host"));
        return print->print(call, 1, th_text("for the user"));
    }
    return th_write(response, request.ptr, request.len);
}

static th_status perform_many(th_worker *self, th_call *call, th_bytes requests, th_out *out) {
    if (is(requests, "crash")) raise(SIGSEGV);
    if (th_write(out, "many: ", 6) != TH_OK) return TH_E_NO_MEMORY;
    return perform(self, call, requests, out);
}

static th_status session_open(th_worker *self, th_call *call, th_bytes request, th_session **session) {
    (void)self;
    if (is(request, "no")) return th_fail(call, TH_E_BAD_INPUT, "no session");
    *session = calloc(1, sizeof **session);
    if (!*session) return TH_E_NO_MEMORY;
    (*session)->sum = request.len;
    return TH_OK;
}

static th_status session_perform(th_worker *self, th_session *session, th_call *call, th_bytes request,
                                 th_out *response) {
    char text[32];
    (void)self; (void)call;
    session->sum += request.len;
    int length = snprintf(text, sizeof text, "%lu", session->sum);
    return th_write(response, text, (size_t)length);
}

static th_status session_close(th_worker *self, th_session *session, th_call *call, th_out *last) {
    (void)self; (void)call;
    free(session);
    return th_write(last, "closed", 6);
}

static th_status on_call(th_queue *self, th_call *call, const th_worker_status *worker, const th_worker_handle *caller,
                         th_bytes request, th_out *reply) {
    char text[64];
    (void)call; (void)worker; (void)request;
    int length = snprintf(text, sizeof text, "answer %lu to %lu", ++self->calls, (unsigned long)caller->id);
    return th_write(reply, text, (size_t)length);
}

static int32_t price(th_worker *self, th_bytes what, int32_t factor, uint64_t count) {
    (void)self;
    return (int32_t)what.len * factor + (int32_t)count;
}

static const void *extension(const char *id) {
    static const struct { uint32_t size, reserved; int32_t (*price)(th_worker *, th_bytes, int32_t, uint64_t); }
        batch = {sizeof batch, 0, price};
    static const th_session_hooks sessions = {sizeof sessions, 0, session_open, session_perform, session_close};
    static const th_host_service service = {sizeof service, 0, on_call};
    if (strcmp(id, "org.example.batch/1") == 0) return &batch;
    if (strcmp(id, TH_EXT_SESSION) == 0) return &sessions;
    return strcmp(id, TH_EXT_HOST_SERVICE) == 0 ? &service : NULL;
}

static const struct {
    th_kind known;
    th_status (*perform_many)(th_worker *, th_call *, th_bytes, th_out *);
    void (*unset)(void);
} table = {
    .known = {.size = sizeof table, .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR + 1,
              .id = "org.example.callee", .name = "callee", .version = "1.0.0", .wire = "callee/1",
              .queue_new = queue_new, .queue_free = queue_free, .plan = plan, .task_match = task_match,
              .on_task_gone = on_task_gone, .forward_feedback = forward_feedback, .worker_new = worker_new,
              .worker_free = worker_free, .perform = perform, .extension = extension},
    .perform_many = perform_many,
};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)call;
    host_of_process = host;
    return &table.known;
}
