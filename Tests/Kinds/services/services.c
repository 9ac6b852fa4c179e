/* Uses every extension, as its request says; the same kind is here in C++, Rust and Swift, and does the same.
 *
 * `out TEXT`, `err TEXT`, `file PATH OFFSET COUNT`, `errfile PATH OFFSET COUNT`: printed. `emit COUNT TEXT`, `sum`: items. `self`, `host TEXT`, `peer ID EPOCH REQUEST`: calls.
 * `span NAME`: in the trace. `ends CODE SIGNAL`: how a program has ended. `fail`. A session is opened with a number; `add N` adds to it, `collect` adds
 * the items of its input and sends each sum, its last output is the sum. A task in full is its text behind "in full: ".   */
#define _POSIX_C_SOURCE 200809L
#include <taskhost_ext.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.services\",\"name\":\"services\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"services/1\"}");

static const th_print *printing;
static const th_stream *stream;
static const th_host_call *calls;
static const th_trace *trace;
static const th_trial *trial;

/* ---- words */

static int is(th_bytes b, const char *text) { return b.len == strlen(text) && memcmp(b.ptr, text, b.len) == 0; }

/* The bytes up to the next space, which goes, too. */
static th_bytes word(th_bytes *rest) {
    th_bytes first = { rest->ptr, 0 };
    while (first.len < rest->len && first.ptr[first.len] != ' ') first.len++;
    const size_t gone = first.len < rest->len ? first.len + 1 : first.len;
    rest->ptr += gone;
    rest->len -= gone;
    return first;
}

static int number(th_bytes text, uint64_t *value) {
    *value = 0;
    if (text.len == 0 || text.len > 18) return 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') return 0;
        *value = *value * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return 1;
}

static th_status needs_number(th_call *call, th_bytes text, uint64_t *value) {
    char message[128];
    if (number(text, value)) return TH_OK;
    snprintf(message, sizeof message, "'%.*s' is no number", (int)(text.len < 64 ? text.len : 64), (const char *)text.ptr);
    return th_fail(call, TH_E_BAD_INPUT, message);
}

static th_status say(th_out *out, const char *text) { return th_write(out, text, strlen(text)); }

/* ---- in a worker */

static th_status print_file(th_call *call, uint32_t to, th_bytes words, th_out *response) {
    char path[4096];
    uint64_t offset, count;
    const th_bytes name = word(&words);
    if (name.len >= sizeof path) return th_fail(call, TH_E_BAD_INPUT, "the path is too long");
    memcpy(path, name.ptr, name.len);
    path[name.len] = 0;
    th_status status = needs_number(call, word(&words), &offset);
    if (status == TH_OK) status = needs_number(call, word(&words), &count);
    if (status != TH_OK) return status;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return th_fail(call, TH_E_BAD_INPUT, "no such file");
    status = TH_E_UNSUPPORTED;
    if (TH_HAS(printing, print_file)) status = printing->print_file(call, to, file, offset, count);
    close(file);
    if (status == TH_OK) return say(response, "printed");
    char line[32];
    snprintf(line, sizeof line, "code %d", status);
    return say(response, line);
}

static th_status emit(th_call *call, th_bytes words, th_out *response) {
    uint64_t count;
    char line[256];
    th_status status = needs_number(call, word(&words), &count);
    if (status != TH_OK) return status;
    for (uint64_t i = 0; i < count; i++) {
        snprintf(line, sizeof line, "%" PRIu64 " %.*s", i, (int)words.len, (const char *)words.ptr);
        status = stream->emit(call, th_text(line));
        if (status == TH_E_CANCELLED) return th_fail(call, status, "cancelled");
        if (status != TH_OK) {
            snprintf(line, sizeof line, "code %d", status);
            return say(response, line);
        }
    }
    snprintf(line, sizeof line, "%" PRIu64 " sent", count);
    return say(response, line);
}

static th_status sum(th_call *call, th_out *response) {
    uint64_t count = 0, bytes = 0;
    char line[64];
    th_bytes item;
    th_status status;
    while ((status = stream->next(call, &item)) == TH_OK) count++, bytes += item.len;
    if (status != TH_NONE) return th_fail(call, status, "the stream is broken");
    snprintf(line, sizeof line, "%" PRIu64 " items, %" PRIu64 " bytes", count, bytes);
    return say(response, line);
}

