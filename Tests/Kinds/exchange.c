/* Does what its request says with the extensions: `emit N SIZE`, `sum`, `echo`, `host WORDS`, `peer ID EPOCH REQUEST`, and so on. The
 * response is a text that says what has come of it. A session counts: it is opened with a number, `add N` adds to it, and its last
 * output is the sum. Deeds end the process wherever they are said. -DFORKED: workers are forked.                          */
#include <taskhost_ext.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef FORKED
#  define FLAGS TH_KIND_FORK_SAFE
#  define FLAG_NAMES "\"fork_safe\""
#else
#  define FLAGS 0
#  define FLAG_NAMES ""
#endif

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.exchange\",\"name\":\"exchange\",\"version\":\"1.0.0\","
            "\"flags\":[" FLAG_NAMES "],\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"exchange/1\"}");

static const th_stream *stream;
static const th_host_call *host_call;

static int begins(th_bytes b, const char *word) {
    size_t n = strlen(word);
    return b.len >= n && memcmp(b.ptr, word, n) == 0 && (b.len == n || b.ptr[n] == ' ');
}
static th_bytes rest(th_bytes b, const char *word) {
    size_t n = strlen(word);
    if (b.len > n) n++;
    b.ptr += n;
    b.len -= n;
    return b;
}
static uint64_t number(th_bytes *b) {
    uint64_t value = 0;
    while (b->len && *b->ptr != ' ') { value = value * 10 + (uint64_t)(*b->ptr - '0'); b->ptr++; b->len--; }
    if (b->len) { b->ptr++; b->len--; }
    return value;
}

static th_status deed(th_call *call, th_bytes word) {
    if (begins(word, "segv")) { signal(SIGSEGV, SIG_DFL); raise(SIGSEGV); }
    if (begins(word, "abort")) abort();
    if (begins(word, "kill")) raise(SIGKILL);
    if (begins(word, "exit")) _exit(3);
    if (begins(word, "error")) return th_fail(call, -1234, "as it was told");
    return TH_OK;
}

static th_status answer(th_out *out, th_status status, th_bytes text) {
    char line[64];
    int n = snprintf(line, sizeof line, "%d ", status);
    status = th_write(out, line, (size_t)n);
    return status == TH_OK ? th_write(out, text.ptr, text.len) : status;
}

static th_status emit(th_call *call, th_bytes rest_, th_out *out) {
    uint64_t count = number(&rest_), size = number(&rest_);
    uint8_t *item = calloc(size + 1, 1);
    th_status status = TH_OK;
    uint64_t i = 0;
    for (; i < count && status == TH_OK; i++) {
        if (size >= 8) memcpy(item, &i, 8);
        status = stream->emit(call, (th_bytes){ item, size });
    }
    free(item);
    if (status == TH_E_CANCELLED) return th_fail(call, TH_E_CANCELLED, "emit was told to give up");
    if (status != TH_OK) return answer(out, status, th_text("emit"));
    status = deed(call, rest_);
    if (status != TH_OK) return status;
    char line[32];
    snprintf(line, sizeof line, "%llu", (unsigned long long)i);
    return th_write(out, line, strlen(line));
}

/* What came in; with `echo` each item is sent back. */
static th_status take(th_call *call, th_out *out, int echoes, uint64_t slow_us) {
    th_bytes item;
    uint64_t count = 0, bytes = 0;
    th_status status;
    while ((status = stream->next(call, &item)) == TH_OK) {
        count++;
        bytes += item.len;
        if (slow_us) usleep((useconds_t)slow_us);
        if (echoes && (status = stream->emit(call, item)) != TH_OK) break;
        if ((status = deed(call, item)) != TH_OK) return status;
    }
    if (status == TH_E_CANCELLED) return th_fail(call, TH_E_CANCELLED, "next was told to give up");
    if (status != TH_NONE) return answer(out, status, th_text("next"));
    char line[64];
    snprintf(line, sizeof line, "%llu %llu", (unsigned long long)count, (unsigned long long)bytes);
    return th_write(out, line, strlen(line));
}

static th_status call_host(th_call *call, th_bytes words, th_out *out) {
    th_bytes reply = { NULL, 0 };
    th_status status = host_call->call(call, NULL, words, &reply);
    if (status == TH_E_CANCELLED) return th_fail(call, status, "call was told to give up");
    return answer(out, status, reply);
}

static th_status call_peer(th_call *call, th_bytes words, th_out *out) {
    th_bytes reply = { NULL, 0 };
    th_worker_handle peer;
    peer.id = number(&words);
    peer.epoch = number(&words);
    th_status status = host_call->call(call, &peer, words, &reply);
    if (status == TH_E_CANCELLED) return th_fail(call, status, "call was told to give up");
    return answer(out, status, reply);
}

