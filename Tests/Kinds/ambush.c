/* Crashes in one of its hooks: `--set where=HOOK --set how=SIGNAL`. In the host it behaves. A task "ping" makes the host send
 * feedback to all workers.                                                                                       */
#define KIND "ambush"
#define STAYS
#define DEEDS_ENTRY host = given;
#include "deeds.h"

#include <sys/mman.h>

static const th_host *host;

static int setting_is(const char *key, const char *value) {
    th_bytes found = host->config_get(host, th_text(key));
    return found.len == strlen(value) && memcmp(found.ptr, value, found.len) == 0;
}

static void crash(const char *how) {
    if (strcmp(how, "segv") == 0) { volatile int *volatile nowhere = (volatile int *)16; *nowhere = 1; }
#if defined(__x86_64__)
    if (strcmp(how, "ill") == 0) __asm__ volatile("ud2");
#endif
    if (strcmp(how, "ill") == 0) raise(SIGILL);
    if (strcmp(how, "fpe") == 0) raise(SIGFPE);
    if (strcmp(how, "bus") == 0) {
        int fd = memfd_create("empty", MFD_CLOEXEC);
        volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
        if (page != MAP_FAILED) (void)*page;
    }
    abort();
}

static void reach(const char *where) {
    if (!host || host->role != TH_ROLE_WORKER || !setting_is("where", where)) return;
    static const char *const ways[] = {"segv", "ill", "fpe", "bus", "abort"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (setting_is("how", ways[i])) crash(ways[i]);
}

/* No service of the host is there yet: only workers have the variable, extra_env sets it. */
__attribute__((constructor)) static void at_load(void) {
    const char *how = getenv("AMBUSH_AT_LOAD");
    if (how) crash(how);
}

__attribute__((destructor)) static void at_unload(void) { reach("destructor"); }
static void at_exit(void) { reach("atexit"); }

static th_status extra_env(th_queue *self, th_call *call, th_out *items) {
    (void)self; (void)call;
    if (!setting_is("where", "constructor")) return TH_OK;
    th_bytes how = host->config_get(host, th_text("how"));
    th_status status = th_write(items, "AMBUSH_AT_LOAD=", 15);
    if (status == TH_OK) status = th_write(items, how.ptr, how.len);
    return status == TH_OK ? items->end_item(items, NULL) : status;
}

static th_status worker_new(const th_host *h, th_call *call, th_bytes shared, th_worker **self) {
    (void)h; (void)call; (void)shared; (void)self;
    atexit(at_exit);
    reach("worker_new");
    return TH_OK;
}

static th_status worker_forked(th_worker *self, th_call *call) {
    (void)self; (void)call;
    reach("worker_forked");
    return TH_OK;
}

static void worker_free(th_worker *self) { (void)self; reach("worker_free"); }
static void on_feedback(th_worker *self, th_call *call, th_bytes feedback) {
    (void)self; (void)call; (void)feedback;
    reach("on_feedback");
}

static th_status do_deed(th_call *call, const char *deed, const char *argument) {
    (void)call; (void)argument;
    if (strcmp(deed, "ping") == 0) return TH_OK;
    if (strcmp(deed, "exit") == 0) exit(0);
    if (strcmp(deed, "crash") == 0) { reach("perform"); return TH_E_INTERNAL; }
    return TH_NONE;
}

static th_status use_response(th_queue *self, th_call *call, const th_worker_status *worker, th_bytes task,
                              th_bytes response, th_out *competence, th_out *tasks) {
    (void)self; (void)worker; (void)response; (void)competence; (void)tasks;
    if (task.len == 4 && memcmp(task.ptr, "ping", 4) == 0) call->feedback(call, th_text("to all"));
    return TH_STAY;
}

DEEDS_KIND(.extra_env = extra_env, .worker_new = worker_new, .worker_forked = worker_forked,
           .worker_free = worker_free, .on_feedback = on_feedback, .use_response = use_response)
