/* Mistakes of hooks of the host; -DDEFECT_... says which one. */
#include "sound.h"

#include <time.h>

#ifdef DEFECT_SILENT_QUEUE
static th_status queue_new(const th_host *host, th_call *call, th_queue **self) {
    (void)host; (void)call; (void)self;
    return TH_E_INTERNAL;
}
#define HOOK_QUEUE_NEW queue_new
#endif

#ifdef DEFECT_LEAKS_QUEUE
static void queue_free(th_queue *self) { (void)self; }
#define HOOK_QUEUE_FREE queue_free
#endif

#ifdef DEFECT_GLOBAL_COUNTER
static unsigned long made;
static th_status request_of_task(th_queue *self, th_call *call, const th_worker_status *worker, th_bytes task,
                                 th_out *request) {
    char number[24];
    th_status status = sound_request_of_task(self, call, worker, task, request);
    return status == TH_OK ? th_write(request, number, (size_t)snprintf(number, sizeof number, "%lu", made++)) : status;
}
#define HOOK_REQUEST_OF_TASK request_of_task
#endif

#ifdef DEFECT_BAD_VARIABLE
static th_status extra_env(th_queue *self, th_call *call, th_out *items) {
    (void)self; (void)call;
    th_status status = th_write(items, "LD_PRELOAD=/lib/x.so", 20);
    return status == TH_OK ? items->end_item(items, NULL) : status;
}
#define HOOK_EXTRA_ENV extra_env
#endif

#if defined DEFECT_EMPTY_WORD || defined DEFECT_SHARES_COUNT || defined DEFECT_PINNED_PLAN
static th_status plan(th_queue *self, th_call *call, const th_bytes *words, size_t n, th_out *shared, th_out *tasks) {
#ifdef DEFECT_EMPTY_WORD
    for (size_t i = 0; i < n; i++)
        if (words[i].ptr[0] == '-') return th_fail(call, TH_E_BAD_INPUT, "there are no options");
#endif
#ifdef DEFECT_PINNED_PLAN
    th_item pinned = {.size = sizeof pinned, .flags = TH_ITEM_PINNED};
    if (write_marked(tasks, "t:", th_text("pinned")) != TH_OK) return TH_E_NO_MEMORY;
    tasks->end_item(tasks, &pinned);
#endif
    th_status status = sound_plan(self, call, words, n, shared, tasks);
#ifdef DEFECT_SHARES_COUNT
    char number[24];
    if (status == TH_OK)
        status = th_write(shared, number, (size_t)snprintf(number, sizeof number, "%lu", self->planned));
#endif
    return status;
}
#define HOOK_PLAN plan
#endif

#ifdef DEFECT_KEEPS_BASE
static th_status request_of_task(th_queue *self, th_call *call, const th_worker_status *worker, th_bytes task,
                                 th_out *request) {
    (void)self; (void)worker;
    if (!begins(task, "t:")) return th_fail(call, TH_E_BAD_INPUT, "no task of this kind");
    uint8_t *place = request->base;
    if (!th_reserve(request, task.len)) return TH_E_NO_MEMORY;
    if (!place) place = request->base;
    memcpy(place, task.ptr, task.len);
    place[0] = 'r';
    request->len += task.len;
    return TH_OK;
}
#define HOOK_REQUEST_OF_TASK request_of_task
#endif

#ifdef DEFECT_IGNORES_REFUSAL
static th_status request_of_task(th_queue *self, th_call *call, const th_worker_status *worker, th_bytes task,
                                 th_out *request) {
    (void)self; (void)worker;
    if (!begins(task, "t:")) return th_fail(call, TH_E_BAD_INPUT, "no task of this kind");
    write_marked(request, "r:", rest(task));
    return TH_OK;
}
#define HOOK_REQUEST_OF_TASK request_of_task
#endif

#ifdef DEFECT_KEEPS_TASK
static volatile const uint8_t *last;
static th_status request_of_task(th_queue *self, th_call *call, const th_worker_status *worker, th_bytes task,
                                 th_out *request) {
    if (last && *last == 0) return TH_NONE;
    last = task.ptr;
    return sound_request_of_task(self, call, worker, task, request);
}
#define HOOK_REQUEST_OF_TASK request_of_task
#endif

#ifdef DEFECT_UNKNOWN_STATUS
static th_status request_of_task(th_queue *self, th_call *call, const th_worker_status *worker, th_bytes task,
                                 th_out *request) {
    return worker->is_old ? 77 : sound_request_of_task(self, call, worker, task, request);
}
#define HOOK_REQUEST_OF_TASK request_of_task
#endif

