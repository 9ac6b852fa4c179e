// A host of the version of the header that it is compiled with: driver PLUGIN WORD...
// Loads the plugin, plans the words, and performs each task as host and worker in one. All that it lends ends at a page that can not be
// read, so a plugin that reads a member which this version does not have dies of it. Prints what it is told.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "taskhost.h"

static const uint64_t never = 0;

// Memory of this size that ends where nothing may be read.
static void *lend(size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (size + page - 1) / page * page;
    char *base = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED || mprotect(base + room, page, PROT_NONE)) abort();
    // Structs are aligned to 8, which all their sizes are multiples of.
    return base + room - size;
}

static th_bytes lend_bytes(const void *bytes, size_t size) {
    th_bytes lent = {.ptr = lend((size + 7) / 8 * 8), .len = size};
    if (size) memcpy((void *)lent.ptr, bytes, size);
    return lent;
}

static void say(const char *what, th_bytes text) { printf("%s: %.*s\n", what, (int)text.len, (const char *)text.ptr); }

// ---- outputs: lists keep their items in `impl`
typedef struct { th_bytes items[64]; size_t count; } list;

static th_status grow(th_out *out, size_t extra) {
    size_t capacity = (out->len + extra) * 2;
    uint8_t *larger = lend((capacity + 7) / 8 * 8);
    if (out->len) memcpy(larger, out->base, out->len);
    out->base = larger;
    out->cap = capacity;
    return TH_OK;
}

static th_status end_item(th_out *out, const th_item *options) {
    list *items = out->impl;
    if (!items || items->count == 64) return TH_E_LIMIT;
    // Of a newer plugin the item is longer; what is known of it is read.
    if (options && (options->size < 8 || options->size > 4096)) return TH_E_BAD_INPUT;
    items->items[items->count++] = lend_bytes(out->base, out->len);
    out->len = 0;
    return TH_OK;
}

static th_status adopt(th_out *out, th_bytes mem, void (*release)(void *) TH_NOEXCEPT, void *ctx) {
    th_status status = th_write(out, mem.ptr, mem.len);
    release(ctx);
    return status;
}

static th_out *output(list *items) {
    th_out *out = lend(sizeof *out);
    out->size = sizeof *out;
    out->base = lend(0);    // room for nothing is not NULL
    out->impl = items;
    out->grow = grow;
    out->end_item = end_item;
    out->adopt = adopt;
    return out;
}

// ---- calls
static th_status failed(th_call *call, th_status code, th_bytes message) {
    (void)call;
    printf("failed %d: %.*s\n", code, (int)message.len, (const char *)message.ptr);
    return code;
}
static void feedback(th_call *call, th_bytes bytes) { (void)call; say("feedback", bytes); }
static void progress(th_call *call, uint64_t done, uint64_t total, th_bytes units) { (void)call; (void)done; (void)total; (void)units; }
static void count(th_call *call, uint64_t passed, uint64_t pending, uint64_t bad) { (void)call; (void)passed; (void)pending; (void)bad; }
static void diagnostic(th_call *call, const th_diagnostic *found) { (void)call; say("diagnostic", found->message); }
#ifdef NEWER
static int32_t answer(th_call *call) { (void)call; return 42; }
static int32_t spare(const void *host) { (void)host; return 41; }
#endif

static th_call *make_call(void) {
    th_call *call = lend(sizeof *call);
    call->size = sizeof *call;
    call->id = 1;
    call->cancel = &never;
    call->fail = failed;
    call->feedback = feedback;
    call->progress = progress;
    call->count = count;
    call->diagnostic = diagnostic;
#ifdef NEWER
    call->answer = answer;
#endif
    return call;
}

// ---- services
static int32_t log_enabled(const th_host *host, int32_t level) { (void)host; (void)level; return 0; }
static void log_line(const th_host *host, int32_t level, th_bytes message) { (void)host; (void)level; (void)message; }
static th_bytes config_get(const th_host *host, th_bytes key) { (void)host; (void)key; return (th_bytes){0}; }
static const void *extension(const th_host *host, const char *id) { (void)host; (void)id; return NULL; }

