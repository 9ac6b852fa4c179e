/* Writes frames of the extensions on the pipe to the host that it must not, around the services that it has. */
#define KIND "swindler"
#include "deeds.h"
#include <taskhost_ext.h>

#define IS(name) (strcmp(deed, name) == 0)
enum { ITEM = 26, INPUT_CREDIT = 27, CALL = 28, REPLY = 14, CREDIT = 10, SESSION = 9 };

static const void *bytes;
static size_t count;

static void write_bytes(int fd) { if (write(fd, bytes, count) < 0) return; }

static void send_frame(unsigned type, uint64_t id, const void *payload, uint32_t length) {
    static struct { uint32_t length, tag; uint64_t id; char payload[1 << 16]; } frame;
    frame.length = length;
    frame.tag = type | 1u << 8 | 0x4854u << 16;
    frame.id = id;
    if (length) memcpy(frame.payload, payload, length);
    bytes = &frame;
    count = 16 + ((length + 7) & ~(size_t)7);
    each_descriptor(write_bytes);
}

static void send_call(uint64_t id, uint64_t request) {
    uint64_t numbers[3] = { request, 0, 0 };
    send_frame(CALL, id, numbers, sizeof numbers);
}

static th_status do_deed(th_call *call, const char *deed, const char *argument) {
    static char large[1 << 15];
    uint64_t huge = UINT64_MAX / 4, one = 1;
    (void)argument;
    if (IS("item-unknown")) send_frame(ITEM, call->id + 7, "item", 4);
    else if (IS("item-untaken")) send_frame(ITEM, call->id, "item", 4);
    else if (IS("overrun")) for (int i = 0; i < 64; i++) send_frame(ITEM, call->id, large, sizeof large);
    else if (IS("flood")) for (;;) send_frame(ITEM, call->id, large, sizeof large);
    else if (IS("credit-huge")) send_frame(INPUT_CREDIT, call->id, &huge, 8);
    else if (IS("credit-unasked")) send_frame(INPUT_CREDIT, call->id, &one, 8);
    else if (IS("credit-odd")) send_frame(INPUT_CREDIT, call->id, "odd", 3);
    else if (IS("call-short")) send_frame(CALL, 1, "short", 5);
    else if (IS("call-unknown")) send_call(1, call->id + 7);
    else if (IS("call-twice")) { send_call(5, call->id); send_call(6, call->id); }
    else if (IS("call-back")) { send_call(5, call->id); usleep(200000); send_call(5, call->id); }
    else if (IS("reply")) send_frame(REPLY, 1, "12345678", 8);
    else if (IS("credit")) send_frame(CREDIT, call->id, &one, 8);
    else if (IS("session")) send_frame(SESSION, call->id, "1234567812345678", 16);
    else return TH_NONE;
    for (;;) pause();
}

/* Keeps `call-twice` waiting: the host takes a moment for none of them. */
static th_status on_call(th_queue *self, th_call *call, const th_worker_status *status,
                         const th_worker_handle *caller, th_bytes request, th_out *reply) {
    (void)self; (void)call; (void)status; (void)caller; (void)request; (void)reply;
#ifdef LATE
    return TH_NONE;
#else
    return TH_OK;
#endif
}

static const void *extension(const char *id) {
    static const th_host_service service = { .size = sizeof(th_host_service), .on_call = on_call };
    return strcmp(id, TH_EXT_HOST_SERVICE) == 0 ? &service : NULL;
}

DEEDS_KIND(.extension = extension)
