/* Writes on the pipe to the host what it must not, and lays hands on the pages that it shares with it. */
#define KIND "forger"
#include "deeds.h"

#include <sys/mman.h>

#define IS(name) (strcmp(deed, name) == 0)

static const void *bytes;
static size_t count;

static void write_bytes(int fd) { if (write(fd, bytes, count) < 0) return; }

static void send_bytes(const void *what, size_t size) {
    bytes = what;
    count = size;
    each_descriptor(write_bytes);
}

static void send_frame(unsigned type, uint64_t id, uint32_t length, const char *payload) {
    struct { uint32_t length, tag; uint64_t id; char payload[64]; } frame;
    memset(&frame, 0, sizeof frame);
    frame.length = length;
    frame.tag = type | 1u << 8 | 0x4854u << 16;
    frame.id = id;
    size_t have = payload ? strlen(payload) : 0;
    memcpy(frame.payload, payload ? payload : "", have);
    send_bytes(&frame, 16 + ((have + 7) & ~(size_t)7));
}

enum { HELLO = 16, READY = 17, RESPONSE = 19, FAILURE = 20, REQUEST = 3 };

static void forge(uint64_t id) { send_frame(RESPONSE, id, 4, "fake"); }

static void close_one(int fd) { close(fd); }

static th_status write_what_is_wrong(th_call *call, const char *deed) {
    if (IS("close")) { each_descriptor(close_one); for (;;) pause(); }
    if (IS("close-all")) { for (int fd = 0; fd < 1024; fd++) close(fd); for (;;) pause(); }
    if (IS("close-all-return")) { for (int fd = 0; fd < 1024; fd++) close(fd); return TH_OK; }
    if (IS("garbage")) { send_bytes("this is no frame, but quite a few bytes of something else\n", 58); for (;;) pause(); }
    if (IS("half-hang")) { send_bytes("\x40\0\0\0\x13\x01TH", 8); for (;;) pause(); }
    if (IS("half-exit")) { send_bytes("\x40\0\0\0\x13\x01TH", 8); _exit(0); }
    if (IS("body-exit")) { send_frame(RESPONSE, call->id, 4000, "a part of it"); _exit(0); }
    if (IS("huge-length")) { send_frame(RESPONSE, call->id, 0xfffffff0u, "not so much"); for (;;) pause(); }
    if (IS("ready-again")) { send_frame(READY, 0, 0, NULL); for (;;) pause(); }
    if (IS("hello-again")) { send_frame(HELLO, 0, 3, "odd"); for (;;) pause(); }
    if (IS("commands")) { send_frame(REQUEST, call->id, 4, "work"); for (;;) pause(); }
    if (IS("bad-failure")) { send_frame(FAILURE, call->id, 3, "odd"); for (;;) pause(); }
    /* A real answer first, then another one. */
    if (IS("twice")) { forge(call->id); return TH_OK; }
    if (IS("foreign")) { forge(call->id + 1000); return TH_OK; }
    if (IS("old")) { forge(call->id > 1 ? call->id - 1 : 0); return TH_OK; }
    if (IS("ahead")) { forge(call->id + 1); return TH_OK; }
    if (IS("foreign-many")) { for (int i = 0; i < 10; i++) forge(call->id + 1000); for (;;) pause(); }
    if (IS("late")) { while (!th_cancelled(call)) usleep(1000); return TH_OK; }
    if (IS("late-twice")) { while (!th_cancelled(call)) usleep(1000); forge(call->id); return TH_OK; }
    return TH_NONE;
}

/* ---- pages */

/* Where the page of this name is mapped. */
static void *page_of(const char *name, char *range, size_t size) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    unsigned long start = 0, end = 0;
    while (maps && fgets(line, sizeof line, maps))
        if (strstr(line, name) && sscanf(line, "%lx-%lx", &start, &end) == 2) break;
    if (maps) fclose(maps);
    snprintf(range, size, "/proc/self/map_files/%lx-%lx", start, end);
    return (void *)start;
}

/* Everything that could change the page for the host; 0 if none of it worked. */
static int attack_page(const char *name) {
    char path[128];
    char *page = page_of(name, path, sizeof path);
    if (!page) return 1;
    /* Only some users may open it so. */
    int fd = open(path, O_RDWR);
    if (fd < 0) return 0;
    if (ftruncate(fd, 0) == 0) return 2;
    if (ftruncate(fd, 1 << 20) == 0) return 3;
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0) return 4;
    if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) == 0 && strstr(name, "cancel")) return 5;
    if (strstr(name, "cancel")) {
        if (write(fd, "x", 1) == 1) return 6;
        if (mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED) return 7;
    }
    close(fd);
    return 0;
}

static th_status handle_pages(th_call *call, const char *deed) {
    char path[128];
    if (IS("write-cancel")) { *(volatile uint64_t *)(uintptr_t)call->cancel = 0; return TH_OK; }
    if (IS("unmap-cancel")) {
        munmap((void *)((uintptr_t)call->cancel & ~(uintptr_t)4095), 4096);
        return th_cancelled(call) ? TH_E_INTERNAL : TH_OK;
    }
    if (IS("protect-cancel")) {
        void *page = (void *)((uintptr_t)call->cancel & ~(uintptr_t)4095);
        return mprotect(page, 4096, PROT_READ | PROT_WRITE) == 0 ? th_fail(call, TH_E_INTERNAL, "it became writable") : TH_OK;
    }
    if (IS("attack-pages")) {
        int first = attack_page("taskhost-cancel"), second = attack_page("taskhost-claims");
        if (first || second) {
            say(call, "attack %ld", first * 10 + second);
            return th_fail(call, TH_E_INTERNAL, "an attack worked");
        }
        return TH_OK;
    }
    if (IS("lie-in-claims") || IS("lie-and-crash")) {
        memset(page_of("taskhost-claims", path, sizeof path), 0xff, 4096);
        if (IS("lie-and-crash")) raise(SIGSEGV);
        return TH_OK;
    }
    return TH_NONE;
}

static th_status do_deed(th_call *call, const char *deed, const char *argument) {
    (void)argument;
    th_status status = write_what_is_wrong(call, deed);
    return status == TH_NONE ? handle_pages(call, deed) : status;
}

DEEDS_KIND()