static const th_host *make_host(uint32_t role) {
    th_host *host = lend(sizeof *host);
    host->size = sizeof *host;
    host->abi_major = TH_ABI_MAJOR;
    host->abi_minor = TH_ABI_MINOR;
    host->role = role;
    host->name = "driver";
    host->version = "1";
    host->log_enabled = log_enabled;
    host->log = log_line;
    host->config_get = config_get;
    host->extension = extension;
#ifdef NEWER
    host->spare = spare;
#endif
    return host;
}

static int check(const char *hook, th_status status) {
    if (status < 0) printf("%s returned %d\n", hook, status);
    return status < 0;
}

int main(int argc, char **argv) {
    void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    if (!library) return fprintf(stderr, "%s\n", argc > 1 ? dlerror() : "no plugin"), 2;
    const th_kind *(*entry)(const th_host *, th_call *);
    *(void **)&entry = dlsym(library, TH_ENTRY_SYMBOL);
    if (!entry) return 2;

    const th_host *host = make_host(TH_ROLE_HOST);
    const th_kind *given = entry(host, make_call());
    if (!given) return 1;
    // Of the table, as much as both know.
    th_kind kind;
    memset(&kind, 0, sizeof kind);
    memcpy(&kind, given, given->size < sizeof kind ? given->size : sizeof kind);
    if (kind.abi_major != TH_ABI_MAJOR || kind.needs_minor > TH_ABI_MINOR)
        return printf("needs %u.%u\n", kind.abi_major, kind.needs_minor), 3;

    th_queue *queue = NULL;
    th_worker *worker = NULL;
    if (kind.queue_new && check("queue_new", kind.queue_new(host, make_call(), &queue))) return 1;
    static list tasks;
    th_out *shared = output(NULL);
    th_bytes *words = lend((size_t)(argc - 1) * sizeof *words);
    size_t n = (size_t)argc - 2;
    for (size_t i = 0; i < n; i++) words[i] = lend_bytes(argv[i + 2], strlen(argv[i + 2]));
    if (kind.plan) {
        if (check("plan", kind.plan(queue, make_call(), words, n, shared, output(&tasks)))) return 1;
    } else {
        for (size_t i = 0; i < n && i < 64; i++) tasks.items[tasks.count++] = words[i];
    }
    if (kind.worker_new
        && check("worker_new", kind.worker_new(make_host(TH_ROLE_WORKER), make_call(), lend_bytes(shared->base, shared->len), &worker)))
        return 1;
    for (size_t i = 0; i < tasks.count; i++) {
        th_worker_status *status = lend(sizeof *status);
        status->size = sizeof *status;
        status->worker_id = 1;
        th_out *request = output(NULL), *response = output(NULL), *competence = output(NULL);
        th_bytes asked = tasks.items[i];
        if (kind.request_of_task) {
            if (check("request_of_task", kind.request_of_task(queue, make_call(), status, asked, request))) continue;
            asked = lend_bytes(request->base, request->len);
        }
        if (check("perform", kind.perform(worker, make_call(), asked, response))) continue;
        say("response", lend_bytes(response->base, response->len));
        if (kind.use_response)
            check("use_response", kind.use_response(queue, make_call(), status, tasks.items[i],
                                                    lend_bytes(response->base, response->len), competence, output(&tasks)));
#ifdef NEWER
        if (kind.tell) check("tell", kind.tell(worker, make_call()));
#endif
    }
    if (kind.summary) {
        th_totals *totals = lend(sizeof *totals);
        totals->size = sizeof *totals;
        totals->tasks = totals->passed = tasks.count;
        th_out *text = output(NULL);
        if (!check("summary", kind.summary(queue, make_call(), totals, text))) say("summary", lend_bytes(text->base, text->len));
    }
    if (kind.worker_free) kind.worker_free(worker);
    if (kind.queue_free) kind.queue_free(queue);
    return 0;
}
