/* Prints what its words say: `out TEXT`, `err TEXT`, `both N` (N lines on each stream, in turn), `much BYTES` (in pieces of odd length), `again FILE TEXT`
 * `file BYTES` (the same out of a file, in two ranges with a text between them), `short BYTES` (a file that has less), `fifo` (one that is none), `again FILE TEXT`
 * (asks to be tried again once, if FILE is not there), `die TEXT`, `slow FILE TEXT` (waits until FILE is there), `gone TEXT` (fails; the hook of the host
 * prints), `used TEXT` (the host's hook prints too), `split A B` (is replaced by two tasks). */
#include <taskhost_ext.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.printer\",\"name\":\"printer\",\"version\":\"1.0.0\","
            "\"flags\":[\"stateless\",\"idempotent\"],\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"printer/1\"}");

static const th_print *printing;

static int begins(th_bytes b, const char *word) {
    size_t n = strlen(word);
    return b.len >= n && memcmp(b.ptr, word, n) == 0 && (b.len == n || b.ptr[n] == ' ');
}
static th_bytes rest(th_bytes b, const char *word) {
    size_t n = strlen(word);
    if (b.len > n) n++;
    b.ptr += n;
    b.len -= n;
    return b;
}
static const char *path(th_bytes *b) {
    static char text[512];
    size_t n = 0;
    while (n < b->len && b->ptr[n] != ' ') n++;
    snprintf(text, sizeof text, "%.*s", (int)n, (const char *)b->ptr);
    b->ptr += n;
    b->len -= n;
    if (b->len) { b->ptr++; b->len--; }
    return text;
}
static int exists(const char *name) {
    struct stat about;
    return stat(name, &about) == 0;
}

static th_status line(th_call *call, uint32_t stream, th_bytes text) {
    th_status status = printing->print(call, stream, text);
    return status == TH_OK ? printing->print(call, stream, th_text("\n")) : status;
}

static th_status much(th_call *call, th_bytes count) {
    static uint8_t block[70001];
    char text[32];
    snprintf(text, sizeof text, "%.*s", (int)count.len, (const char *)count.ptr);
    unsigned long long left = strtoull(text, NULL, 10), at = 0;
    while (left > 0) {
        size_t piece = left < sizeof block ? (size_t)left : sizeof block;
        for (size_t i = 0; i < piece; i++) block[i] = (uint8_t)('a' + (at + i) % 23);
        th_bytes bytes = {block, piece};
        th_status status = printing->print(call, 1, bytes);
        if (status != TH_OK) return status;
        at += piece;
        left -= piece;
    }
    return TH_OK;
}

static void fill(FILE *stream, unsigned long long from, unsigned long long count) {
    for (unsigned long long i = 0; i < count; i++) fputc('a' + (int)((from + i) % 23), stream);
    fflush(stream);
}

