/* Works on demand. A task is a verb, a colon and what it is about.                                            */
#include <taskhost.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef FLAGS
#  define FLAGS 0
#endif

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.toolbox\",\"name\":\"toolbox\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"toolbox/1\"}");

static void note(const char *path, const char *line) {
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) abort();
    if (write(fd, line, strlen(line)) < 0) abort();
    close(fd);
}

static void nap(int ms) { poll(NULL, 0, ms); }

static th_status run(th_call *call, const char *command) {
    char text[64];
    int status = system(command);
    if (status == 0) return TH_OK;
    snprintf(text, sizeof text, "the command ended with status 0x%x", (unsigned)status);
    return th_fail(call, TH_E_BAD_INPUT, text);
}

static th_status work(th_call *call, char *verb, char *rest) {
    if (strcmp(verb, "quick") == 0) return TH_OK;
    if (strcmp(verb, "segv") == 0) { raise(SIGSEGV); return TH_OK; }
    if (strcmp(verb, "exit") == 0) _exit(atoi(rest));
    if (strcmp(verb, "print") == 0) { puts(rest); fflush(stdout); fputs(rest, stderr); return TH_OK; }
    if (strcmp(verb, "fail") == 0) return th_fail(call, -1234, rest);
    if (strcmp(verb, "nap") == 0) { nap(atoi(rest)); return TH_OK; }
    if (strcmp(verb, "env") == 0) {
        const char *value = getenv(rest);
        call->feedback(call, th_text(value ? value : "(not set)"));
        return TH_OK;
    }
    if (strcmp(verb, "once") == 0) {           /* crashes the first time: the file remembers */
        if (access(rest, F_OK) == 0) return TH_OK;
        note(rest, "once\n");
        raise(SIGKILL);
    }
    if (strcmp(verb, "hold") == 0) {           /* until the file is there, or it is cancelled */
        call->progress(call, 3, 10, th_text("parts"));
        call->feedback(call, th_text("holding"));
        while (access(rest, F_OK) != 0) {
            if (th_cancelled(call)) return th_fail(call, TH_E_CANCELLED, "gave up as told");
            nap(2);
        }
        return TH_OK;
    }
    if (strcmp(verb, "deaf") == 0) {           /* for ever, whatever it is told */
        for (int s = 1; s < 65; s++) signal(s, SIG_IGN);
        char text[64];
        snprintf(text, sizeof text, "pid %d", (int)getpid());
        call->feedback(call, th_text(text));
        for (volatile int i = 0;; i++) {}
    }
    if (strcmp(verb, "record") == 0) {         /* begin and end, with some time between */
        note(rest, "begin\n");
        nap(60);
        note(rest, "end\n");
        return TH_OK;
    }
    if (strcmp(verb, "sh") == 0) return run(call, rest);
    return th_fail(call, TH_E_BAD_INPUT, "no such verb");
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    (void)self;
    char *text = strndup((const char *)request.ptr, request.len);
    if (!text) return TH_E_NO_MEMORY;
    char *rest = text, *verb = strsep(&rest, ":");
    th_status status = work(call, verb, rest ? rest : "");
    free(text);
    return status == TH_OK ? th_write(response, request.ptr, request.len) : status;
}

static th_status extra_env(th_queue *self, th_call *call, th_out *items) {
    (void)self; (void)call;
    th_status status = th_write(items, "TOOLBOX=from the kind", 21);
    return status == TH_OK ? items->end_item(items, NULL) : status;
}

static th_status name_of_task(th_bytes task, th_out *text) { return th_write(text, task.ptr, task.len); }

static th_status name_of_request(th_bytes request, th_out *text) {
    th_status status = th_write(text, "request ", 8);
    return status == TH_OK ? th_write(text, request.ptr, request.len) : status;
}

static const th_kind table = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR, .flags = FLAGS,
    .id = "org.example.toolbox", .name = "toolbox", .version = "1.0.0", .wire = "toolbox/1",
    .extra_env = extra_env, .perform = perform, .name_of_task = name_of_task,
    .name_of_request = name_of_request,
};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host; (void)call;
    return &table;
}