/* Waits until another worker has told the host of itself, and calls that. */
static th_status meet(th_call *call, th_bytes words, th_out *out) {
    th_bytes reply;
    for (;;) {
        th_status status = host_call->call(call, NULL, th_text("other"), &reply);
        if (status != TH_OK) return answer(out, status, reply);
        if (reply.len) break;
        usleep(1000);
    }
    char line[256];
    snprintf(line, sizeof line, "%.*s %.*s", (int)reply.len, reply.ptr, (int)words.len, words.ptr);
    return call_peer(call, th_text(line), out);
}

/* Calls the other one, which is told to call this one. */
static th_status loop(th_call *call, th_out *out) {
    th_worker_handle self;
    th_status status = host_call->identify(call, &self);
    if (status != TH_OK) return status;
    char line[256];
    snprintf(line, sizeof line, "peer %llu %llu quick", (unsigned long long)self.id,
             (unsigned long long)self.epoch);
    return meet(call, th_text(line), out);
}

static th_status work(th_call *call, th_bytes request, th_out *out) {
    if (begins(request, "quick")) return th_write(out, "quick", 5);
    if (begins(request, "emit")) return emit(call, rest(request, "emit"), out);
    if (begins(request, "sum")) return take(call, out, 0, 0);
    if (begins(request, "slowsum")) return take(call, out, 0, 200);
    if (begins(request, "echo")) return take(call, out, 1, 0);
    if (begins(request, "host")) return call_host(call, rest(request, "host"), out);
    if (begins(request, "peer")) return call_peer(call, rest(request, "peer"), out);
    if (begins(request, "meet")) return meet(call, rest(request, "meet"), out);
    if (begins(request, "loop")) return loop(call, out);
    if (begins(request, "partner")) {            /* the other one of two */
        th_worker_handle self;
        th_bytes words = rest(request, "partner");
        th_status status = host_call->identify(call, &self);
        char line[256];
        snprintf(line, sizeof line, "%llu %llu %.*s", (unsigned long long)(3 - self.id),
                 (unsigned long long)self.epoch, (int)words.len, words.ptr);
        return status == TH_OK ? call_peer(call, th_text(line), out) : status;
    }
    if (begins(request, "here")) return call_host(call, th_text("other"), out);
    if (begins(request, "self")) {
        th_worker_handle self = { 0, 0 };
        char line[64];
        th_status status = host_call->identify(call, &self);
        snprintf(line, sizeof line, "%llu %llu", (unsigned long long)self.id, (unsigned long long)self.epoch);
        return status == TH_OK ? th_write(out, line, strlen(line)) : status;
    }
    if (begins(request, "hold")) {               /* says so, and waits until it is cancelled */
        if (stream->emit(call, th_text("holding")) != TH_OK) call->feedback(call, th_text("holding"));
        while (!th_cancelled(call)) usleep(1000);
        return th_fail(call, TH_E_CANCELLED, "gave up as told");
    }
    if (begins(request, "deaf")) for (;;) { call->feedback(call, th_text("deaf")); sleep(1000); }
    th_status status = deed(call, request);
    return status == TH_OK ? th_fail(call, TH_E_BAD_INPUT, "no such request") : status;
}

/* ---- the hooks of a worker */

static th_status worker_new(const th_host *h, th_call *call, th_bytes shared, th_worker **self) {
    (void)shared; (void)self;
    stream = th_needs(h, call, TH_EXT_STREAM, sizeof(th_stream));
    host_call = stream ? th_needs(h, call, TH_EXT_HOST_CALL, sizeof(th_host_call)) : NULL;
    if (!host_call) return TH_E_UNSUPPORTED;
#ifdef NEEDS
    if (!th_needs(h, call, NEEDS, 16)) return TH_E_UNSUPPORTED;
#endif
    /* Not inside a request. */
    th_bytes reply;
    if (host_call->call(call, NULL, th_text("quick"), &reply) != TH_E_UNSUPPORTED) abort();
    return TH_OK;
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    (void)self;
    /* What a service reads must not move what was lent before. */
    uint8_t before[64];
    size_t n = request.len < sizeof before ? request.len : sizeof before;
    memcpy(before, request.ptr, n);
    th_status status = work(call, request, response);
    if (memcmp(before, request.ptr, n) != 0) abort();
    return status;
}

struct th_session { uint64_t sum; char at_close[16]; };

static th_status session_open(th_worker *self, th_call *call, th_bytes request, th_session **session) {
    (void)self;
    th_status status = deed(call, request);
    if (status != TH_OK) return status;
    *session = calloc(1, sizeof(th_session));
    if (begins(request, "at-close")) {
        request = rest(request, "at-close");
        memcpy((*session)->at_close, request.ptr, request.len < 15 ? request.len : 15);
    } else {
        (*session)->sum = number(&request);
    }
    return TH_OK;
}