static th_status ask(th_call *call, const th_worker_handle *worker, th_bytes words, th_out *response) {
    char line[32];
    th_bytes reply = { NULL, 0 };
    th_status status = calls->call(call, worker, words, &reply);
    if (status == TH_OK) return th_write(response, reply.ptr, reply.len);
    snprintf(line, sizeof line, "code %d: ", status);
    status = say(response, line);
    return status == TH_OK ? th_write(response, reply.ptr, reply.len) : status;
}

static th_status ask_peer(th_call *call, th_bytes words, th_out *response) {
    th_worker_handle worker;
    th_status status = needs_number(call, word(&words), &worker.id);
    const th_bytes epoch = word(&words);
    char digits[24] = { 0 };
    if (status != TH_OK) return status;
    memcpy(digits, epoch.ptr, epoch.len < 23 ? epoch.len : 23);
    worker.epoch = strtoull(digits, NULL, 10);
    return ask(call, &worker, words, response);
}

static th_status identify(th_call *call, th_out *response) {
    char line[64];
    th_worker_handle self;
    const th_status status = calls->identify(call, &self);
    if (status != TH_OK) return status;
    snprintf(line, sizeof line, "%" PRIu64 " %" PRIu64, self.id, self.epoch);
    return say(response, line);
}

static th_status span(th_call *call, th_bytes name, th_out *response) {
    if (trace) trace->begin(call, name);
    const th_status status = say(response, "spanned");
    if (trace) trace->end(call);
    return status;
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    th_bytes rest = request;
    const th_bytes verb = word(&rest);
    (void)self;
    if (is(verb, "out") || is(verb, "err")) {
        const th_status status = printing->print(call, is(verb, "out") ? 1 : 2, rest);
        return status == TH_OK ? say(response, "printed") : th_fail(call, status, "it can not be printed");
    }
    if (is(verb, "file")) return print_file(call, 1, rest, response);
    if (is(verb, "errfile")) return print_file(call, 2, rest, response);
    if (is(verb, "emit")) return emit(call, rest, response);
    if (is(verb, "sum")) return sum(call, response);
    if (is(verb, "self")) return identify(call, response);
    if (is(verb, "host")) return ask(call, NULL, rest, response);
    if (is(verb, "peer")) return ask_peer(call, rest, response);
    if (is(verb, "span")) return span(call, rest, response);
    if (is(verb, "ends")) return th_write(response, request.ptr, request.len);
    if (is(verb, "fail")) return th_fail(call, -1234, "as it was told");
    return th_fail(call, TH_E_BAD_INPUT, "no such request");
}

static th_status worker_new(const th_host *h, th_call *call, th_bytes shared, th_worker **self) {
    (void)shared; (void)self;
    printing = th_needs(h, call, TH_EXT_PRINT, offsetof(th_print, print_file));
    stream = printing ? th_needs(h, call, TH_EXT_STREAM, sizeof(th_stream)) : NULL;
    calls = stream ? th_needs(h, call, TH_EXT_HOST_CALL, sizeof(th_host_call)) : NULL;
    trace = h->extension(h, TH_EXT_TRACE);
    return calls ? TH_OK : TH_E_UNSUPPORTED;
}

/* ---- sessions */

struct th_session { uint64_t sum; };

static th_status session_open(th_worker *self, th_call *call, th_bytes request, th_session **session) {
    uint64_t sum;
    (void)self;
    const th_status status = needs_number(call, request, &sum);
    if (status != TH_OK) return status;
    *session = malloc(sizeof(th_session));
    if (!*session) return TH_E_NO_MEMORY;
    (*session)->sum = sum;
    return TH_OK;
}

static th_status session_perform(th_worker *self, th_session *session, th_call *call, th_bytes request,
                                 th_out *response) {
    char line[32];
    uint64_t amount;
    const th_bytes verb = word(&request);
    th_status status;
    (void)self;
    if (is(verb, "add")) {
        if ((status = needs_number(call, request, &amount)) != TH_OK) return status;
        session->sum += amount;
    } else if (is(verb, "collect")) {
        th_bytes item;
        while ((status = stream->next(call, &item)) == TH_OK) {
            if ((status = needs_number(call, item, &amount)) != TH_OK) return status;
            session->sum += amount;
            snprintf(line, sizeof line, "%" PRIu64, session->sum);
            if ((status = stream->emit(call, th_text(line))) != TH_OK) return th_fail(call, status, "nobody takes it");
        }
        if (status != TH_NONE) return th_fail(call, status, "the stream is broken");
    } else {
        return th_fail(call, -1234, "as it was told");
    }
    snprintf(line, sizeof line, "%" PRIu64, session->sum);
    return say(response, line);
}

