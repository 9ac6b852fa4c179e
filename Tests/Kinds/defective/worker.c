/* Mistakes of hooks of a worker; -DDEFECT_... says which one. Without any it is the sound kind. */
#include "sound.h"

#ifdef DEFECT_SILENT_WORKER
static th_status worker_new(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    (void)host; (void)call; (void)shared; (void)self;
    return TH_E_INTERNAL;
}
#define HOOK_WORKER_NEW worker_new
#endif

#ifdef DEFECT_HANGS
static th_status worker_new(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    static volatile int is_done;
    while (!is_done) {}
    return sound_worker_new(host, call, shared, self);
}
#define HOOK_WORKER_NEW worker_new
#endif

#ifdef DEFECT_EXITS
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    (void)self; (void)call; (void)request; (void)response;
    fprintf(stderr, "this can not be\n");
    exit(3);
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_NEEDS_PRINT
static const th_print *output;
static th_status worker_new(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    output = host->extension(host, TH_EXT_PRINT);
    return sound_worker_new(host, call, shared, self);
}
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    output->print(call, 1, th_text("a word\n"));
    return sound_perform(self, call, request, response);
}
#define HOOK_WORKER_NEW worker_new
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_LEAKS_WORKER
static void worker_free(th_worker *self) { (void)self; }
#define HOOK_WORKER_FREE worker_free
#endif

#ifdef DEFECT_REFUSES_EXAMPLE
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    if (request.len == 6 && memcmp(request.ptr, "r:beta", 6) == 0) return th_fail(call, TH_E_BAD_INPUT, "not beta");
    return sound_perform(self, call, request, response);
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_SILENT_FAILURE
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    return begins(request, "r:") ? sound_perform(self, call, request, response) : TH_E_BAD_INPUT;
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_BAD_DIAGNOSTIC
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    th_diagnostic found = {.size = sizeof found, .severity = TH_NOTE, .message = th_text("a word"),
                           .json = th_text("{\"word\": alpha}")};
    call->diagnostic(call, &found);
    return sound_perform(self, call, request, response);
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_STAYS_BROKEN
static int is_broken;
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    if (!begins(request, "r:")) is_broken = 1;
    if (is_broken) return th_fail(call, TH_E_BAD_INPUT, "no request of this kind");
    return sound_perform(self, call, request, response);
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_CUTS_RESPONSE
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    if (!begins(request, "r:")) return th_fail(call, TH_E_BAD_INPUT, "no request of this kind");
    (void)self;
    size_t length = request.len < response->cap ? request.len : response->cap;
    if (length) memcpy(response->base, request.ptr, length);
    if (length) response->base[0] = 'a';
    response->len = length;
    return TH_OK;
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_KEEPS_BASE
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    if (!begins(request, "r:")) return th_fail(call, TH_E_BAD_INPUT, "no request of this kind");
    (void)self;
    uint8_t *place = response->base;
    if (!th_reserve(response, request.len)) return TH_E_NO_MEMORY;
    if (!place) place = response->base;
    memcpy(place, request.ptr, request.len);
    response->base[0] = 'a';
    response->len += request.len;
    return TH_OK;
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_LEN_BEYOND_CAP
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    th_status status = sound_perform(self, call, request, response);
    if (status == TH_OK) response->len = response->cap + 1;
    return status;
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_WRITES_BEHIND_CAP
/* As strcpy would, with a NUL behind what there was room for. */
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    th_status status = sound_perform(self, call, request, response);
    if (status == TH_OK) response->base[response->len] = 0;
    return status;
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_IGNORES_REFUSAL
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    if (!begins(request, "r:")) return th_fail(call, TH_E_BAD_INPUT, "no request of this kind");
    (void)self;
    write_marked(response, "a:", rest(request));
    return TH_OK;
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_EXPECTS_NUL
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    if (request.len && strlen((const char *)request.ptr) > 4096) return th_fail(call, TH_E_LIMIT, "too long");
    return sound_perform(self, call, request, response);
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_KEEPS_REQUEST
static volatile const uint8_t *last;
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    last = request.ptr;
    return sound_perform(self, call, request, response);
}
static void worker_free(th_worker *self) {
    if (last && *last == 'r') self->performed--;
    sound_worker_free(self);
}
#define HOOK_PERFORM perform
#define HOOK_WORKER_FREE worker_free
#endif

#ifdef DEFECT_LEAKS_REQUEST
static char *volatile copy;
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    copy = malloc(request.len + 64);
    if (copy && request.len) memcpy(copy, request.ptr, request.len);
    return sound_perform(self, call, request, response);
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_READS_EMPTY_REQUEST
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    if (request.ptr[0] == '!') return th_fail(call, TH_E_BAD_INPUT, "not today");
    return sound_perform(self, call, request, response);
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_READS_EMPTY_SHARED
static th_status worker_new(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    if (shared.ptr[0] != 's') return th_fail(call, TH_E_BAD_INPUT, "of another version");
    return sound_worker_new(host, call, shared, self);
}
#define HOOK_WORKER_NEW worker_new
#endif

#ifdef DEFECT_READS_EMPTY_BROADCAST
static void on_feedback(th_worker *self, th_call *call, th_bytes bytes) {
    (void)call;
    if (bytes.ptr[0] == '!') self->performed = 0;
}
#define HOOK_ON_FEEDBACK on_feedback
#endif

#include "table.h"
