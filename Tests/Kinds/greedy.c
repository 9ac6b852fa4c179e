/* Uses up what it is given: time, memory, processors, files, output. A task is a deed, with a number behind a colon where it
 * needs one; behind an at sign come `soft=MS` and `hard=MS`, its own limits, and `takes=MS`, an estimate.                   */
#include <taskhost.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef FLAGS
#define FLAGS 0
#endif

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.greedy\",\"name\":\"greedy\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"greedy/1\"}");

static uint64_t now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t milliseconds(const char *options, const char *name) {
    const char *at = options ? strstr(options, name) : NULL;
    return at ? strtoull(at + strlen(name), NULL, 10) * 1000000u : 0;
}

static th_status plan(th_queue *self, th_call *call, const th_bytes *words, size_t n, th_out *shared,
                      th_out *tasks) {
    (void)self; (void)call; (void)shared;
    for (size_t i = 0; i < n; i++) {
        char *word = strndup((const char *)words[i].ptr, words[i].len);
        if (!word) return TH_E_NO_MEMORY;
        const char *options = strchr(word, '@');
        th_item item = {.size = sizeof item};
        item.soft_ns = milliseconds(options, "soft=");
        item.hard_ns = milliseconds(options, "hard=");
        item.estimate_ns = milliseconds(options, "takes=");
        if (options && strstr(options, "none")) item.soft_ns = item.hard_ns = ~0ull;
        th_status status = th_write(tasks, word, options ? (size_t)(options - word) : words[i].len);
        if (status == TH_OK) status = tasks->end_item(tasks, &item);
        free(word);
        if (status != TH_OK) return status;
    }
    return TH_OK;
}

static void say(th_call *call, const char *format, long long value) {
    char text[128];
    snprintf(text, sizeof text, format, value);
    call->feedback(call, th_text(text));
}

static void burn(uint64_t nanoseconds) {
    uint64_t end = now(CLOCK_PROCESS_CPUTIME_ID) + nanoseconds;
    while (now(CLOCK_PROCESS_CPUTIME_ID) < end) {}
}

static void print(int fd, long long count) {
    static char line[1000];
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
    while (count > 0) {
        size_t piece = count < (long long)sizeof line ? (size_t)count : sizeof line;
        ssize_t written = write(fd, line, piece);
        if (written < 0 && errno != EINTR) return;
        if (written > 0) count -= written;
    }
}

static void say_limit(th_call *call, const char *format, int resource) {
    struct rlimit limit;
    getrlimit(resource, &limit);
    say(call, format, limit.rlim_cur == RLIM_INFINITY ? -1 : (long long)limit.rlim_cur);
}

