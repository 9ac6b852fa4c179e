/* The plugin: sound hooks, but for those that a file has defined as HOOK_... before. */
#ifndef HOOK_QUEUE_NEW
#define HOOK_QUEUE_NEW sound_queue_new
#endif
#ifndef HOOK_QUEUE_FREE
#define HOOK_QUEUE_FREE sound_queue_free
#endif
#ifndef HOOK_EXTRA_ENV
#define HOOK_EXTRA_ENV sound_extra_env
#endif
#ifndef HOOK_PLAN
#define HOOK_PLAN sound_plan
#endif
#ifndef HOOK_REQUEST_OF_TASK
#define HOOK_REQUEST_OF_TASK sound_request_of_task
#endif
#ifndef HOOK_TASK_MATCH
#define HOOK_TASK_MATCH sound_task_match
#endif
#ifndef HOOK_USE_RESPONSE
#define HOOK_USE_RESPONSE sound_use_response
#endif
#ifndef HOOK_ON_MARSHAL_ERROR
#define HOOK_ON_MARSHAL_ERROR sound_gone
#endif
#ifndef HOOK_ON_TASK_GONE
#define HOOK_ON_TASK_GONE sound_gone
#endif
#ifndef HOOK_FORWARD_FEEDBACK
#define HOOK_FORWARD_FEEDBACK sound_forward_feedback
#endif
#ifndef HOOK_SUMMARY
#define HOOK_SUMMARY sound_summary
#endif
#ifndef HOOK_WORKER_NEW
#define HOOK_WORKER_NEW sound_worker_new
#endif
#ifndef HOOK_WORKER_FREE
#define HOOK_WORKER_FREE sound_worker_free
#endif
#ifndef HOOK_PERFORM
#define HOOK_PERFORM sound_perform
#endif
#ifndef HOOK_ON_FEEDBACK
#define HOOK_ON_FEEDBACK sound_on_feedback
#endif
#ifndef HOOK_NAME_OF_TASK
#define HOOK_NAME_OF_TASK sound_name
#endif
#ifndef HOOK_NAME_OF_REQUEST
#define HOOK_NAME_OF_REQUEST sound_name
#endif
#ifndef HOOK_EXTENSION
#define HOOK_EXTENSION sound_extension
#endif
/* Statements ahead of `return &table`. */
#ifndef ENTRY
#define ENTRY (void)host; (void)call;
#endif
#ifndef TABLE
#define TABLE &table
#endif
/* More members of the table. */
#ifndef MEMBERS
#define MEMBERS .reserved0 = 0,
#endif
#ifndef KIND_FLAGS
#define KIND_FLAGS TH_KIND_FORK_SAFE | TH_KIND_IDEMPOTENT | TH_KIND_DETERMINISTIC | TH_KIND_POLLS_CANCEL
#endif
#ifndef KIND_ID
#define KIND_ID "org.example.defective"
#endif
#ifndef MANIFEST_FLAGS
#define MANIFEST_FLAGS "[\"fork_safe\",\"idempotent\",\"deterministic\",\"polls_cancel\"]"
#endif
#ifndef MANIFEST
#define MANIFEST                                                                                               \
    "{\"schema\":1,\"id\":\"org.example.defective\",\"name\":\"defective\",\"version\":\"1.0.0\","             \
    "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"defective/1\",\"flags\":" MANIFEST_FLAGS ","           \
    "\"summary\":\"turns words around\",\"examples\":[\"alpha\",\"beta\",\"gamma delta\"]}"
#endif

#ifndef NO_MANIFEST
TH_MANIFEST(MANIFEST);
#endif

static const th_kind table = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR, .flags = KIND_FLAGS,
    .id = KIND_ID, .name = "defective", .version = "1.0.0", .wire = "defective/1",
    .queue_new = HOOK_QUEUE_NEW, .queue_free = HOOK_QUEUE_FREE, .extra_env = HOOK_EXTRA_ENV, .plan = HOOK_PLAN,
    .request_of_task = HOOK_REQUEST_OF_TASK, .task_match = HOOK_TASK_MATCH, .use_response = HOOK_USE_RESPONSE,
    .on_marshal_error = HOOK_ON_MARSHAL_ERROR, .on_task_gone = HOOK_ON_TASK_GONE,
    .forward_feedback = HOOK_FORWARD_FEEDBACK, .summary = HOOK_SUMMARY, .worker_new = HOOK_WORKER_NEW,
    .worker_free = HOOK_WORKER_FREE, .perform = HOOK_PERFORM, .on_feedback = HOOK_ON_FEEDBACK,
    .name_of_task = HOOK_NAME_OF_TASK, .name_of_request = HOOK_NAME_OF_REQUEST, .extension = HOOK_EXTENSION,
    MEMBERS
};

#ifndef NO_ENTRY
const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    ENTRY
    return TABLE;
}
#endif