/* The descriptor is closed as soon as it has been printed, and its number taken by something else. */
static th_status from_file(th_call *call, unsigned long long count) {
    FILE *stream = tmpfile();
    if (!stream) return th_fail(call, TH_E_INTERNAL, "no file");
    fputs("not this", stream);
    fill(stream, 0, count / 2);
    th_status status = printing->print_file(call, 1, fileno(stream), 8, count / 2);
    if (status == TH_OK) status = printing->print(call, 2, th_text("between\n"));
    fill(stream, count / 2, count - count / 2);
    if (status == TH_OK) status = printing->print_file(call, 1, fileno(stream), 8 + count / 2, count - count / 2);
    fclose(stream);
    return status == TH_OK ? printing->print(call, 1, th_text("end\n")) : status;
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    (void)self;
    (void)response;
    if (begins(request, "out")) return line(call, 1, rest(request, "out"));
    if (begins(request, "used")) return line(call, 1, rest(request, "used"));
    if (begins(request, "err")) return line(call, 2, rest(request, "err"));
    if (begins(request, "much")) return much(call, rest(request, "much"));
    if (begins(request, "file")) return from_file(call, strtoull((const char *)rest(request, "file").ptr, NULL, 10));
    if (begins(request, "short")) {
        FILE *stream = tmpfile();
        fill(stream, 0, 100000);
        th_status status = printing->print_file(call, 1, fileno(stream), 1, 100000);
        fclose(stream);
        return status;
    }
    if (begins(request, "fifo")) {
        int ends[2];
        if (pipe(ends) != 0) return TH_E_INTERNAL;
        th_status status = printing->print_file(call, 1, ends[0], 0, 0);
        close(ends[0]);
        close(ends[1]);
        return status;
    }
    if (begins(request, "third")) return printing->print(call, 3, request);
    if (begins(request, "both")) {
        int count = atoi((const char *)rest(request, "both").ptr);
        for (int i = 0; i < count; i++) {
            char text[32];
            snprintf(text, sizeof text, "line %d", i);
            line(call, 1, th_text(text));
            line(call, 2, th_text(text));
        }
        return TH_OK;
    }
    if (begins(request, "again")) {
        th_bytes text = rest(request, "again");
        const char *mark = path(&text);
        int was = exists(mark);
        line(call, 1, was ? text : th_text("what does not count"));
        if (was) return TH_OK;
        close(open(mark, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        return TH_E_RETRY;
    }
    if (begins(request, "slow")) {
        th_bytes text = rest(request, "slow");
        const char *mark = path(&text);
        struct timespec pause = {0, 1000000};
        line(call, 1, th_text("begun"));
        while (!exists(mark)) {
            if (th_cancelled(call)) return TH_E_CANCELLED;
            nanosleep(&pause, NULL);
        }
        return line(call, 1, text);
    }
    if (begins(request, "touch")) {
        close(open(path(&(th_bytes){rest(request, "touch").ptr, rest(request, "touch").len}), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        return TH_OK;
    }
    if (begins(request, "die")) {
        line(call, 1, rest(request, "die"));
        raise(SIGKILL);
    }
    if (begins(request, "split")) {
        line(call, 1, th_text("what others do again"));
        return th_fail(call, -1001, "too large");
    }
    if (begins(request, "gone")) {
        line(call, 1, rest(request, "gone"));
        return th_fail(call, -1000, "as it was told");
    }
    return th_fail(call, TH_E_BAD_INPUT, "what?");
}

static th_status worker_new(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    (void)shared;
    (void)self;
    printing = th_needs(host, call, TH_EXT_PRINT, sizeof *printing);
    if (!printing) return TH_E_UNSUPPORTED;
    /* No task is at hand. */
    return printing->print(call, 1, th_text("nothing")) == TH_E_UNSUPPORTED ? TH_OK : TH_E_INTERNAL;
}

static th_status queue_new(const th_host *host, th_call *call, th_queue **self) {
    (void)self;
    printing = th_needs(host, call, TH_EXT_PRINT, sizeof *printing);
    return printing ? TH_OK : TH_E_UNSUPPORTED;
}

static th_status use_response(th_queue *self, th_call *call, const th_worker_status *status, th_bytes task,
                              th_bytes response, th_out *competence, th_out *tasks) {
    (void)self; (void)status; (void)response; (void)competence; (void)tasks;
    if (begins(task, "used")) line(call, 1, th_text("said in the host"));
    return TH_STAY;
}

static th_status on_task_gone(th_queue *self, th_call *call, const th_gone *gone, const th_bytes *task, th_out *tasks) {
    (void)self;
    if (gone->code == TH_E_RETRY) return TH_E_RETRY;
    if (task && begins(*task, "gone")) line(call, 2, th_text("seen to be gone"));
    if (task && begins(*task, "split")) {
        static const th_item none = {.size = sizeof none};
        th_bytes words = rest(*task, "split");
        while (words.len) {
            const char *word = path(&words);
            th_write(tasks, "out ", 4);
            th_write(tasks, word, strlen(word));
            tasks->end_item(tasks, &none);
        }
    }
    return TH_OK;
}

static const th_kind kind = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR,
    .flags = TH_KIND_STATELESS | TH_KIND_IDEMPOTENT,
    .id = "org.example.printer", .name = "printer", .version = "1.0.0", .wire = "printer/1",
    .queue_new = queue_new, .worker_new = worker_new, .perform = perform, .use_response = use_response,
    .on_task_gone = on_task_gone,
};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host;
    (void)call;
    return &kind;
}
