/* What tests of the library ask of a worker: a request is a word, perhaps with a colon and an argument behind it. `--set start=...`
 * says how worker_new ends. With `--set gate=FILE`, tasks that begin with ? are refused while that file is not there. With
 * -DPIPELINED requests may be sent ahead.                                                                         */
#include <taskhost.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef PIPELINED
#  define NAME "calls-pipelined"
#  define FLAGS (TH_KIND_STATELESS | TH_KIND_IDEMPOTENT)
#  define FLAG_NAMES "\"stateless\",\"idempotent\""
#elif defined(FORKED)
#  define NAME "calls-forked"
#  define FLAGS TH_KIND_FORK_SAFE
#  define FLAG_NAMES "\"fork_safe\""
#else
#  define NAME "calls"
#  define FLAGS 0
#  define FLAG_NAMES ""
#endif

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example." NAME "\",\"name\":\"" NAME "\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"calls/1\",\"flags\":[" FLAG_NAMES "]}");

struct th_worker {
    unsigned long count;
    char shared[256], heard[256];
};

struct th_queue {
    char gate[1024];
};

static void option(const th_host *host, const char *key, char *room, size_t size) {
    th_bytes value = host->config_get(host, th_text(key));
    snprintf(room, size, "%.*s", (int)value.len, value.ptr ? (const char *)value.ptr : "");
}

static th_status queue_new(const th_host *host, th_call *call, th_queue **self) {
    (void)call;
    char mode[32];
    option(host, "start", mode, sizeof mode);
    if (strcmp(mode, "queue-fails") == 0) return th_fail(call, -1001, "the queue has no licence");
    *self = calloc(1, sizeof **self);
    if (!*self) return TH_E_NO_MEMORY;
    option(host, "gate", (*self)->gate, sizeof (*self)->gate);
    return TH_OK;
}

static void queue_free(th_queue *self) { free(self); }

#if !defined(PIPELINED)
static int32_t task_match(th_queue *self, const th_worker_status *worker, th_bytes task) {
    (void)worker;
    return task.len == 0 || task.ptr[0] != '?' || access(self->gate, F_OK) == 0;
}
#endif

/* A task "split:N" becomes N tasks more. */
static th_status use_response(th_queue *self, th_call *call, const th_worker_status *worker, th_bytes task,
                              th_bytes response, th_out *competence, th_out *tasks) {
    (void)self; (void)call; (void)worker; (void)response; (void)competence;
    if (task.len > 6 && memcmp(task.ptr, "split:", 6) == 0) {
        char digits[16] = "";
        memcpy(digits, task.ptr + 6, task.len - 6 < 15 ? task.len - 6 : 15);
        for (int i = atoi(digits); i > 0; i--) {
            th_status status = th_write(tasks, "echo:part", 9);
            if (status == TH_OK) status = tasks->end_item(tasks, NULL);
            if (status != TH_OK) return status;
        }
    }
    return TH_STAY;
}

static th_status worker_new(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    char mode[32];
    option(host, "start", mode, sizeof mode);
    if (strcmp(mode, "fails") == 0) return th_fail(call, -1002, "the worker has no licence");
    if (strcmp(mode, "aborts") == 0) { fputs("last words\n", stderr); abort(); }
    if (strcmp(mode, "exits") == 0) exit(7);
    if (strcmp(mode, "crashes") == 0) raise(SIGSEGV);
    if (strcmp(mode, "is-killed") == 0) kill(getpid(), SIGKILL);
    if (strcmp(mode, "hangs") == 0) for (;;) pause();
    if (strcmp(mode, "needs-file") == 0) {
        char path[512];
        option(host, "file", path, sizeof path);
        if (access(path, F_OK) != 0) return th_fail(call, -1004, "the file is not there");
    }
    if (strcmp(mode, "logs") == 0) host->log(host, TH_LOG_WARN, th_text("from the start"));
    *self = calloc(1, sizeof **self);
    if (!*self) return TH_E_NO_MEMORY;
    snprintf((*self)->shared, sizeof (*self)->shared, "%.*s", (int)shared.len, (const char *)shared.ptr);
    return TH_OK;
}

static void worker_free(th_worker *self) { free(self); }

static void on_feedback(th_worker *self, th_call *call, th_bytes bytes) {
    (void)call;
    snprintf(self->heard, sizeof self->heard, "%.*s", (int)bytes.len, (const char *)bytes.ptr);
}