#ifdef DEFECT_FICKLE_MATCH
static int32_t task_match(th_queue *self, const th_worker_status *worker, th_bytes task) {
    static int asked;
    (void)self; (void)worker; (void)task;
    return asked++ % 2;
}
#define HOOK_TASK_MATCH task_match
#endif

#ifdef DEFECT_SLOW_MATCH
static int32_t task_match(th_queue *self, const th_worker_status *worker, th_bytes task) {
    (void)self; (void)worker; (void)task;
    for (clock_t start = clock(); clock() - start < CLOCKS_PER_SEC / 500;) {}
    return 1;
}
#define HOOK_TASK_MATCH task_match
#endif

#if defined DEFECT_OK_FOR_STAY || defined DEFECT_LARGE_COMPETENCE || defined DEFECT_FOREIGN_TASK ||              \
    defined DEFECT_READS_EMPTY_RESPONSE
static th_status use_response(th_queue *self, th_call *call, const th_worker_status *worker, th_bytes task,
                              th_bytes response, th_out *competence, th_out *tasks) {
#ifdef DEFECT_READS_EMPTY_RESPONSE
    if (response.ptr[0] == '!') return TH_END;
#endif
    th_status status = sound_use_response(self, call, worker, task, response, competence, tasks);
#ifdef DEFECT_OK_FOR_STAY
    if (status == TH_STAY) status = TH_OK;
#endif
#ifdef DEFECT_LARGE_COMPETENCE
    static char more[70000];
    if (status == TH_STAY && th_write(competence, more, sizeof more) != TH_OK) return TH_E_NO_MEMORY;
#endif
#ifdef DEFECT_FOREIGN_TASK
    if (status == TH_STAY && (th_write(tasks, "again", 5) != TH_OK || tasks->end_item(tasks, NULL) != TH_OK))
        return TH_E_NO_MEMORY;
#endif
    return status;
}
#define HOOK_USE_RESPONSE use_response
#endif

#if defined DEFECT_GONE_NEEDS_TASK || defined DEFECT_MARSHAL_NEEDS_TASK
static th_status gone(th_queue *self, th_call *call, const th_gone *gone, const th_bytes *task, th_out *tasks) {
    if (task->len == 0) return TH_E_BAD_INPUT;
    return sound_gone(self, call, gone, task, tasks);
}
#ifdef DEFECT_GONE_NEEDS_TASK
#define HOOK_ON_TASK_GONE gone
#else
#define HOOK_ON_MARSHAL_ERROR gone
#endif
#endif

#ifdef DEFECT_SPLITS_NOTHING
#define KIND_FLAGS TH_KIND_SPLITS
#define MANIFEST_FLAGS "[\"splits\"]"
#define HOOK_ON_TASK_GONE NULL
#endif

#ifdef DEFECT_TWO_LINES
static th_status summary(th_queue *self, th_call *call, const th_totals *totals, th_out *text) {
    th_status status = sound_summary(self, call, totals, text);
    return status == TH_OK ? th_write(text, "\nbye", 4) : status;
}
#define HOOK_SUMMARY summary
#endif

#ifdef DEFECT_READS_EMPTY_TASK
static th_status request_of_task(th_queue *self, th_call *call, const th_worker_status *worker, th_bytes task,
                                 th_out *request) {
    if (task.ptr[0] == '!') return TH_NONE;
    return sound_request_of_task(self, call, worker, task, request);
}
#define HOOK_REQUEST_OF_TASK request_of_task
#endif

#ifdef DEFECT_READS_EMPTY_COMPETENCE
static int32_t task_match(th_queue *self, const th_worker_status *worker, th_bytes task) {
    (void)self; (void)task;
    return !worker->is_old || worker->competence.ptr[0] != '!';
}
#define HOOK_TASK_MATCH task_match
#endif

#ifdef DEFECT_READS_EMPTY_FEEDBACK
static void forward_feedback(th_queue *self, th_call *call, uint64_t worker, th_bytes bytes) {
    (void)worker;
    if (bytes.ptr[0] == '!') call->count(call, 0, 0, 1);
    self->answered++;
}
#define HOOK_FORWARD_FEEDBACK forward_feedback
#endif

#ifdef DEFECT_READS_EMPTY_CALL
static th_status on_call(th_queue *self, th_call *call, const th_worker_status *worker, const th_worker_handle *caller,
                         th_bytes request, th_out *reply) {
    (void)self; (void)call; (void)worker; (void)caller;
    return request.ptr[0] == '!' ? TH_NONE : th_write(reply, "yes", 3);
}
static const void *extension(const char *id) {
    static const th_host_service service = {.size = sizeof service, .on_call = on_call};
    return strcmp(id, TH_EXT_HOST_SERVICE) == 0 ? &service : NULL;
}
#define HOOK_EXTENSION extension
#endif

#include "table.h"
