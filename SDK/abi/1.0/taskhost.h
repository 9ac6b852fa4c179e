/* taskhost.h - what a task kind and its host know of each other.                                   ABI 1.0
 *
 * A task kind is one shared library. It exports one function, taskhost_plugin_v1, which returns a table of
 * hooks (th_kind). Of these only `perform` must be set; what a missing hook means is said at its member.
 *
 * Rules that hold for every hook and every service:
 *  - The library imports nothing from the host. All services are function pointers in th_host, th_call, th_out.
 *  - Each struct begins with its size as its owner compiled it, and only ever grows at its end. Read a member
 *    of the other side's struct only where TH_HAS says that it is there.
 *  - Memory keeps its owner. Inputs (th_bytes) are lent for the length of the call, start at a multiple of
 *    8 bytes, and carry no NUL. Outputs are written into memory of the host by means of th_out.
 *  - Nothing unwinds out of a hook: no C++ exception, Rust panic, Swift error, longjmp or pthread_exit.
 *  - Text is UTF-8, integers have the byte order of the machine, times are in nanoseconds.
 *  - In a worker, fd 0 reads from /dev/null and fds 1 and 2 are pipes to the host: printing is harmless.
 *
 * Who calls, and where:
 *  [once]    before everything else, never at the same time as another call into this library
 *  [queue]   in the host, one call at a time for each th_queue
 *  [worker]  in a worker process, one call at a time, always on its main thread
 *  [any]     from any thread at any time
 *  [call]    only while the hook runs that was given this th_call or th_out, and only on its thread        */
