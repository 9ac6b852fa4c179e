/* Takes over the fork server that has loaded it, and answers the orders of the host as `--set lie=...` says. In the host and in
 * workers it behaves.                                                                                            */
#define KIND "liar"
#define DEEDS_ENTRY host = given; begin();
#include "deeds.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

/* As they are on the socket: the number of the order, then what became of it (0 forked, 1 errno, 2 threads) and a number. */
typedef struct { uint64_t serial, worker; } order;
typedef struct { uint64_t serial; int32_t value; uint32_t what; } answer;

static const th_host *host;
static int control = -1;
static pid_t first_child;

static int lie_is(const char *name) {
    th_bytes lie = host->config_get(host, th_text("lie"));
    return lie.len == strlen(name) && memcmp(lie.ptr, name, lie.len) == 0;
}

static void reply(uint64_t serial, uint32_t what, int32_t value) {
    answer packet = {serial, value, what};
    send(control, &packet, sizeof packet, MSG_NOSIGNAL);
}

/* A child of the host that is no worker and says nothing. */
static pid_t fork_sleeper(void) {
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0) for (;;) pause();
    return pid;
}

static void answer_falsely(order given) {
    if (lie_is("init")) reply(given.serial, 0, 1);
    if (lie_is("host")) reply(given.serial, 0, getppid());
    if (lie_is("itself")) reply(given.serial, 0, getpid());
    if (lie_is("negative")) reply(given.serial, 0, -1);
    if (lie_is("own-child")) {
        pid_t child = fork();
        if (child == 0) for (;;) pause();
        reply(given.serial, 0, child);
    }
    if (lie_is("twice")) {
        if (!first_child) first_child = fork_sleeper();
        reply(given.serial, 0, first_child);
    }
    if (lie_is("sleeper")) reply(given.serial, 0, fork_sleeper());
    if (lie_is("garbage")) send(control, "nonsense", 8, MSG_NOSIGNAL);
    if (lie_is("odd-word")) reply(given.serial, 77, 0);
    if (lie_is("wrong-order")) reply(given.serial + 100, 0, getpid());
    if (lie_is("dies")) _exit(0);
    if (lie_is("crashes")) raise(SIGSEGV);
    if (lie_is("stops")) raise(SIGSTOP);
    if (lie_is("fails")) reply(given.serial, 1, EAGAIN);
    if (lie_is("has-threads")) reply(given.serial, 2, 5);
    if (lie_is("closes")) shutdown(control, SHUT_RDWR);
    if (lie_is("floods")) for (;;) reply(given.serial, 0, 1);
    if (lie_is("passes-files")) {
        union { struct cmsghdr header; char bytes[CMSG_SPACE(sizeof(int))]; } room;
        answer packet = {given.serial, EAGAIN, 1};
        struct iovec part = {&packet, sizeof packet};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &room, .msg_controllen = sizeof room};
        memset(&room, 0, sizeof room);
        room.header.cmsg_level = SOL_SOCKET;
        room.header.cmsg_type = SCM_RIGHTS;
        room.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&room.header), &control, sizeof control);
        sendmsg(control, &message, MSG_NOSIGNAL);
    }
    /* "never": no answer. */
}

static void serve(int number) {
    (void)number;
    order given;
    union { struct cmsghdr header; char bytes[CMSG_SPACE(16 * sizeof(int))]; } room;
    struct pollfd poller = {control, POLLIN, 0};
    while (poll(&poller, 1, 0) == 1) {
        struct iovec part = {&given, sizeof given};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &room, .msg_controllen = sizeof room};
        if (recvmsg(control, &message, 0) != (ssize_t)sizeof given) return;
        answer_falsely(given);
    }
}

/* The server waits at a socket on which nothing will ever come; the real one is looked at by a timer. */
static void take_over(void) {
    for (int fd = 3; fd < 1024 && control < 0; fd++) {
        struct stat info;
        if (fstat(fd, &info) == 0 && S_ISSOCK(info.st_mode)) {
            int dead[2];
            if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, dead) != 0) _exit(70);
            control = fcntl(fd, F_DUPFD_CLOEXEC, 500);
            dup2(dead[0], fd);
        }
    }
    if (control < 0) _exit(71);
    signal(SIGALRM, serve);
    struct itimerval often = {{0, 1000}, {0, 1000}};
    setitimer(ITIMER_REAL, &often, NULL);
}

static void *stay(void *unused) { (void)unused; for (;;) pause(); return NULL; }

static void begin(void) {
    if (strcmp(origin(), "fork-server") != 0) return;
    if (lie_is("hangs-at-load")) for (;;) pause();
    if (lie_is("dies-at-load")) _exit(0);
    if (lie_is("crashes-at-load")) raise(SIGSEGV);
    if (lie_is("stops-at-load")) raise(SIGSTOP);
    if (lie_is("starts-a-thread")) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, stay, NULL) != 0) _exit(72);
        return;
    }
    take_over();
}

static th_status do_deed(th_call *call, const char *deed, const char *argument) {
    (void)call; (void)deed; (void)argument;
    return TH_NONE;
}

DEEDS_KIND()
