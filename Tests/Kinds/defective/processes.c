/* Mistakes that whole runs with worker processes bring to light. -DDEFECT_... says which one. */
#include "sound.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static uint32_t role UNUSED;
UNUSED static th_status note_role(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    role = host->role;
    return sound_worker_new(host, call, shared, self);
}

/* A process in which no queue was ever made: as that of a worker. */
static int has_queue UNUSED;
UNUSED static th_status note_queue(const th_host *host, th_call *call, th_queue **self) {
    has_queue = 1;
    return sound_queue_new(host, call, self);
}

#define AHEAD(statement)                                                                                       \
    static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {             \
        statement;                                                                                             \
        return sound_perform(self, call, request, response);                                                   \
    }

#ifdef DEFECT_OTHER_TABLE
#define ENTRY                                                                                                  \
    static th_kind other;                                                                                      \
    other = table;                                                                                             \
    other.version = "2.0.0";                                                                                   \
    (void)call;
#define TABLE host->role == TH_ROLE_WORKER ? &other : &table
#endif

#ifdef DEFECT_NOT_IN_WORKERS
AHEAD(if (role == TH_ROLE_WORKER && !has_queue) return th_fail(call, TH_E_INTERNAL, "not in a worker"))
#define HOOK_QUEUE_NEW note_queue
#define HOOK_WORKER_NEW note_role
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_ONE_AT_A_TIME
/* Of all workers of one host, by a name that goes away with its owner. */
static int take(void) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int length = snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "defective-%d", (int)getppid());
    int taken = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
    if (bind(taken, (struct sockaddr *)&name, size) == 0) return taken;
    close(taken);
    return -1;
}
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    if (role != TH_ROLE_WORKER) return sound_perform(self, call, request, response);
    int taken = take();
    if (taken < 0) return th_fail(call, TH_E_INTERNAL, "another one is at it");
    usleep(100000);
    th_status status = sound_perform(self, call, request, response);
    close(taken);
    return status;
}
#define HOOK_WORKER_NEW note_role
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_NEEDS_PREDECESSOR
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    if (role == TH_ROLE_WORKER && self->performed == 0 && request.len > 2 && request.ptr[2] != 'a')
        return th_fail(call, TH_E_INTERNAL, "alpha comes first");
    return sound_perform(self, call, request, response);
}
#define HOOK_WORKER_NEW note_role
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_BROKEN_BY_FORK
static int is_forked;
static th_status forked(th_worker *self, th_call *call) {
    (void)self; (void)call;
    is_forked = 1;
    return TH_OK;
}
AHEAD(if (is_forked && role == TH_ROLE_WORKER) return th_fail(call, TH_E_INTERNAL, "forked"))
#define HOOK_WORKER_NEW note_role
#define HOOK_PERFORM perform
#define MEMBERS .worker_forked = forked,
#endif

#ifdef DEFECT_NO_LOOK_AT_ROOM
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    if (role == TH_ROLE_WORKER && begins(request, "r:") && !th_reserve(response, request.len + 20)) raise(SIGSEGV);
    return sound_perform(self, call, request, response);
}
#define HOOK_WORKER_NEW note_role
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_CRASHES_FOR_A_DEATH
static uint32_t host_role;
static th_status queue_new(const th_host *host, th_call *call, th_queue **self) {
    host_role = host->role;
    return sound_queue_new(host, call, self);
}
static th_status gone(th_queue *self, th_call *call, const th_gone *gone, const th_bytes *task, th_out *tasks) {
    if (host_role == TH_ROLE_HOST && gone->cause == TH_GONE_WORKER_DIED) raise(SIGSEGV);
    return sound_gone(self, call, gone, task, tasks);
}
#define HOOK_QUEUE_NEW queue_new
#define HOOK_ON_TASK_GONE gone
#endif

#if defined DEFECT_LOCK_IN_RUN || defined DEFECT_LOCK_STAYS
/* A file that stays when its owner is killed; only where somebody will remove it. */
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    const char *directory = getenv("TMPDIR");
    char path[512];
#ifdef DEFECT_LOCK_IN_RUN
    if (role != TH_ROLE_WORKER) directory = NULL;
#else
    if (role == TH_ROLE_WORKER) directory = NULL;
#endif
    if (!directory || !strstr(directory, "taskhost-check-")) return sound_perform(self, call, request, response);
    snprintf(path, sizeof path, "%s/lock-%zu", directory, request.len);
    int lock = open(path, O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (lock < 0) return th_fail(call, TH_E_INTERNAL, "it is locked");
    close(lock);
#ifdef DEFECT_LOCK_IN_RUN
    usleep(30000);
#endif
    th_status status = sound_perform(self, call, request, response);
    unlink(path);
    return status;
}
#define HOOK_WORKER_NEW note_role
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_DEAF
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    if (role == TH_ROLE_WORKER) usleep(50000);
    if (role == TH_ROLE_WORKER && th_cancelled(call)) usleep(1200000);
    return sound_perform(self, call, request, response);
}
#define HOOK_WORKER_NEW note_role
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_CRASHES_AT_THE_END
static void worker_free(th_worker *self) {
    sound_worker_free(self);
    if (role == TH_ROLE_WORKER && !has_queue) raise(SIGSEGV);
}
#define HOOK_QUEUE_NEW note_queue
#define HOOK_WORKER_NEW note_role
#define HOOK_WORKER_FREE worker_free
#endif

#ifdef DEFECT_IGNORES_SIGTERM
static th_status worker_new(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    if (host->role == TH_ROLE_WORKER) signal(SIGTERM, SIG_IGN);
    return sound_worker_new(host, call, shared, self);
}
#define HOOK_WORKER_NEW worker_new
#endif

#ifdef DEFECT_OUTLIVES_ITS_HOST
/* For three seconds. */
static th_status worker_new(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    if (host->role == TH_ROLE_WORKER) {
        pid_t child = fork();
        if (child == 0) {
            if (fork() == 0) {
                for (int file = 0; file < 256; file++) close(file);
                setsid();
                alarm(3);
                pause();
            }
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
    return sound_worker_new(host, call, shared, self);
}
#define HOOK_WORKER_NEW worker_new
#endif

#ifdef DEFECT_BOUND_TO_ITS_PLACE
static th_status worker_new(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    Dl_info info;
    if (host->role == TH_ROLE_WORKER && dladdr((void *)(uintptr_t)worker_new, &info) && !strstr(info.dli_fname, "-kind.so"))
        return th_fail(call, TH_E_INTERNAL, "my tables are not beside me");
    return sound_worker_new(host, call, shared, self);
}
#define HOOK_WORKER_NEW worker_new
#endif

#include "table.h"