static th_status session_perform(th_worker *self, th_session *session, th_call *call, th_bytes request,
                                 th_out *response) {
    (void)self;
    if (!begins(request, "add")) return work(call, request, response);
    request = rest(request, "add");
    session->sum += number(&request);
    char line[32];
    snprintf(line, sizeof line, "%llu", (unsigned long long)session->sum);
    return th_write(response, line, strlen(line));
}

static th_status session_close(th_worker *self, th_session *session, th_call *call, th_out *last) {
    (void)self;
    char line[32];
    snprintf(line, sizeof line, "%llu", (unsigned long long)session->sum);
    th_status status = deed(call, th_text(session->at_close));
    if (strcmp(session->at_close, "say") == 0) fprintf(stderr, "closed\n");
    free(session);
    return status == TH_OK ? th_write(last, line, strlen(line)) : status;
}

/* ---- in the host */

struct th_queue { th_worker_handle known[2]; };

static th_status queue_new(const th_host *h, th_call *call, th_queue **self) {
    (void)h; (void)call;
    *self = calloc(1, sizeof(th_queue));
    return *self ? TH_OK : TH_E_NO_MEMORY;
}

static void queue_free(th_queue *self) { free(self); }

/* `alone WORDS` must be alone. */
static th_status plan(th_queue *self, th_call *call, const th_bytes *words, size_t n, th_out *shared,
                      th_out *tasks) {
    (void)self; (void)call; (void)shared;
    for (size_t i = 0; i < n; i++) {
        th_item item = { .size = sizeof item };
        th_bytes word = words[i];
        if (begins(word, "alone")) {
            word = rest(word, "alone");
            item.resources = th_text("exclusive");
        }
        th_status status = th_write(tasks, word.ptr, word.len);
        if (status == TH_OK) status = tasks->end_item(tasks, &item);
        if (status != TH_OK) return status;
    }
    return TH_OK;
}

static th_status on_call(th_queue *self, th_call *call, const th_worker_status *status,
                         const th_worker_handle *caller, th_bytes request, th_out *reply) {
    th_worker_handle *known = self->known;
    if (status->worker_id != caller->id) return th_fail(call, TH_E_INTERNAL, "two different callers");
    if (begins(request, "say")) { request = rest(request, "say"); return th_write(reply, request.ptr, request.len); }
    if (begins(request, "words")) return TH_OK;
    if (begins(request, "refuse")) return th_fail(call, -1500, "refused by the host");
    if (begins(request, "big")) {
        request = rest(request, "big");
        uint64_t size = number(&request);
        uint8_t *room = th_reserve(reply, size);
        if (!room) return TH_E_LIMIT;
        memset(room, 'x', size);
        reply->len += size;
        return TH_OK;
    }
    if (begins(request, "other")) {
        int mine = known[0].id == caller->id ? 0 : known[1].id == caller->id ? 1 : known[0].id ? 1 : 0;
        known[mine] = *caller;
        if (!known[1 - mine].id) return TH_OK;
        char line[64];
        snprintf(line, sizeof line, "%llu %llu", (unsigned long long)known[1 - mine].id,
                 (unsigned long long)known[1 - mine].epoch);
        return th_write(reply, line, strlen(line));
    }
    return TH_NONE;
}

static th_status use_response(th_queue *self, th_call *call, const th_worker_status *worker, th_bytes task,
                              th_bytes response, th_out *competence, th_out *tasks) {
    (void)self; (void)worker; (void)task; (void)competence; (void)tasks;
    th_diagnostic said = { .size = sizeof said, .severity = TH_NOTE, .message = response };
    call->diagnostic(call, &said);
    return TH_STAY;
}

static const void *extension(const char *id) {
    static const th_session_hooks sessions = {
        .size = sizeof(th_session_hooks), .session_open = session_open, .session_perform = session_perform,
        .session_close = session_close
    };
    static const th_host_service service = { .size = sizeof(th_host_service), .on_call = on_call };
    if (strcmp(id, TH_EXT_SESSION) == 0) return &sessions;
    if (strcmp(id, TH_EXT_HOST_SERVICE) == 0) return &service;
    return NULL;
}

static const th_kind table = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR, .flags = FLAGS,
    .id = "org.example.exchange", .name = "exchange", .version = "1.0.0", .wire = "exchange/1",
    .queue_new = queue_new, .queue_free = queue_free, .plan = plan, .use_response = use_response, .worker_new = worker_new, .perform = perform, .extension = extension
};
const th_kind *taskhost_plugin_v1(const th_host *given, th_call *call) {
    (void)given; (void)call;
    return &table;
}