static th_status do_deed(th_call *call, const char *deed, long long value) {
#define IS(name) (strcmp(deed, name) == 0)
    if (IS("ok")) return TH_OK;
    if (IS("sleep")) { usleep((useconds_t)value * 1000); return TH_OK; }
    if (IS("fall")) {
        /* Dies with so many MiB, which takes a while. */
        for (long long page = 0; page < value * 256; page++) *(volatile char *)malloc(4096) = 1;
        kill(getpid(), SIGKILL);
    }
    if (IS("wait")) { call->feedback(call, th_text("waiting")); for (;;) pause(); }
    if (IS("announce")) {
        /* Sleeps in pieces, so that a stop in between lengthens it. */
        call->feedback(call, th_text("announced"));
        for (long long i = 0; i < value; i++) usleep(1000);
        return TH_OK;
    }
    if (IS("polite")) {
        call->feedback(call, th_text("waiting"));
        while (!th_cancelled(call)) usleep(1000);
        return th_fail(call, TH_E_CANCELLED, "gave up as told");
    }
    if (IS("deaf")) {
        signal(SIGTERM, SIG_IGN);
        call->feedback(call, th_text("deaf"));
        for (;;) pause();
    }
    if (IS("deadline")) {
        say(call, "%lld", call->deadline_ns ? (long long)(call->deadline_ns - now(CLOCK_MONOTONIC)) : 0);
        return TH_OK;
    }
    if (IS("touch") || IS("hold")) {
        char *memory = malloc((size_t)value << 20);
        if (!memory) return th_fail(call, TH_E_NO_MEMORY, "malloc said no");
        memset(memory, 1, (size_t)value << 20);
        call->feedback(call, th_text("touched"));
        if (IS("touch")) for (;;) pause();
        return TH_OK;
    }
    if (IS("bomb")) {
        /* Piece by piece until there is no more, and then like a program that does not check. */
        for (;;) {
            char *memory = malloc(1 << 20);
            if (!memory) abort();
            memset(memory, 1, 1 << 20);
        }
    }
    if (IS("shared")) {
        size_t size = (size_t)value << 20;
        char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) return th_fail(call, TH_E_INTERNAL, "mmap said no");
        memset(memory, 1, size);
        for (;;) pause();
    }
    if (IS("grandchild")) {
        /* None of those that grow is the worker or of its group of processes, and each is small enough for a limit of its own. */
        for (long long left = value; left > 0; left -= 30) {
            if (fork() != 0) continue;
            setsid();
            if (fork() != 0) _exit(0);
            char *memory = malloc(30u << 20);
            if (memory) memset(memory, 1, 30u << 20);
            for (;;) pause();
        }
        for (;;) pause();
    }
    if (IS("keep")) {
        /* A file that outlives the worker; in memory, where that is so of the directory. */
        char path[] = "/tmp/kept-XXXXXX";
        int fd = mkstemp(path);
        if (fd < 0) return th_fail(call, TH_E_INTERNAL, "mkstemp said no");
        static const char block[1 << 20];
        for (long long i = 0; i < value; i++)
            if (write(fd, block, sizeof block) < 0) return th_fail(call, TH_E_INTERNAL, "write said no");
        close(fd);
        return TH_OK;
    }
    if (IS("spawn")) {
        /* So many processes, as far as they are allowed. */
        pid_t *made = calloc((size_t)value, sizeof *made);
        long long count = 0;
        while (made && count < value && (made[count] = fork()) >= 0) {
            if (made[count] == 0) for (;;) pause();
            count++;
        }
        for (long long i = 0; i < count; i++) { kill(made[i], SIGKILL); waitpid(made[i], NULL, 0); }
        free(made);
        say(call, "started %lld", count);
        return TH_OK;
    }
    if (IS("stray")) {
        /* Leaves its group of processes and its parent behind, and lives on. */
        int ends[2];
        if (pipe(ends) != 0) return TH_E_INTERNAL;
        if (fork() == 0) {
            setsid();
            pid_t child = fork();
            if (child == 0) for (;;) pause();
            if (write(ends[1], &child, sizeof child) < 0) _exit(1);
            _exit(0);
        }
        pid_t stray = 0;
        if (read(ends[0], &stray, sizeof stray) != sizeof stray) return TH_E_INTERNAL;
        close(ends[0]);
        close(ends[1]);
        say(call, "stray %lld", stray);
        return TH_OK;
    }
    if (IS("group")) {
        /* Where the kernel has it. */
        char text[4096];
        FILE *file = fopen("/proc/self/cgroup", "re");
        while (file && fgets(text, sizeof text, file))
            if (strncmp(text, "0::", 3) == 0) {
                text[strcspn(text, "\n")] = 0;
                call->feedback(call, th_text(text));
            }
        if (file) fclose(file);
        return TH_OK;
    }
    if (IS("burn")) { burn((uint64_t)value * 1000000u); return TH_OK; }
    if (IS("print")) { print(1, value); return TH_OK; }
    if (IS("flood")) for (;;) print(2, 1 << 20);
    if (IS("says-and-fails")) {
        print(1, value);
        if (write(2, "the end\n", 8) < 0) return TH_E_INTERNAL;
        return th_fail(call, TH_E_BAD_INPUT, "as told");
    }
    if (IS("says-and-crashes")) {
        if (write(2, "about to crash\n", 15) < 0) return TH_E_INTERNAL;
        raise(SIGSEGV);
    }
    if (IS("files")) {
        int last = -1;
        for (int fd; (fd = open("/dev/null", O_RDONLY)) >= 0;) last = fd;
        say(call, "files %lld", last);
        for (int fd = 3; fd <= last; fd++) close(fd);
        return TH_OK;
    }
    if (IS("file")) {
        FILE *file = tmpfile();
        if (!file) return th_fail(call, TH_E_INTERNAL, "tmpfile said no");
        for (long long i = 0; i < value; i++) {
            static const char block[1 << 16];
            if (write(fileno(file), block, sizeof block) < 0) return th_fail(call, TH_E_INTERNAL, "write said no");
        }
        fclose(file);
        return TH_OK;
    }
    if (IS("limits")) {
        say_limit(call, "core %lld", RLIMIT_CORE);
        say_limit(call, "files %lld", RLIMIT_NOFILE);
        say_limit(call, "processes %lld", RLIMIT_NPROC);
        say_limit(call, "file size %lld", RLIMIT_FSIZE);
        say_limit(call, "data %lld", RLIMIT_DATA);
        return TH_OK;
    }
    if (IS("half")) {
        /* Half a header of a response: length, then type 19 and version 1. And then nothing. */
        static const unsigned char half[] = {64, 0, 0, 0, 19, 1, 0x54, 0x48};
        for (int fd = 3; fd < 1024; fd++)
            if (fcntl(fd, F_GETFD) >= 0 && write(fd, half, sizeof half) < 0) continue;
        for (;;) pause();
    }
    return th_fail(call, TH_E_BAD_INPUT, "no such deed");
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    (void)self;
    char *deed = strndup((const char *)request.ptr, request.len);
    if (!deed) return TH_E_NO_MEMORY;
    char *colon = strchr(deed, ':');
    if (colon) *colon = 0;
    th_status status = do_deed(call, deed, colon ? atoll(colon + 1) : 0);
    free(deed);
    return status == TH_OK ? th_write(response, "done", 4) : status;
}

static const th_kind table = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR, .flags = FLAGS,
    .id = "org.example.greedy", .name = "greedy", .version = "1.0.0", .wire = "greedy/1",
    .plan = plan, .perform = perform,
};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host; (void)call;
    return &table;
}
