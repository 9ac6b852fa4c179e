/* Destroys its own process: crashes, ends, spoils memory and control flow, and changes what it runs in. */
#define KIND "vandal"
#include "deeds.h"

#include <dlfcn.h>
#include <fenv.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define IS(name) (strcmp(deed, name) == 0)

/* ---- crashes */

static void crash_by(const char *how) {
    if (strcmp(how, "segv") == 0) { volatile int *volatile nowhere = (volatile int *)16; *nowhere = 1; }
#if defined(__x86_64__)
    if (strcmp(how, "ill") == 0) __asm__ volatile("ud2");
    if (strcmp(how, "fpe") == 0) {
        __asm__ volatile("xorl %%edx, %%edx; movl $1, %%eax; xorl %%ecx, %%ecx; idivl %%ecx" ::: "eax", "ecx", "edx");
    }
#elif defined(__aarch64__)
    if (strcmp(how, "ill") == 0) __asm__ volatile(".inst 0");
#endif
    if (strcmp(how, "fpe") == 0) raise(SIGFPE);
    if (strcmp(how, "bus") == 0) {
        int fd = memfd_create("empty", MFD_CLOEXEC);
        volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
        if (page != MAP_FAILED) (void)*page;
    }
    if (strcmp(how, "abort") == 0) abort();
}

static volatile int depth;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winfinite-recursion"
__attribute__((noinline)) static int overflow_stack(volatile char *above) {
    volatile char room[4096];
    room[0] = above[0];
    depth++;
    return overflow_stack(room) + room[0];
}
#pragma GCC diagnostic pop

/* Overwrites its own return address. */
__attribute__((noinline)) static void smash_stack(void) {
    void *volatile *frame = __builtin_frame_address(0);
    for (int i = 1; i < 8; i++) frame[i] = (void *)0x4141414141414141;
}

static jmp_buf gone;
/* The frame to which `gone` leads is over and holds something else. */
__attribute__((noinline)) static void leave_jump(void) { if (setjmp(gone) != 0) __asm__ volatile("" ::: "memory"); }
__attribute__((noinline)) static void overwrite_stack(void) {
    volatile char room[8192];
    for (size_t i = 0; i < sizeof room; i++) room[i] = 0x41;
}

static void *raise_in_thread(void *unused) { (void)unused; raise(SIGSEGV); return NULL; }
static void *burn(void *unused) { (void)unused; for (volatile int i = 0;; i++) {} return NULL; }

static void start_thread(void *(*body)(void *)) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, body, NULL) != 0) _exit(78);
}

static void *spoilt;

static void unmap_everything(void) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    static struct { unsigned long start, end; } all[4096];
    int count = 0;
    while (maps && fgets(line, sizeof line, maps) && count < 4096)
        if (sscanf(line, "%lx-%lx", &all[count].start, &all[count].end) == 2) count++;
    for (int i = 0; i < count; i++) munmap((void *)all[i].start, all[i].end - all[i].start);
}

static th_status crash(const char *deed) {
    crash_by(deed);
    if (IS("stack-overflow")) { char c = 0; depth = overflow_stack(&c); return TH_OK; }
    if (IS("stack-smash")) { smash_stack(); return TH_OK; }
    if (IS("heap-spoil")) {
        spoilt = malloc(2000);
        volatile char *header = spoilt;
        for (int i = 1; i <= 16; i++) header[-i] = 0x41;
        return TH_OK;
    }
    if (IS("heap-meet")) { free(spoilt); return TH_OK; }
    if (IS("longjmp")) { leave_jump(); overwrite_stack(); longjmp(gone, 1); }
    if (IS("bad-pointer")) { void (*volatile nowhere)(void) = (void (*)(void))0x4141; nowhere(); }
    if (IS("thread-raises")) { start_thread(raise_in_thread); for (;;) pause(); }
    if (IS("unmap")) { unmap_everything(); return TH_OK; }
    return TH_NONE;
}

/* ---- ends without an answer */

static th_status leave(const char *deed) {
    if (IS("exit")) exit(0);
    if (IS("exit3")) exit(3);
    if (IS("_exit")) _exit(0);
    if (IS("quick_exit")) quick_exit(0);
    if (IS("pthread_exit")) pthread_exit(NULL);
    if (IS("exec")) { execl("/bin/sleep", "sleep", "1000", (char *)NULL); _exit(79); }
    if (IS("exec-short")) { execl("/bin/true", "true", (char *)NULL); _exit(79); }
    return TH_NONE;
}

