/* Mistakes about what is around a hook: its process, its call, memory that is lent, other threads. -DDEFECT_... says which one. */
#include "sound.h"

#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Most of them do something ahead of what the sound kind does. */
#define AHEAD(statement)                                                                                       \
    static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {             \
        statement;                                                                                             \
        return sound_perform(self, call, request, response);                                                   \
    }

/* Where a check has made a directory for temporary files of its own. */
UNUSED static const char *private_directory(void) {
    const char *path = getenv("TMPDIR");
    return path && strstr(path, "taskhost-check-") ? path : NULL;
}

/* ---- the process */

#ifdef DEFECT_ENVIRONMENT
AHEAD(setenv("DEFECTIVE", "yes", 1))
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_UMASK
AHEAD(umask(0007))
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_SIGNALS
AHEAD(sigset_t set; sigemptyset(&set); sigaddset(&set, SIGUSR2); sigprocmask(SIG_BLOCK, &set, NULL))
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_LOCALE
AHEAD(setlocale(LC_ALL, "C.UTF-8"))
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_LIMITS
AHEAD(struct rlimit limit; getrlimit(RLIMIT_STACK, &limit); limit.rlim_cur = 4 << 20; setrlimit(RLIMIT_STACK, &limit))
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_ROUNDING
AHEAD(fesetround(FE_UPWARD))
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_OPENS
AHEAD(int file = open("/dev/null", O_RDONLY | O_CLOEXEC); (void)file)
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_THREADS
static void *sleeper(void *nothing) {
    pause();
    return nothing;
}
static void start_thread(void) {
    static int started;
    pthread_t thread;
    if (started++ < 32 && pthread_create(&thread, NULL, sleeper, NULL) == 0) pthread_detach(thread);
}
AHEAD(start_thread())
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_LEAVES_PROCESS
/* One that ends by itself after a second. */
static void leave_process(void) {
    static int left;
    if (left++) return;
    pid_t child = fork();
    if (child == 0) {
        if (fork() == 0) {
            setsid();
            alarm(1);
            pause();
        }
        _exit(0);
    }
    waitpid(child, NULL, 0);
}
AHEAD(leave_process())
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_ZOMBIE
static void leave_zombie(void) {
    static int left;
    if (!left++ && fork() == 0) _exit(0);
    usleep(2000);
}
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    if (!self->performed) leave_zombie();
    return sound_perform(self, call, request, response);
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_TEMPORARY_FILE
static void leave_file(void) {
    char path[512];
    if (!private_directory()) return;
    snprintf(path, sizeof path, "%s/defective-XXXXXX", private_directory());
    int file = mkstemp(path);
    if (file >= 0) close(file);
}
AHEAD(leave_file())
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_PRINTS
AHEAD(puts("a word"))
#define HOOK_PERFORM perform
#endif

/* ---- the call */

#ifdef DEFECT_KEEPS_CALL
static th_call *last;
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    if (last) last->progress(last, 1, 1, th_text("words"));
    last = call;
    return sound_perform(self, call, request, response);
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_OTHER_THREAD
static void *say_progress(void *call) {
    ((th_call *)call)->progress(call, 1, 1, th_text("words"));
    return NULL;
}
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, say_progress, call) == 0) pthread_join(thread, NULL);
    return sound_perform(self, call, request, response);
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_PROGRESS_GOES_BACK
AHEAD(call->progress(call, 2, 3, th_text("words")))
#define HOOK_PERFORM perform
#endif

#if defined DEFECT_ADOPTS_ONE_BUFFER || defined DEFECT_IGNORES_ADOPT
static void release(void *memory) {
#ifdef DEFECT_IGNORES_ADOPT
    free(memory);
#else
    (void)memory;
#endif
}
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
#ifdef DEFECT_IGNORES_ADOPT
    uint8_t *memory = malloc(request.len + 1);
#else
    static uint8_t memory[4096];
#endif
    (void)self;
    if (!begins(request, "r:") || request.len > 4096) return th_fail(call, TH_E_BAD_INPUT, "no request of this kind");
    memcpy(memory, request.ptr, request.len);
    memory[0] = 'a';
    th_bytes answer = {memory, request.len};
    th_status status = response->adopt(response, answer, release, memory);
#ifndef DEFECT_IGNORES_ADOPT
    if (status != TH_OK) return th_write(response, memory, request.len);
#endif
    (void)status;
    return TH_OK;
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_LONG_NAME
static th_status name(th_bytes bytes, th_out *text) {
    char name[300];
    memset(name, 'x', sizeof name);
    (void)bytes;
    return th_write(text, name, sizeof name);
}
#define HOOK_NAME_OF_TASK name
#endif

/* ---- cancelling and deadlines */

static uint32_t role UNUSED;
UNUSED static th_status note_role(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    role = host->role;
    return sound_worker_new(host, call, shared, self);
}

#ifdef DEFECT_SLOW_WHEN_CANCELLED
AHEAD(if (th_cancelled(call)) usleep(1100000))
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_POLLS_TOO_LATE
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    int was_cancelled = th_cancelled(call);
    if (role == TH_ROLE_CHECK) usleep(5000);
    if (role == TH_ROLE_CHECK && !was_cancelled && th_cancelled(call)) usleep(1100000);
    return sound_perform(self, call, request, response);
}
#define HOOK_WORKER_NEW note_role
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_BROKEN_BY_CANCEL
static int is_broken;
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    if (th_cancelled(call)) is_broken = 1;
    if (is_broken) return th_fail(call, TH_E_CANCELLED, "given up");
    return sound_perform(self, call, request, response);
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_DEADLINE_IS_DURATION
AHEAD(if (call->deadline_ns > 1000000000u) return th_fail(call, TH_E_LIMIT, "no time for so much"))
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_UNKNOWN_WHEN_LATE
AHEAD(if (call->deadline_ns == 1) return -500)
#define HOOK_PERFORM perform
#endif

