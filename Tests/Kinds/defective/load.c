/* Mistakes of constructors and the entry function; -DDEFECT_... says which one. */
#include "sound.h"

#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define KNOWN (void)host; (void)call;

#ifdef DEFECT_UNDEFINED_SYMBOL
extern int nowhere_defined(void);
#define ENTRY KNOWN if (nowhere_defined()) return NULL;
#endif
#ifdef DEFECT_MISSING_LIBRARY
extern int away(void);
#define ENTRY KNOWN if (away()) return NULL;
#endif
#ifdef DEFECT_REFUSES
#define ENTRY KNOWN th_fail(call, TH_E_UNSUPPORTED, "not on this machine");
#define TABLE (call ? NULL : &table)
#endif
#ifdef DEFECT_RESERVED
#define MEMBERS .reserved0 = 7,
#endif
#ifdef DEFECT_OTHER_FLAGS
#define KIND_FLAGS TH_KIND_FORK_SAFE
#endif
#ifdef DEFECT_SLOW
static void work(void) {
    for (clock_t start = clock(); clock() - start < CLOCKS_PER_SEC / 8;) {}
}
#define ENTRY KNOWN work();
#endif
#ifdef DEFECT_THREAD
static void *wait_for_ever(void *given) {
    for (;;) pause();
    return given;
}
static void begin(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, wait_for_ever, NULL);
}
#define ENTRY KNOWN begin();
#endif
#ifdef DEFECT_OPENS
#define ENTRY KNOWN if (open("/dev/null", O_RDONLY) < 0) return NULL;
#endif
#ifdef DEFECT_SIGNALS
#define ENTRY KNOWN signal(SIGUSR1, SIG_IGN);
#endif
#ifdef DEFECT_UMASK
#define ENTRY KNOWN umask(0);
#endif
#ifdef DEFECT_LOCALE
#define ENTRY KNOWN setlocale(LC_ALL, "C.UTF-8");
#endif
#ifdef DEFECT_LIMITS
static void raise_limit(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_cur / 2;
    setrlimit(RLIMIT_NOFILE, &limit);
}
#define ENTRY KNOWN raise_limit();
#endif
#ifdef DEFECT_ENVIRONMENT
#define ENTRY KNOWN setenv("OMP_NUM_THREADS", "1", 1);
#endif
#ifdef DEFECT_ROUNDING
#define ENTRY KNOWN fesetround(FE_UPWARD);
#endif
#ifdef DEFECT_PRINTS
__attribute__((constructor)) static void greet(void) { puts("defective 1.0.0 is here"); }
#endif
#ifdef DEFECT_CHANGING_TABLE
static int calls;
static th_kind other;
#define TABLE (++calls < 3 ? &table : (memcpy(&other, &table, sizeof table), other.flags = 0, &other))
#endif
#ifdef DEFECT_ASKS
#define ENTRY KNOWN call->progress(call, 1, 1, th_text("loads"));
#endif
#ifdef DEFECT_READS_BEYOND
#define ENTRY KNOWN if (host->extension(host, TH_EXT_TRACE)) return &table;
#endif
#ifdef DEFECT_EXACT_SIZE
#define ENTRY if (host->size != sizeof *host) { th_fail(call, TH_E_UNSUPPORTED, "another size"); return NULL; }
#endif
#ifdef DEFECT_EXACT_MINOR
#define ENTRY if (host->abi_minor != TH_ABI_MINOR) { th_fail(call, TH_E_UNSUPPORTED, "another ABI"); return NULL; }
#endif

#if defined DEFECT_PREFIX_OF_ID || defined DEFECT_CHANGING_EXTENSION
static th_status session_perform(th_worker *self, th_session *session, th_call *call, th_bytes request,
                                 th_out *response) {
    (void)session;
    return sound_perform(self, call, request, response);
}
static const th_session_hooks sessions = {.size = sizeof sessions, .session_perform = session_perform};
static const void *extension(const char *id) {
#ifdef DEFECT_PREFIX_OF_ID
    return strncmp(id, TH_EXT_SESSION, strlen(TH_EXT_SESSION)) == 0 ? &sessions : NULL;
#else
    static int asked;
    return strcmp(id, TH_EXT_SESSION) == 0 && asked++ % 2 == 0 ? &sessions : NULL;
#endif
}
#define HOOK_EXTENSION extension
#endif

#include "table.h"