/* ---- does not come back */

static th_status hang(th_call *call, const char *deed) {
    if (IS("spin")) burn(NULL);
    if (IS("sleep-on")) for (;;) pause();
    if (IS("deadlock")) {
        pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
        for (;;) pthread_mutex_lock(&lock);
    }
    if (IS("deaf")) {
        sigset_t all;
        sigfillset(&all);
        for (int s = 1; s < 65; s++) signal(s, SIG_IGN);
        sigprocmask(SIG_BLOCK, &all, NULL);
        call->feedback(call, th_text("deaf"));
        burn(NULL);
    }
    if (IS("burners")) { for (int i = 0; i < 4; i++) start_thread(burn); for (;;) pause(); }
    if (IS("main-leaves")) { start_thread(burn); pthread_exit(NULL); }
    if (IS("stop")) { raise(SIGSTOP); return TH_OK; }
    return TH_NONE;
}

/* ---- what it runs in */

static void look(th_call *call) {
    char text[1024], directory[512];
    mode_t mask = umask(0);
    umask(mask);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    sigset_t blocked;
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    snprintf(text, sizeof text, "cwd=%s umask=%o files=%llu nice=%d locale=%s path=%s usr1=%d round=%d",
             getcwd(directory, sizeof directory) ? directory : "?", (unsigned)mask,
             (unsigned long long)files.rlim_cur, getpriority(PRIO_PROCESS, 0), setlocale(LC_ALL, NULL),
             getenv("PATH") ? "set" : "none", sigismember(&blocked, SIGUSR1), fegetround());
    call->feedback(call, th_text(text));
}

static th_status upset(void) {
    sigset_t all;
    sigfillset(&all);
    struct rlimit few = {64, 64};
    if (chdir("/") != 0 || setrlimit(RLIMIT_NOFILE, &few) != 0 || setpriority(PRIO_PROCESS, 0, 5) != 0) return TH_E_INTERNAL;
    umask(0777);
    setlocale(LC_ALL, "C.UTF-8");
    clearenv();
    sigprocmask(SIG_BLOCK, &all, NULL);
    fesetround(FE_UPWARD);
    return TH_OK;
}

static void *stay(void *unused) { (void)unused; for (;;) pause(); return NULL; }

static th_status surroundings(th_call *call, const char *deed, const char *argument) {
    if (IS("look")) { look(call); return TH_OK; }
    if (IS("upset")) return upset();
    if (IS("unlink-self")) {
        Dl_info info;
        return dladdr((void *)look, &info) && unlink(info.dli_fname) == 0 ? TH_OK : TH_E_INTERNAL;
    }
    if (IS("leak-memory")) { char *m = malloc(1 << 20); if (!m) return TH_E_NO_MEMORY; memset(m, 1, 1 << 20); return TH_OK; }
    if (IS("leak-file")) return open("/dev/null", O_RDONLY) >= 0 ? TH_OK : th_fail(call, TH_E_NO_MEMORY, "no more files");
    if (IS("leak-thread")) { start_thread(stay); return TH_OK; }
    if (IS("random")) { say(call, "answer %ld", (long)getpid() * 1000 + atoi(argument)); return TH_OK; }
    if (IS("print")) {
        static const char noise[] = "\x1b[2J\x1b]0;title\x07\xff\xfe\x00{\"v\":1,\"type\":\"task\"}\r\n";
        for (int i = 0; i < 50; i++)
            for (int fd = 1; fd < 3; fd++)
                if (write(fd, noise, sizeof noise - 1) < 0) return TH_E_INTERNAL;
        char line[1000];
        memset(line, 'x', sizeof line);
        for (int i = 0; i < 500; i++) if (write(1, line, sizeof line) < 0) return TH_E_INTERNAL;
        return TH_OK;
    }
    return TH_NONE;
}

static th_status do_deed(th_call *call, const char *deed, const char *argument) {
    th_status status = crash(deed);
    if (status == TH_NONE) status = leave(deed);
    if (status == TH_NONE) status = hang(call, deed);
    return status == TH_NONE ? surroundings(call, deed, argument) : status;
}

DEEDS_KIND()