#ifndef TASKHOST_H
#define TASKHOST_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__cplusplus)
#  define TH_NOEXCEPT noexcept
#  define TH_STATIC_ASSERT(c, m) static_assert(c, m)
extern "C" {
#else
#  define TH_NOEXCEPT
#  define TH_STATIC_ASSERT(c, m) _Static_assert(c, m)
#endif
#if defined(__clang__)
#  define TH_SENDABLE __attribute__((swift_attr("@Sendable")))
#else
#  define TH_SENDABLE
#endif
#define TH_EXPORT __attribute__((visibility("default"), used))

#define TH_ABI_MAJOR 1u
#define TH_ABI_MINOR 0u
#define TH_ENTRY_SYMBOL "taskhost_plugin_v1"    /* a new major version is a new symbol */
#define TH_HAS(s, f) ((size_t)(s)->size >= offsetof(__typeof__(*(s)), f) + sizeof((s)->f))

typedef struct th_bytes { const uint8_t *ptr; size_t len; } th_bytes;      /* ptr may be NULL iff len == 0 */
TH_STATIC_ASSERT(sizeof(th_bytes) == 16, "a 64-bit target is required");

/* ---- th_status: 0 and above are results, below 0 are failures. A failure may carry a message (th_fail).
 * -1000 to -9999 belong to the plugin and are passed on as they are; other unknown codes read as INTERNAL. */
typedef int32_t th_status;
#define TH_OK             ((th_status)0)
#define TH_NONE           ((th_status)1)   /* request_of_task: the task is stale                            */
#define TH_STAY           ((th_status)2)   /* use_response: the worker stays, as Old with this competence   */
#define TH_END            ((th_status)3)   /* use_response: a Fresh worker takes the place of this one      */
#define TH_E_INTERNAL     ((th_status)-1)
#define TH_E_UNSUPPORTED  ((th_status)-2)
#define TH_E_BAD_INPUT    ((th_status)-3)  /* would fail again: not retried                                 */
#define TH_E_NO_MEMORY    ((th_status)-4)
#define TH_E_LIMIT        ((th_status)-5)
#define TH_E_CANCELLED    ((th_status)-6)
#define TH_E_RETRY        ((th_status)-7)  /* may pass next time: retried within the policy                 */
#define TH_E_POISONED     ((th_status)-8)  /* the task failed and the worker is spoilt: it is replaced      */

/* ---- th_out: one output. Write at base+len, at most cap-len bytes, and add to len; when that is too little
 * call grow, which may move base. After a failing status the host drops whatever was written.              */
#define TH_ITEM_PINNED 1u                  /* only the worker that has just answered may take this task     */
typedef struct th_item {                   /* how one task of a list is to be treated; zeroes are defaults  */
    uint32_t size, flags;
    int32_t  priority;                     /* higher goes first                                             */
    uint32_t reserved;
    uint64_t group;                        /* nonzero: tasks that prefer one worker and match alike         */
    uint64_t expires_in_ns;                /* 0 = as the parent (or never), ~0 = never                      */
    uint64_t soft_ns, hard_ns;             /* time limits of one trial; 0 = those of the run                */
    uint64_t estimate_ns;                  /* expected duration; 0 = unknown                                */
    th_bytes key;                          /* identity from run to run; empty = digest of the task          */
    th_bytes resources;                    /* "gpu=1,db=1" or "exclusive"                                   */
} th_item;

typedef struct th_out {
    uint32_t size, flags;
    uint8_t *base; size_t len, cap;
    void *impl;
    /* [call] makes room for `extra` more bytes; [0,len) is kept. TH_E_LIMIT when the output may not grow.  */
    th_status (*grow)(struct th_out *out, size_t extra) TH_NOEXCEPT;
    /* [call] lists only: [0,len) is one item, len returns to 0. Bytes left without it are an error.        */
    th_status (*end_item)(struct th_out *out, const th_item *options) TH_NOEXCEPT;
    /* [call] single outputs only, while len is 0: the output is `mem`. release(ctx) is called once, from any
     * thread, before the instance is freed.                                                                */
    th_status (*adopt)(struct th_out *out, th_bytes mem, void (*release)(void *ctx) TH_NOEXCEPT,
                       void *ctx) TH_NOEXCEPT;
} th_out;

static inline uint8_t *th_reserve(th_out *o, size_t n) {
    if (o->cap - o->len < n && o->grow(o, n) != TH_OK) return NULL;
    return o->base + o->len;
}
static inline th_status th_write(th_out *o, const void *p, size_t n) {
    uint8_t *d = th_reserve(o, n);
    if (!d) return TH_E_NO_MEMORY;
    if (n) memcpy(d, p, n);
    o->len += n;
    return TH_OK;
}

/* ---- th_call: the services of one call of one hook --------------------------------------------------------*/
#define TH_NOTE       0u                   /* how grave a diagnostic is                                     */
#define TH_WARNING    1u
#define TH_INCOMPLETE 2u                   /* neither good nor bad: something is still missing              */
#define TH_FAILED     3u                   /* the kind's verdict on its input is "bad"                      */
#define TH_LIMIT      4u                   /* given up at a limit                                           */
#define TH_ERROR      5u                   /* no verdict could be reached                                   */
typedef struct th_diagnostic {
    uint32_t size, severity;
    uint32_t line, column;                 /* from 1; 0 = unknown                                           */
    uint64_t step;                         /* a position in the kind's own counting, from 1; 0 = none       */
    th_bytes file, label, message;
    th_bytes json;                         /* more members of the event, as one JSON object; may be empty   */
} th_diagnostic;

typedef struct th_call {
    uint32_t size, flags;
    uint64_t id;                           /* of the request in a worker, of the task in the host           */
    uint64_t deadline_ns;                  /* CLOCK_MONOTONIC; 0 = none                                     */
    const uint64_t *cancel;                /* equals id once this call should give up                       */
    void *impl;
    /* [call] notes a message (4 KiB are kept) for `code`, and returns `code`.                              */
    th_status (*fail)(struct th_call *c, th_status code, th_bytes message) TH_NOEXCEPT;
    /* [call] in a worker: sent to forward_feedback, in order, ahead of the response. In the host: sent to
     * on_feedback of every live worker of the kind. Never lost; may block while the other side is behind.
     * Larger than a frame: its request fails with TH_E_LIMIT; in the host it is dropped with a warning.    */
    void (*feedback)(struct th_call *c, th_bytes fb) TH_NOEXCEPT;
    /* [call] how far the call (in a worker) or the run (in the host) has come, in units of the kind; total
     * 0 = unknown. May be dropped.                                                                         */
    void (*progress)(struct th_call *c, uint64_t done, uint64_t total, th_bytes units) TH_NOEXCEPT;
    /* [call] in hooks of the host that settle a task: what it counts for. Without it: 1 passed, or 1 failed
     * when the task ended badly.                                                                           */
    void (*count)(struct th_call *c, uint64_t passed, uint64_t pending, uint64_t failed) TH_NOEXCEPT;
    void (*diagnostic)(struct th_call *c, const th_diagnostic *d) TH_NOEXCEPT;        /* [call] in any hook */
} th_call;

static inline int th_cancelled(const th_call *c) {         /* a nanosecond: ask it inside long loops        */
    return __atomic_load_n(c->cancel, __ATOMIC_RELAXED) == c->id;
}
static inline th_bytes th_text(const char *s) {
    th_bytes b; b.ptr = (const uint8_t *)s; b.len = strlen(s); return b;
}
static inline th_status th_fail(th_call *c, th_status code, const char *message) {
    return c->fail(c, code, th_text(message));
}

/* ---- th_host: services for as long as the process lives ---------------------------------------------------*/
#define TH_ROLE_HOST   1u
#define TH_ROLE_WORKER 2u
#define TH_ROLE_CHECK  3u
enum { TH_LOG_TRACE, TH_LOG_DEBUG, TH_LOG_INFO, TH_LOG_WARN, TH_LOG_ERROR };

typedef struct th_host {
    uint32_t size;
    uint16_t abi_major, abi_minor;
    uint32_t role, flags;
    const char *name, *version;            /* for messages; not for decisions                               */
    void *impl;
    int32_t (*log_enabled)(const struct th_host *h, int32_t level) TH_NOEXCEPT;                    /* [any] */
    void (*log)(const struct th_host *h, int32_t level, th_bytes message) TH_NOEXCEPT;             /* [any] */
    /* [any] an option of the run (--set key=value); ptr NULL = not set. Valid for the life of the process,
     * and the same in the host and in every worker.                                                        */
    th_bytes (*config_get)(const struct th_host *h, th_bytes key) TH_NOEXCEPT;
    /* [any] "taskhost.NAME/REV" or "org.vendor.NAME/REV": a table that begins with its size, or NULL.      */
    const void *(*extension)(const struct th_host *h, const char *id) TH_NOEXCEPT;
} th_host;

/* ---- th_kind: the hooks -----------------------------------------------------------------------------------*/
typedef struct th_queue  th_queue;         /* the plugin's own state in the host, one for each queue        */
typedef struct th_worker th_worker;        /* the plugin's own state in a worker, one for each process      */

typedef struct th_worker_status {
    uint32_t size, is_old;                 /* 0 = Fresh (no competence), 1 = Old                            */
    th_bytes competence;                   /* what the last use_response said about this worker             */
    uint64_t worker_id, jobs_done;
} th_worker_status;

#define TH_GONE_CANCELLED   1u
#define TH_GONE_EXPIRED     2u             /* its time to be started had passed                             */
#define TH_GONE_WORKER_DIED 3u
#define TH_GONE_FAILED      4u             /* perform returned a failure: see code                          */
#define TH_GONE_TIMEOUT     5u
#define TH_GONE_LIMIT       6u
#define TH_GONE_UNMATCHED   7u             /* no worker, present or future, would take it                   */
#define TH_GONE_UNDECODABLE 8u             /* a frame or size limit: see direction, actual and limit        */
#define TH_GONE_UNSTARTED   9u             /* no worker of this kind could be started                       */
typedef struct th_gone {
    uint32_t size, cause;
    th_status code;                        /* of perform, where it returned one                             */
    int32_t  signal, exit_code;            /* of the dead worker; -1 = none                                 */
    uint32_t tries, direction;             /* trials so far; 1 = to the worker, 2 = from it                 */
    uint64_t peak_rss, actual, limit;      /* bytes                                                         */
    th_bytes text;                         /* for people                                                    */
} th_gone;

typedef struct th_totals {                 /* what a run has come to                                        */
    uint32_t size, workers;                /* workers = places for workers                                  */
    uint64_t tasks, passed, pending, failed;   /* tasks that ended; cases as counted                        */
    uint64_t elapsed_ns;
} th_totals;

#define TH_KIND_STATELESS     1u           /* requests do not depend on worker status: may be pipelined     */
#define TH_KIND_FORK_SAFE     2u           /* the state made by worker_new may be inherited by fork         */
#define TH_KIND_IDEMPOTENT    4u           /* a request that had started may be sent again                  */
#define TH_KIND_DETERMINISTIC 8u           /* equal requests have equal responses                           */
#define TH_KIND_POLLS_CANCEL 16u           /* perform asks th_cancelled                                     */
#define TH_KIND_SPLITS       32u           /* on_task_gone replaces a task whose worker died by smaller ones:
                                              it is asked at the first death, not after the last retry      */

/* Every task that was accepted ends in exactly one of: use_response, request_of_task with TH_NONE, on_task_gone,
 * on_marshal_error. A negative status from a [queue] hook ends its task with outcome "error", and nothing more is
 * called for it. Tasks that a hook adds share the cancel switch and the expiry of the task at hand.          */
typedef struct TH_SENDABLE th_kind {
    uint32_t size;                         /* sizeof(th_kind) as the plugin was compiled                    */
    uint16_t abi_major, abi_minor;         /* TH_ABI_MAJOR and TH_ABI_MINOR as the plugin was compiled      */
    uint16_t needs_minor, reserved0;       /* the oldest abi_minor of a host that will do                   */
    uint32_t flags;                        /* TH_KIND_*                                                     */
    const char *id, *name, *version;       /* "org.example.sha", "sha", "1.2.0": as in the manifest         */
    const char *wire;                      /* names the format of the payloads; compared at both ends       */

    /* -- in the host ---------------------------------------------------------------------------------------*/
    th_status (*queue_new)(const th_host *h, th_call *c, th_queue **self) TH_NOEXCEPT;           /* [queue] */
    void      (*queue_free)(th_queue *) TH_NOEXCEPT;                                             /* [queue] */
    /* [queue] items "NAME=value" for the environment of a Fresh worker. Default: none.                     */
    th_status (*extra_env)(th_queue *, th_call *, th_out *items) TH_NOEXCEPT;
    /* [queue] the words of a submission become tasks; `shared` is handed to every worker_new.
     * Default: one task for each word, nothing shared.                                                     */
    th_status (*plan)(th_queue *, th_call *, const th_bytes *words, size_t n, th_out *shared,
                      th_out *tasks) TH_NOEXCEPT;
    /* [queue] TH_OK and the request, or TH_NONE. Default: the request is the task.                         */
    th_status (*request_of_task)(th_queue *, th_call *, const th_worker_status *, th_bytes task,
                                 th_out *request) TH_NOEXCEPT;
    /* [queue] nonzero: this worker may take this task. Quick; equal groups and competences answer alike.
     * Default: 1.                                                                                          */
    int32_t   (*task_match)(th_queue *, const th_worker_status *, th_bytes task) TH_NOEXCEPT;
    /* [queue] TH_STAY with competence and new tasks, or TH_END. The status is that from before.
     * Default: TH_STAY with neither.                                                                       */
    th_status (*use_response)(th_queue *, th_call *, const th_worker_status *, th_bytes task,
                              th_bytes response, th_out *competence, th_out *tasks) TH_NOEXCEPT;
    /* [queue] TH_OK: final (count says how it counts, if the hook has done the job itself); TH_E_RETRY: again,
     * within the policy; items: they replace the task. `task` is NULL when a worker died that held none.
     * Default: TH_OK, and the host reports it.                                                             */
    th_status (*on_marshal_error)(th_queue *, th_call *, const th_gone *, const th_bytes *task,
                                  th_out *tasks) TH_NOEXCEPT;
    th_status (*on_task_gone)(th_queue *, th_call *, const th_gone *, const th_bytes *task,
                              th_out *tasks) TH_NOEXCEPT;
    /* [queue] one feedback of a worker, in its order. Default: shown to the user.                          */
    void      (*forward_feedback)(th_queue *, th_call *, uint64_t worker_id, th_bytes fb) TH_NOEXCEPT;

    /* -- in the worker -------------------------------------------------------------------------------------*/
    th_status (*worker_new)(const th_host *h, th_call *c, th_bytes shared, th_worker **self) TH_NOEXCEPT;
    th_status (*worker_forked)(th_worker *, th_call *) TH_NOEXCEPT;      /* [worker] in each fork of it     */
    void      (*worker_free)(th_worker *) TH_NOEXCEPT;                   /* [worker] at an orderly end only */
    th_status (*perform)(th_worker *, th_call *, th_bytes request, th_out *response) TH_NOEXCEPT; /* needed */
    void      (*on_feedback)(th_worker *, th_call *, th_bytes fb) TH_NOEXCEPT;  /* between two requests     */

    /* -- neither: pure, [any]; at most 256 bytes of text. Default: the bytes, where they are a short text;
     * else the kind's name, their number and a hash.                                                       */
    th_status (*name_of_task)(th_bytes task, th_out *text) TH_NOEXCEPT;
    th_status (*name_of_request)(th_bytes request, th_out *text) TH_NOEXCEPT;

    const void *(*extension)(const char *id) TH_NOEXCEPT;                /* [any] NULL = not known          */

    /* [queue] after the last task: one line for people, in the kind's own words and units; and the place for
     * a last check (diagnostic). Default: the host's own line.                                             */
    th_status (*summary)(th_queue *, th_call *, const th_totals *, th_out *text) TH_NOEXCEPT;
    /* ---- end of ABI 1.0: new members come after this line and nowhere else ------------------------------ */
} th_kind;

/* [once] The one exported symbol. Returns a table that stays valid while the process lives, or NULL after
 * call->fail. It starts no threads and opens no files.                                                     */
TH_EXPORT const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) TH_NOEXCEPT;

/* ---- The manifest: JSON in an ELF note, so that a kind can be listed without running it. Found by owner
 * ("taskhost") and type in PT_NOTE; the text ends with one NUL.                                            */
#define TH_NOTE_MANIFEST 0x314D4854u                                                           /* "THM1"    */
#define TH_MANIFEST(json_literal)                                                                             \
    __attribute__((section(".note.taskhost"), used, aligned(4))) static const struct {                        \
        uint32_t namesz, descsz, type; char name[12]; char desc[(sizeof(json_literal) + 3u) & ~(size_t)3u];   \
    } th_manifest_note = { 9u, (uint32_t)sizeof(json_literal), TH_NOTE_MANIFEST, "taskhost", json_literal }

#if defined(__cplusplus)
}
#endif
#endif /* TASKHOST_H */
