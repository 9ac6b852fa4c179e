/* Its tasks are slow where they are performed first, and quick the second time. Behind the colon stands a path of their own: who makes
 * the file there is first, and writes its process into it; who makes the one with `.2` behind the name is second.       */
#define KIND "laggard"
#ifndef FLAGS
#define FLAGS TH_KIND_IDEMPOTENT
#endif
#define FLAG_NAMES "\"idempotent\""
#include "deeds.h"

#include <sys/stat.h>

static void second_name(char name[4096], const char *path) { snprintf(name, 4096, "%s.2", path); }

static int is_there(const char *name) {
    struct stat status;
    return stat(name, &status) == 0;
}

/* 1: we are the first; 0: another process was. */
static int is_first(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return 0;
    if (dprintf(fd, "%ld\n", (long)getpid()) < 0) abort();
    close(fd);
    return 1;
}

static long first_process(const char *path) {
    char text[32] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, text, sizeof text - 1) < 0) abort();
    close(fd);
    return atol(text);
}

static void find_it(th_call *call, const char *message) {
    th_diagnostic finding = {.size = sizeof finding, .severity = TH_WARNING, .message = th_text(message)};
    call->diagnostic(call, &finding);
}

static th_status do_deed(th_call *call, const char *deed, const char *path) {
    char second[4096];
    second_name(second, path);
    if (strcmp(deed, "ok") == 0 || strcmp(deed, "sleep") == 0) return TH_NONE;
    int first = is_first(path);
    say(call, first ? "first in %ld" : "second in %ld", getpid());
    find_it(call, first ? "found by the first" : "found by the second");
    if (!first) close(open(second, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (strcmp(deed, "polite") == 0) {
        while (first && !th_cancelled(call)) usleep(1000);
        return first ? th_fail(call, TH_E_CANCELLED, "gave up as told") : TH_OK;
    }
    if (strcmp(deed, "late") == 0) {
        while (first && !th_cancelled(call)) usleep(1000);
        return TH_OK;
    }
    if (strcmp(deed, "hangs") == 0) {
        while (first) pause();
        return TH_OK;
    }
    if (strcmp(deed, "deaf") == 0) {
        if (first) signal(SIGTERM, SIG_IGN);
        while (first) pause();
        return TH_OK;
    }
    /* The second one waits for the end of the first. */
    if (strcmp(deed, "dies") == 0) {
        while (first && !is_there(second)) usleep(1000);
        if (first) raise(SIGSEGV);
        while (kill((pid_t)first_process(path), 0) == 0) usleep(1000);
        return TH_OK;
    }
    /* The second one is told to give up. */
    if (strcmp(deed, "wins") == 0) {
        while (first && !is_there(second)) usleep(1000);
        while (!first && !th_cancelled(call)) usleep(1000);
        return first ? TH_OK : th_fail(call, TH_E_CANCELLED, "gave up as told");
    }
    /* No second one is wanted; the first waits until it was asked for. */
    if (strcmp(deed, "alone") == 0) {
        while (!is_there(second)) usleep(1000);
        return TH_OK;
    }
    return TH_E_BAD_INPUT;
}

static th_status request_of_task(th_queue *self, th_call *call, const th_worker_status *worker, th_bytes task,
                                 th_out *request) {
    (void)self; (void)call; (void)worker;
    static int asked;
    if (task.len > 6 && memcmp(task.ptr, "alone:", 6) == 0 && asked++) {
        char name[4096];
        snprintf(name, sizeof name, "%.*s.2", (int)task.len - 6, (const char *)task.ptr + 6);
        close(open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        return TH_NONE;
    }
    return th_write(request, task.ptr, task.len);
}

DEEDS_KIND(.request_of_task = request_of_task)