static th_status text(th_out *out, const char *text) { return th_write(out, text, strlen(text)); }

static th_status number(th_out *out, const char *format, unsigned long value) {
    char room[64];
    snprintf(room, sizeof room, format, value);
    return text(out, room);
}

static th_status do_it(th_worker *self, th_call *call, const char *word, const char *argument, th_out *out) {
    if (strcmp(word, "echo") == 0) return text(out, argument);
    if (strcmp(word, "split") == 0) return TH_OK;
    if (strcmp(word, "fail") == 0) return th_fail(call, atoi(argument), "as asked for");
    if (strcmp(word, "abort") == 0) { fputs("about to abort\n", stderr); abort(); }
    if (strcmp(word, "segv") == 0) { raise(SIGSEGV); }
    if (strcmp(word, "exit") == 0) exit(atoi(argument));
    if (strcmp(word, "die") == 0) { kill(getpid(), SIGKILL); pause(); }
    if (strcmp(word, "stop") == 0) { kill(getpid(), SIGSTOP); pause(); }
    if (strcmp(word, "sleep") == 0) { usleep((useconds_t)atoi(argument) * 1000); return text(out, "slept"); }
    if (strcmp(word, "pid") == 0) return number(out, "%lu", (unsigned long)getpid());
    if (strcmp(word, "count") == 0) return number(out, "%lu", self->count);
    if (strcmp(word, "shared") == 0) return text(out, self->shared);
    if (strcmp(word, "heard") == 0) return text(out, self->heard);
    if (strcmp(word, "env") == 0) return text(out, getenv(argument) ? getenv(argument) : "(not set)");
    if (strcmp(word, "print") == 0) { printf("%s\n", argument); fflush(stdout); return text(out, "printed"); }
    if (strcmp(word, "stdin") == 0) { char room[16]; return number(out, "%lu", (unsigned long)read(0, room, sizeof room)); }
    if (strcmp(word, "close-std") == 0) {
        for (int fd = 0; fd < 3; fd++) close(fd);
        int next = open("/dev/zero", O_RDWR);             /* takes the lowest number */
        return number(out, "%lu", (unsigned long)next);
    }
    if (strcmp(word, "warn") == 0) { fprintf(stderr, "%s\n", argument); return text(out, "warned"); }
    if (strcmp(word, "feedback") == 0) { call->feedback(call, th_text(argument)); return text(out, "fed"); }
    if (strcmp(word, "umask") == 0) { mode_t mask = umask(0); umask(mask); return number(out, "%03lo", mask); }
    if (strcmp(word, "cwd") == 0) {
        char path[4096];
        return getcwd(path, sizeof path) ? text(out, path) : TH_E_INTERNAL;
    }
    if (strcmp(word, "bytes") == 0) {
        size_t size = strtoul(argument, NULL, 10);
        uint8_t *to = th_reserve(out, size);
        if (!to) return th_fail(call, TH_E_LIMIT, "no room");
        memset(to, 'b', size);
        out->len += size;
        return TH_OK;
    }
    if (strcmp(word, "wait") == 0 || strcmp(word, "deaf") == 0) {
        call->feedback(call, th_text("performing"));
        if (strcmp(word, "deaf") == 0) { signal(SIGTERM, SIG_IGN); for (;;) pause(); }
        while (!th_cancelled(call)) usleep(1000);
        return th_fail(call, TH_E_CANCELLED, "gave up as told");
    }
    return th_fail(call, TH_E_BAD_INPUT, "no such word");
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    self->count++;
    char *word = strndup((const char *)request.ptr, request.len);
    if (!word) return TH_E_NO_MEMORY;
    char *rest = word[0] == '?' ? word + 1 : word;
    char *argument = strchr(rest, ':');
    if (argument) *argument++ = 0;
    th_status status = do_it(self, call, rest, argument ? argument : "", response);
    free(word);
    return status;
}

static const th_kind table = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR, .flags = FLAGS,
    .id = "org.example." NAME, .name = NAME, .version = "1.0.0", .wire = "calls/1",
    .queue_new = queue_new, .queue_free = queue_free, .use_response = use_response,
#if !defined(PIPELINED)
    .task_match = task_match,
#endif
    .worker_new = worker_new, .worker_free = worker_free, .perform = perform, .on_feedback = on_feedback,
};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host; (void)call;
    return &table;
}
