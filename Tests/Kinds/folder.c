/* For maps and folds. A request is `x:TEXT`, or `once:FILE:TEXT`, which ends the worker unless FILE is there and makes it, or `fail`,
 * or `wait`, which does so until it is cancelled. Its answer is TEXT. A session appends: its last output is all TEXTs.       */
#include <taskhost_ext.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.folder\",\"name\":\"folder\",\"version\":\"1.0.0\","
            "\"flags\":[\"polls_cancel\"],\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"folder/1\"}");

struct th_session { char *text; size_t len; };

static int begins(th_bytes b, const char *word) {
    size_t n = strlen(word);
    return b.len >= n && memcmp(b.ptr, word, n) == 0;
}

static th_status text_of(th_call *call, th_bytes request, th_bytes *text) {
    if (begins(request, "x:")) {
        *text = (th_bytes){request.ptr + 2, request.len - 2};
        return TH_OK;
    }
    if (begins(request, "once:")) {
        const uint8_t *path = request.ptr + 5;
        const uint8_t *colon = memchr(path, ':', request.len - 5);
        char name[1024] = {0};
        if (!colon || (size_t)(colon - path) >= sizeof name) return th_fail(call, TH_E_BAD_INPUT, "no file");
        memcpy(name, path, (size_t)(colon - path));
        int fd = open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
        if (fd >= 0) raise(SIGKILL);
        *text = (th_bytes){colon + 1, (size_t)(request.ptr + request.len - colon - 1)};
        return TH_OK;
    }
    if (begins(request, "wait")) {
        while (!th_cancelled(call)) usleep(200);
        return TH_E_CANCELLED;
    }
    return th_fail(call, -1000, "as asked for");
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    (void)self;
    th_bytes text;
    th_status status = text_of(call, request, &text);
    return status == TH_OK ? th_write(response, text.ptr, text.len) : status;
}

static th_status session_open(th_worker *self, th_call *call, th_bytes request, th_session **session) {
    (void)self, (void)call, (void)request;
    *session = calloc(1, sizeof(th_session));
    return *session ? TH_OK : TH_E_NO_MEMORY;
}

static th_status session_perform(th_worker *self, th_session *session, th_call *call, th_bytes request,
                                 th_out *response) {
    (void)self, (void)response;
    th_bytes text;
    th_status status = text_of(call, request, &text);
    if (status != TH_OK) return status;
    char *longer = realloc(session->text, session->len + text.len + 1);
    if (!longer) return TH_E_NO_MEMORY;
    memcpy(longer + session->len, text.ptr, text.len);
    session->text = longer;
    session->len += text.len;
    return TH_OK;
}

static th_status session_close(th_worker *self, th_session *session, th_call *call, th_out *last) {
    (void)self, (void)call;
    th_status status = th_write(last, session->text, session->len);
    free(session->text);
    free(session);
    return status;
}

static const void *extension(const char *id) {
    static const th_session_hooks sessions = {
        .size = sizeof(th_session_hooks), .session_open = session_open, .session_perform = session_perform,
        .session_close = session_close
    };
    return strcmp(id, TH_EXT_SESSION) == 0 ? &sessions : NULL;
}

TH_EXPORT const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host, (void)call;
    static const th_kind kind = {
        .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR,
        .flags = TH_KIND_POLLS_CANCEL, .id = "org.example.folder", .name = "folder", .version = "1.0.0",
        .wire = "folder/1", .perform = perform, .extension = extension
    };
    return &kind;
}
