/* Does what its task says, good or bad. A task is a list of deeds with commas between them. Compile with
 * -DFLAGS=... for the flags of the kind; with TH_KIND_SPLITS it halves what a worker died of.                 */
#include <taskhost.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef FLAGS
#  define FLAGS 0
#endif

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.hostile\",\"name\":\"hostile\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"hostile/1\"}");

static int is(const char *deed, const char *name) { return strcmp(deed, name) == 0; }

/* The numbers of the descriptors that are not the standard ones. */
static void each_descriptor(void (*deed)(int)) {
    for (int fd = 3; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) >= 0) deed(fd);
}

static void close_one(int fd) { close(fd); }

static void write_garbage(int fd) {
    static const char garbage[] = "this is no frame, but quite a few bytes of something else\n";
    if (write(fd, garbage, sizeof garbage) < 0) return;
}

/* Half a header of a response: length, then type 19 and version 1. */
static void write_half(int fd) {
    static const unsigned char half[] = {64, 0, 0, 0, 19, 1, 0x54, 0x48};
    if (write(fd, half, sizeof half) < 0) return;
}

static void spin(void) { for (volatile int i = 0;; i++) {} }

static th_status do_deed(th_call *call, const char *deed) {
    if (is(deed, "ok")) return TH_OK;
    if (is(deed, "segv")) { raise(SIGSEGV); return TH_OK; }
    if (is(deed, "wild")) { volatile int *volatile nowhere = (volatile int *)16; *nowhere = 1; return TH_OK; }
    if (is(deed, "abort")) abort();
    if (is(deed, "exit0")) exit(0);
    if (is(deed, "exit3")) exit(3);
    if (is(deed, "_exit0")) _exit(0);
    if (is(deed, "kill")) { kill(getpid(), SIGKILL); pause(); }
    if (is(deed, "stop")) { raise(SIGSTOP); return TH_OK; }
    if (is(deed, "close")) { each_descriptor(close_one); for (;;) pause(); }
    if (is(deed, "close-return")) { each_descriptor(close_one); return TH_OK; }
    if (is(deed, "garbage")) { each_descriptor(write_garbage); for (;;) pause(); }
    if (is(deed, "garbage-return")) { each_descriptor(write_garbage); return TH_OK; }
    if (is(deed, "half")) { each_descriptor(write_half); _exit(0); }
    if (is(deed, "spin")) { th_fail(call, 0, ""); call->feedback(call, th_text("spinning")); spin(); }
    if (is(deed, "deaf")) {
        for (int s = 1; s < 65; s++) signal(s, SIG_IGN);
        call->feedback(call, th_text("deaf"));
        spin();
    }
    if (is(deed, "patient")) {
        call->feedback(call, th_text("patient"));
        while (!th_cancelled(call)) usleep(1000);
        return th_fail(call, TH_E_CANCELLED, "gave up as told");
    }
    if (is(deed, "stderr")) { fputs("last words\n", stderr); raise(SIGSEGV); }
    if (is(deed, "grandchild")) {
        /* Holds the pipes open for longer than any test takes, should nobody kill it. */
        pid_t child = fork();
        if (child == 0) { for (;;) pause(); }
        char text[64];
        snprintf(text, sizeof text, "grandchild %d", (int)child);
        call->feedback(call, th_text(text));
        _exit(9);
    }
    if (strncmp(deed, "once:", 5) == 0) {
        /* Crashes the first time only: the file remembers. */
        if (mkdir(deed + 5, 0700) == 0) raise(SIGSEGV);
        return TH_OK;
    }
    return th_fail(call, TH_E_BAD_INPUT, "no such deed");
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    (void)self;
    char *deeds = strndup((const char *)request.ptr, request.len);
    if (!deeds) return TH_E_NO_MEMORY;
    th_status status = TH_OK;
    char *rest = deeds;
    for (char *deed; status == TH_OK && (deed = strsep(&rest, ",")) != NULL;) status = do_deed(call, deed);
    free(deeds);
    return status == TH_OK ? th_write(response, "done", 4) : status;
}

#if (FLAGS) & 32 /* TH_KIND_SPLITS */
static th_status on_task_gone(th_queue *self, th_call *call, const th_gone *gone, const th_bytes *task,
                              th_out *tasks) {
    (void)self; (void)call;
    if (!task || gone->cause != TH_GONE_WORKER_DIED) return TH_OK;
    const uint8_t *comma = NULL;
    for (size_t i = 0; i < task->len; i++) {
        if (task->ptr[i] != ',') continue;
        comma = task->ptr + i;
        if (i >= task->len / 2) break;
    }
    if (!comma) return TH_OK;
    size_t first = (size_t)(comma - task->ptr);
    th_status status = th_write(tasks, task->ptr, first);
    if (status == TH_OK) status = tasks->end_item(tasks, NULL);
    if (status == TH_OK) status = th_write(tasks, comma + 1, task->len - first - 1);
    if (status == TH_OK) status = tasks->end_item(tasks, NULL);
    return status;
}
#endif

static th_status name_of_task(th_bytes task, th_out *text) { return th_write(text, task.ptr, task.len); }

static const th_kind table = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR, .flags = FLAGS,
    .id = "org.example.hostile", .name = "hostile", .version = "1.0.0", .wire = "hostile/1",
    .perform = perform, .name_of_task = name_of_task,
#if (FLAGS) & 32
    .on_task_gone = on_task_gone,
#endif
};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host; (void)call;
    return &table;
}