/* ---- threads, copies and sides */

#ifdef DEFECT_THREAD_LOCAL
static _Thread_local th_queue *mine;
static th_status queue_new(const th_host *host, th_call *call, th_queue **self) {
    th_status status = sound_queue_new(host, call, self);
    mine = *self;
    return status;
}
static th_status plan(th_queue *self, th_call *call, const th_bytes *words, size_t n, th_out *shared, th_out *tasks) {
    (void)self;
    if (!mine) return th_fail(call, TH_E_INTERNAL, "no queue");
    return sound_plan(mine, call, words, n, shared, tasks);
}
#define HOOK_QUEUE_NEW queue_new
#define HOOK_PLAN plan
#endif

#ifdef DEFECT_FORK_SAFE_THREAD
static pthread_t helper;
static pid_t owner;
static int ends[2];
static void *wait_for_end(void *nothing) {
    char byte;
    while (read(ends[0], &byte, 1) < 0 && errno == EINTR) {}
    return nothing;
}
static th_status worker_new(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    owner = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0 || pthread_create(&helper, NULL, wait_for_end, NULL) != 0)
        return th_fail(call, TH_E_NO_MEMORY, "no thread");
    return sound_worker_new(host, call, shared, self);
}
static void worker_free(th_worker *self) {
    close(ends[1]);
    if (owner == getpid()) pthread_join(helper, NULL);
    close(ends[0]);
    sound_worker_free(self);
}
#define HOOK_WORKER_NEW worker_new
#define HOOK_WORKER_FREE worker_free
#endif

#ifdef DEFECT_KNOWS_ITS_PROCESS
static pid_t owner;
static th_status worker_new(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    owner = getpid();
    return sound_worker_new(host, call, shared, self);
}
AHEAD(if (owner != getpid()) return th_fail(call, TH_E_INTERNAL, "not this process"))
#define HOOK_WORKER_NEW worker_new
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_SHARED_BY_COPIES
static pid_t owner;
static int *count;
static th_status worker_new(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    owner = getpid();
    if (!count) count = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return sound_worker_new(host, call, shared, self);
}
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    th_status status = sound_perform(self, call, request, response);
    if (status == TH_OK && owner != getpid() && ++*count > 7) response->base[response->len - 1] ^= 1;
    return status;
}
#define HOOK_WORKER_NEW worker_new
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_NEEDS_QUEUE
static int has_queue;
static th_status queue_new(const th_host *host, th_call *call, th_queue **self) {
    has_queue = 1;
    return sound_queue_new(host, call, self);
}
AHEAD(if (!has_queue) return th_fail(call, TH_E_INTERNAL, "no queue"))
#define HOOK_QUEUE_NEW queue_new
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_ONLY_ONE_WORKER
static int has_ended;
static th_status worker_new(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    if (has_ended) return th_fail(call, TH_E_INTERNAL, "it has ended");
    return sound_worker_new(host, call, shared, self);
}
static void worker_free(th_worker *self) {
    has_ended = 1;
    sound_worker_free(self);
}
#define HOOK_WORKER_NEW worker_new
#define HOOK_WORKER_FREE worker_free
#endif

#ifdef DEFECT_ABORTS
AHEAD(if (request.len > 2 && !begins(request, "r:")) abort())
#define HOOK_PERFORM perform
#endif

/* ---- sessions */

#if defined DEFECT_SESSION_STATUS || defined DEFECT_ONE_SESSION
static int booked;
static th_status session_open(th_worker *self, th_call *call, th_bytes request, th_session **session) {
    (void)self; (void)call; (void)request;
    booked = 0;
    *session = NULL;
    return TH_OK;
}
static th_status session_perform(th_worker *self, th_session *session, th_call *call, th_bytes request, th_out *response) {
    (void)self; (void)session; (void)call; (void)request;
#ifdef DEFECT_SESSION_STATUS
    return 77;
#endif
    char text[16];
    return th_write(response, text, (size_t)snprintf(text, sizeof text, "%d", ++booked));
}
static const void *extension(const char *id) {
    static const th_session_hooks hooks = {
        .size = sizeof hooks, .session_open = session_open, .session_perform = session_perform};
    return strcmp(id, TH_EXT_SESSION) == 0 ? &hooks : NULL;
}
#define HOOK_EXTENSION extension
#endif

/* ---- equal requests */

#ifdef DEFECT_TIRED
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    th_status status = sound_perform(self, call, request, response);
    if (status == TH_OK && self->performed > 70) response->base[response->len - 1] ^= 1;
    return status;
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_REMEMBERS_FIRST
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    if (begins(request, "r:") && self->performed == 0) self->performed = (unsigned long)request.len << 32;
    th_status status = sound_perform(self, call, request, response);
    if (status == TH_OK) response->base[response->len - 1] ^= (uint8_t)(self->performed >> 32);
    return status;
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_SPOILT_BY_FAILURE
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    th_status status = sound_perform(self, call, request, response);
    if (status == TH_E_BAD_INPUT) self->performed |= 1ul << 40;
    if (status == TH_OK && self->performed >> 40) response->base[response->len - 1] ^= 1;
    return status;
}
#define HOOK_PERFORM perform
#endif

#ifdef DEFECT_ADDRESS_IN_RESPONSE
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    static int somewhere;
    uintptr_t address = (uintptr_t)&somewhere;
    th_status status = sound_perform(self, call, request, response);
    return status == TH_OK ? th_write(response, &address, sizeof address) : status;
}
#define HOOK_PERFORM perform
#endif

#include "table.h"
