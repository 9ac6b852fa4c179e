/* taskhost_ext.h - extensions of taskhost.h: sessions, streams, calls of workers, what tasks print, spans, how programs end.
 *
 * An extension is a table that one side asks the other for by its id: th_kind.extension for what a kind offers,
 * th_host.extension for what a host offers. NULL says that the other side does not have it; a kind that can
 * not do without fails in worker_new with TH_E_UNSUPPORTED and a message that names the id (th_needs). The
 * number behind the slash is the revision: what a table of it means never changes, and it only grows at its
 * end.
 *
 * The rules and the tags of taskhost.h hold here, too. All services are [call]: inside perform or a session
 * hook, on the thread of that hook, if nothing else is said. In other hooks they return TH_E_UNSUPPORTED. One that waits lets no other
 * hook run in this worker meanwhile, gives up when the request is cancelled, and its time counts for the
 * limits of the request.                                                                                    */
#ifndef TASKHOST_EXT_H
#define TASKHOST_EXT_H

#include "taskhost.h"

#if defined(__cplusplus)
extern "C" {
#endif

/* ---- more th_status ---------------------------------------------------------------------------------*/
#define TH_E_STALE     ((th_status)-9)     /* no such worker, or it has ended: nothing was performed        */
#define TH_E_CYCLE     ((th_status)-10)    /* the other worker waits for this one: nothing was performed    */
#define TH_E_PEER_DIED ((th_status)-11)    /* the other worker ended before it had answered                 */

/* ---- taskhost.session/1, offered by a kind: several callers of one worker, each with a state of its own --*/
#define TH_EXT_SESSION "taskhost.session/1"
typedef struct th_session th_session;      /* the plugin's own state, one for each open session             */

typedef struct TH_SENDABLE th_session_hooks {
    uint32_t size, reserved;
    /* [worker] begins a session; after a failure there is none. Default: *session is NULL.                 */
    th_status (*session_open)(th_worker *, th_call *, th_bytes request, th_session **session) TH_NOEXCEPT;
    /* [worker] one request of an open session; those of several may alternate. Must be set.                */
    th_status (*session_perform)(th_worker *, th_session *, th_call *, th_bytes request,
                                 th_out *response) TH_NOEXCEPT;
    /* [worker] ends the session, whatever it returns, and may write a last output. Also called, and the output
     * dropped, for each one that is open at an orderly end of the worker. Default: an empty output.        */
    th_status (*session_close)(th_worker *, th_session *, th_call *, th_out *last) TH_NOEXCEPT;
} th_session_hooks;

/* ---- taskhost.stream/1, offered by a host to a worker: items ahead of the response, and behind the request */
#define TH_EXT_STREAM "taskhost.stream/1"
typedef struct th_stream {
    uint32_t size, reserved;
    /* [call] one item for whoever made this request, in order, ahead of the response. Waits while too much is
     * under way that has not been taken. TH_E_CANCELLED: give up. TH_E_LIMIT: larger than a frame.
     * TH_E_UNSUPPORTED: nobody takes items of this request.                                                */
    th_status (*emit)(th_call *c, th_bytes item) TH_NOEXCEPT;
    /* [call] waits for the next item that was sent behind the request; it is lent until the next call of this
     * service or the end of the hook. TH_NONE: there are no more, or the request has none. TH_E_CANCELLED. */
    th_status (*next)(th_call *c, th_bytes *item) TH_NOEXCEPT;
} th_stream;

/* ---- taskhost.host_call/1, offered by a host to a worker: it calls the host, or another worker ------*/
#define TH_EXT_HOST_CALL "taskhost.host_call/1"
typedef struct th_worker_handle {          /* may be passed on in any payload; id 0 = the host              */
    uint64_t id, epoch;                    /* worker_id, and the life of the pool that it belongs to        */
} th_worker_handle;

typedef struct th_host_call {
    uint32_t size, reserved;
    /* [call] the handle of this worker.                                                                    */
    th_status (*identify)(th_call *c, th_worker_handle *handle) TH_NOEXCEPT;
    /* [call] sends a request to the host side of the kind (target NULL or id 0: on_call of host_service) or to
     * the `perform` of another worker of the same pool, and waits for the answer. TH_OK and the reply, or a
     * failure, that of the other side or one from above, and a message for people in its place. `reply` is lent
     * until the next call of this service or the end of the hook.                                          */
    th_status (*call)(th_call *c, const th_worker_handle *target, th_bytes request,
                      th_bytes *reply) TH_NOEXCEPT;
} th_host_call;

/* ---- taskhost.host_service/1, offered by a kind: what its workers may call in the host --------------*/
#define TH_EXT_HOST_SERVICE "taskhost.host_service/1"
typedef struct TH_SENDABLE th_host_service {
    uint32_t size, reserved;
    /* [queue] one call of a worker; quick, for all else waits. TH_OK and the reply; TH_NONE: not for the kind
     * but for the program around the host, if that takes calls; or a failure, which the worker gets with its
     * message. Must be set.                                                                                */
    th_status (*on_call)(th_queue *, th_call *, const th_worker_status *, const th_worker_handle *caller,
                         th_bytes request, th_out *reply) TH_NOEXCEPT;
} th_host_service;

/* ---- taskhost.print/1, offered by a host in both roles: what a task prints --------------------------*/
#define TH_EXT_PRINT "taskhost.print/1"
typedef struct th_print {
    uint32_t size, reserved;
    /* [call] bytes of any number for the standard output (stream 1) or standard error (2) of the run, in perform
     * and in hooks of the host that are given a task. They come out as they are, in one piece for each task, when
     * it has ended. What a trial has printed that does not count is dropped. Waits while the other side is behind.
     * TH_E_CANCELLED: give up. TH_E_BAD_INPUT: another stream.                                             */
    th_status (*print)(th_call *c, uint32_t stream, th_bytes bytes) TH_NOEXCEPT;
    /* [call] the same for `count` bytes of a regular file that is open here, from `offset`. They may be read only when
     * they come out: from here on nobody may change them, while the descriptor stays the caller's and may be closed.
     * TH_E_BAD_INPUT: it is no such file, or a shorter one. Added later: ask whether `size` reaches so far. */
    th_status (*print_file)(th_call *c, uint32_t stream, int32_t file, uint64_t offset,
                            uint64_t count) TH_NOEXCEPT;
} th_print;

/* ---- taskhost.trace/1, offered by a host and to its workers while a trace is recorded, else NULL ----*/
#define TH_EXT_TRACE "taskhost.trace/1"
typedef struct th_trace {
    uint32_t size, reserved;
    /* [call] a span begins, inside those of this hook that are open. Also in the hooks of the host that have a
     * th_call. Its name is text, of which 128 bytes count. 256 spans of a hook are kept, 64 inside each other. */
    void (*begin)(th_call *c, th_bytes name) TH_NOEXCEPT;
    /* [call] the span that was begun last ends. What is open when the hook returns ends there.             */
    void (*end)(th_call *c) TH_NOEXCEPT;
} th_trace;

/* ---- taskhost.trial/1, offered by a host to the host side of a kind: how what a task ran has ended --*/
#define TH_EXT_TRIAL "taskhost.trial/1"
typedef struct th_trial {
    uint32_t size, reserved;
    /* [call] in the hooks that settle a task: its program has ended with this exit code, or by this signal (0 =
     * none), as a log of jobs tells it. The outcome of the task does not follow from it. The last word counts. */
    void (*ended)(th_call *c, int32_t exit_code, int32_t signal) TH_NOEXCEPT;
} th_trial;

/* ---- taskhost.line/1, offered by a kind: a task in full ---------------------------------------------*/
#define TH_EXT_LINE "taskhost.line/1"
typedef struct TH_SENDABLE th_task_line {
    uint32_t size, reserved;
    /* [any] pure: the task as its user would write it, of any length and any bytes, as name_of_task has no room
     * for. Must be set.                                                                                    */
    th_status (*line_of_task)(th_bytes task, th_out *text) TH_NOEXCEPT;
} th_task_line;

/* With a table that may be NULL.                                                                           */
static inline void th_trace_begin(const th_trace *t, th_call *c, const char *name) {
    if (t) t->begin(c, th_text(name));
}
static inline void th_trace_end(const th_trace *t, th_call *c) {
    if (t) t->end(c);
}

/* For worker_new: the table, or NULL after a message that names what is missing. `size` is that of the revision
 * that the plugin was compiled with.                                                                       */
static inline const void *th_needs(const th_host *h, th_call *c, const char *id, size_t size) {
    const void *table = h->extension ? h->extension(h, id) : NULL;
    char message[160];
    size_t n = strlen(id);
    if (table && *(const uint32_t *)table >= size) return table;
    if (n > 100) n = 100;
    memcpy(message, "this host has no extension ", 27);
    memcpy(message + 27, id, n);
    message[27 + n] = 0;
    th_fail(c, TH_E_UNSUPPORTED, message);
    return NULL;
}

#if defined(__cplusplus)
}
#endif
#endif /* TASKHOST_EXT_H */
