/* What the bad kinds of the tests share. A task is a list of deeds with commas between them; what stands behind a colon is said
 * to the deed. A kind defines KIND and `do_deed`, and ends with DEEDS_KIND. Compile with -DFORKED for workers from the fork server, a
 * fresh one for each task; with -DREPEATS for tasks that may be sent again.                                          */
#ifndef DEEDS_H
#define DEEDS_H
#include <taskhost.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(FLAGS)
#elif defined(FORKED) && defined(REPEATS)
#  define FLAGS (TH_KIND_FORK_SAFE | TH_KIND_IDEMPOTENT)
#  define FLAG_NAMES "\"fork_safe\",\"idempotent\""
#elif defined(FORKED)
#  define FLAGS TH_KIND_FORK_SAFE
#  define FLAG_NAMES "\"fork_safe\""
#elif defined(REPEATS)
#  define FLAGS TH_KIND_IDEMPOTENT
#  define FLAG_NAMES "\"idempotent\""
#else
#  define FLAGS 0
#  define FLAG_NAMES ""
#endif

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example." KIND "\",\"name\":\"" KIND "\",\"version\":\"1.0.0\","
            "\"flags\":[" FLAG_NAMES "],\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"" KIND "/1\"}");

/* What it does for `deed`. TH_NONE: there is no such deed here. */
static th_status do_deed(th_call *call, const char *deed, const char *argument);

__attribute__((unused)) static void say(th_call *call, const char *format, long value) {
    char text[256];
    snprintf(text, sizeof text, format, value);
    call->feedback(call, th_text(text));
}

/* Which word taskhost was started with: "worker" or "fork-server". A forked worker has that of the server. */
__attribute__((unused)) static const char *origin(void) {
    static char line[4096];
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t count = fd < 0 ? -1 : read(fd, line, sizeof line - 1);
    if (fd >= 0) close(fd);
    if (count <= 0) return "unknown";
    line[count] = 0;
    return line + strlen(line) + 1;
}

/* The descriptors that are not the standard ones. */
__attribute__((unused)) static void each_descriptor(void (*deed)(int)) {
    for (int fd = 3; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) >= 0) deed(fd);
}

static th_status common_deed(th_call *call, const char *deed, const char *argument) {
    if (strcmp(deed, "ok") == 0) return TH_OK;
    if (strcmp(deed, "origin") == 0) { call->feedback(call, th_text(origin())); return TH_OK; }
    if (strcmp(deed, "sleep") == 0) { usleep((useconds_t)atoi(argument) * 1000); return TH_OK; }
    if (strcmp(deed, "die") == 0) { kill(getpid(), SIGKILL); pause(); }
    if (strcmp(deed, "wait") == 0) {
        say(call, "waiting in %ld", getpid());
        while (!th_cancelled(call)) usleep(1000);
        return th_fail(call, TH_E_CANCELLED, "gave up as told");
    }
    return th_fail(call, TH_E_BAD_INPUT, "no such deed");
}

__attribute__((unused)) static th_status perform_deeds(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    (void)self;
    char *deeds = strndup((const char *)request.ptr, request.len);
    if (!deeds) return TH_E_NO_MEMORY;
    th_status status = TH_OK;
    char *rest = deeds;
    for (char *deed; status == TH_OK && (deed = strsep(&rest, ",")) != NULL;) {
        char *argument = strchr(deed, ':');
        if (argument) *argument++ = 0;
        status = do_deed(call, deed, argument ? argument : "");
        if (status == TH_NONE) status = common_deed(call, deed, argument ? argument : "");
    }
    free(deeds);
    return status == TH_OK ? th_write(response, "done", 4) : status;
}

#if defined(FORKED) && !defined(STAYS)
static th_status end_worker(th_queue *self, th_call *call, const th_worker_status *worker, th_bytes task,
                            th_bytes response, th_out *competence, th_out *tasks) {
    (void)self; (void)call; (void)worker; (void)task; (void)response; (void)competence; (void)tasks;
    return TH_END;
}
#  define DEEDS_USE .use_response = end_worker,
#else
#  define DEEDS_USE
#endif

/* More members of the table may be given, and in DEEDS_ENTRY what is done when the library is entered. */
#ifndef DEEDS_ENTRY
#  define DEEDS_ENTRY (void)given;
#endif
#define DEEDS_PERFORM perform_deeds
#define DEEDS_KIND(...)                                                                                       \
    static const th_kind table = {                                                                            \
        .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR, .flags = FLAGS,        \
        .id = "org.example." KIND, .name = KIND, .version = "1.0.0", .wire = KIND "/1",                       \
        .perform = DEEDS_PERFORM, DEEDS_USE __VA_ARGS__                                                       \
    };                                                                                                        \
    const th_kind *taskhost_plugin_v1(const th_host *given, th_call *call) {                                  \
        (void)call;                                                                                           \
        DEEDS_ENTRY                                                                                           \
        return &table;                                                                                        \
    }
#endif