static th_status session_close(th_worker *self, th_session *session, th_call *call, th_out *last) {
    char line[48];
    (void)self; (void)call;
    snprintf(line, sizeof line, "closed at %" PRIu64, session->sum);
    free(session);
    return say(last, line);
}

/* ---- in the host */

static const th_print *host_printing;
static const th_trace *host_trace;

static th_status queue_new(const th_host *h, th_call *call, th_queue **self) {
    static char only;
    host_printing = th_needs(h, call, TH_EXT_PRINT, offsetof(th_print, print_file));
    if (!host_printing) return TH_E_UNSUPPORTED;
    host_trace = h->extension(h, TH_EXT_TRACE);
    trial = h->extension(h, TH_EXT_TRIAL);
    *self = (th_queue *)&only;
    return TH_OK;
}

/* `late WORDS` has expired before it can be started, `both WORDS` needs two of what there is one of. */
static th_status plan(th_queue *self, th_call *call, const th_bytes *words, size_t n, th_out *shared, th_out *tasks) {
    (void)self; (void)call; (void)shared;
    for (size_t i = 0; i < n; i++) {
        th_item item = {.size = sizeof item};
        th_bytes task = words[i];
        const th_bytes verb = word(&task);
        if (is(verb, "late")) item.expires_in_ns = 1;
        else if (is(verb, "both")) item.resources = th_text("gpu=2");
        else task = words[i];
        th_status status = th_write(tasks, task.ptr, task.len);
        if (status == TH_OK) status = tasks->end_item(tasks, &item);
        if (status != TH_OK) return status;
    }
    return TH_OK;
}

static th_status use_response(th_queue *self, th_call *call, const th_worker_status *worker, th_bytes task,
                              th_bytes response, th_out *competence, th_out *tasks) {
    uint64_t code, signal;
    th_bytes words = response;
    (void)self; (void)worker; (void)task; (void)competence; (void)tasks;
    th_trace_begin(host_trace, call, "use");
    th_diagnostic found = {.size = sizeof found, .severity = TH_NOTE, .message = response};
    call->diagnostic(call, &found);
    if (is(word(&words), "ends") && number(word(&words), &code) && number(word(&words), &signal) && trial)
        trial->ended(call, (int32_t)code, (int32_t)signal);
    th_status status = TH_OK;
    if (is(response, "printed")) status = host_printing->print(call, 1, th_text("from the host\n"));
    th_trace_end(host_trace, call);
    return status == TH_OK ? TH_STAY : status;
}

static th_status on_call(th_queue *self, th_call *call, const th_worker_status *worker,
                         const th_worker_handle *caller, th_bytes request, th_out *reply) {
    const th_bytes verb = word(&request);
    (void)self;
    if (worker->worker_id != caller->id) return th_fail(call, TH_E_INTERNAL, "two different callers");
    if (is(verb, "say")) return th_write(reply, request.ptr, request.len);
    if (is(verb, "refuse")) return th_fail(call, -1500, "refused by the host");
    return TH_NONE;
}

static th_status name_of_task(th_bytes task, th_out *text) {
    const th_bytes verb = word(&task);
    return th_write(text, verb.ptr, verb.len);
}

static th_status line_of_task(th_bytes task, th_out *text) {
    const th_status status = say(text, "in full: ");
    return status == TH_OK ? th_write(text, task.ptr, task.len) : status;
}

static const void *extension(const char *id) {
    static const th_session_hooks sessions = {
        .size = sizeof sessions, .session_open = session_open, .session_perform = session_perform,
        .session_close = session_close
    };
    static const th_host_service service = { .size = sizeof service, .on_call = on_call };
    static const th_task_line lines = { .size = sizeof lines, .line_of_task = line_of_task };
    if (strcmp(id, TH_EXT_SESSION) == 0) return &sessions;
    if (strcmp(id, TH_EXT_HOST_SERVICE) == 0) return &service;
    if (strcmp(id, TH_EXT_LINE) == 0) return &lines;
    return NULL;
}

static const th_kind kind = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR,
    .id = "org.example.services", .name = "services", .version = "1.0.0", .wire = "services/1",
    .queue_new = queue_new, .plan = plan, .use_response = use_response, .worker_new = worker_new, .perform = perform,
    .name_of_task = name_of_task, .name_of_request = name_of_task, .extension = extension,
};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host; (void)call;
    return &kind;
}
