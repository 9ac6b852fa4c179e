/* Marks spans in the ways that its words say.                                                               */
#include <taskhost_ext.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.spans\",\"name\":\"spans\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"spans/1\"}");

#ifndef FLAGS
#define FLAGS 0
#endif

static const th_trace *trace;

static int is(th_bytes text, const char *word) { return text.len == strlen(word) && memcmp(text.ptr, word, text.len) == 0; }

/* Into every pipe that this process can write to but 1 and 2: the one to the host is among them. */
static void send_spans(uint64_t id, const uint64_t *payload, uint32_t size, const char *tail, uint32_t more) {
    struct { uint32_t length, tag; uint64_t id; uint8_t payload[4096]; } frame;
    memset(&frame, 0, sizeof frame);
    frame.length = size + more;
    frame.tag = 29u | 1u << 8 | 0x4854u << 16;
    frame.id = id;
    memcpy(frame.payload, payload, size);
    memcpy(frame.payload + size, tail, more);
    for (int fd = 3; fd < 1024; fd++) {
        struct stat found;
        if (fstat(fd, &found) == 0 && S_ISFIFO(found.st_mode)
            && write(fd, &frame, 16 + ((frame.length + 7) & ~7u)) > 0) continue;
    }
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    (void)self;
    if (is(request, "nested")) {
        th_trace_begin(trace, call, "outer");
        usleep(20000);
        th_trace_begin(trace, call, "inner");
        usleep(20000);
        th_trace_end(trace, call);
        th_trace_begin(trace, call, "second");
        th_trace_end(trace, call);
        th_trace_end(trace, call);
    }
    if (is(request, "unended")) {
        th_trace_begin(trace, call, "left open");
        th_trace_begin(trace, call, "and inside");
    }
    if (is(request, "too-many-ends")) {
        th_trace_end(trace, call);
        th_trace_begin(trace, call, "one");
        for (int i = 0; i < 5; i++) th_trace_end(trace, call);
    }
    if (is(request, "odd-name")) {
        char name[400];
        memset(name, 'n', sizeof name);
        memcpy(name, "a \"quote\" \\ \n\t\x01\xff\xc3", 18);
        th_bytes odd = {(const uint8_t *)name, sizeof name};
        if (trace) { trace->begin(call, odd); trace->end(call); }
    }
    if (is(request, "flood")) for (int i = 0; i < 100000; i++) {
        th_trace_begin(trace, call, "one of many");
        if (i % 2) th_trace_end(trace, call);
    }
    if (is(request, "fails")) {
        th_trace_begin(trace, call, "before it failed");
        return th_fail(call, TH_E_BAD_INPUT, "no");
    }
    /* Frames that no honest worker writes: the end before the begin, times of no clock, spans across each other. */
    if (is(request, "lies")) {
        uint64_t words[] = {~0ull, 5, 0, ~0ull, 3, ~0ull, 0, 3};
        char tail[57] = "\n\"{";
        uint64_t second[] = {0, ~0ull, 3}, third[] = {1000, 2000, 3};
        memcpy(tail + 3, second, 24);
        memcpy(tail + 27, "abc", 3);
        memcpy(tail + 30, third, 24);
        memcpy(tail + 54, "\xff\x00\x1f", 3);
        send_spans(call->id, words, sizeof words, tail, sizeof tail);
    }
    if (is(request, "nonsense")) {
        uint64_t words[] = {1, 2, 3, 4, 1u << 30};
        send_spans(call->id, words, sizeof words, "", 0);
        for (;;) pause();
    }
    call->feedback(call, th_text(trace ? "traced" : "not traced"));
    return th_write(response, "", 0);
}

static th_status use_response(th_queue *self, th_call *call, const th_worker_status *status, th_bytes task,
                              th_bytes response, th_out *competence, th_out *tasks) {
    (void)self; (void)status; (void)task; (void)response; (void)competence; (void)tasks;
    th_trace_begin(trace, call, "in the host");
    th_trace_end(trace, call);
    return TH_STAY;
}

static const th_kind table = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR,
    .id = "org.example.spans", .name = "spans", .version = "1.0.0", .wire = "spans/1", .flags = FLAGS,
    .perform = perform, .use_response = use_response,
};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)call;
    trace = host->extension ? host->extension(host, TH_EXT_TRACE) : NULL;
    return &table;
}
