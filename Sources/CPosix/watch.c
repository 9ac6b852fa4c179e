#define _GNU_SOURCE
#include "cposix_watch.h"
#include "cposix.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

int cpx_watch_open(void) { return inotify_init1(IN_CLOEXEC | IN_NONBLOCK); }

int cpx_watch_directory(int watch, const char *directory) {
    // Not each write: a file is read when it is whole.
    return inotify_add_watch(watch, directory,
                             IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ONLYDIR) < 0 ? -1 : 0;
}

int cpx_watch_wait(int watch, int milliseconds, int other) {
    struct pollfd ready[] = {{.fd = watch, .events = POLLIN}, {.fd = other, .events = POLLIN}};
    int count = poll(ready, 2, milliseconds);
    if (count <= 0) return count < 0 && errno == EINTR ? 0 : count;
    if (ready[1].revents) return 2;
    // What has changed is looked up, so an overflow of the queue loses nothing.
    char events[4096] __attribute__((aligned(8)));
    while (read(watch, events, sizeof events) > 0) {}
    return 1;
}

static void endings(sigset_t *set) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    sigemptyset(set);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction action;
        if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN) sigaddset(set, numbers[i]);
    }
}

int cpx_endings_open(void) {
    sigset_t set;
    endings(&set);
    return cpx_move_up(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

void cpx_endings_hold(bool held) {
    sigset_t set;
    endings(&set);
    sigprocmask(held ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

int cpx_endings_take(int fd, bool *for_all) {
    struct signalfd_siginfo info;
    if (read(fd, &info, sizeof info) != sizeof info) return 0;
    *for_all = info.ssi_code == SI_KERNEL;
    return (int)info.ssi_signo;
}

pid_t cpx_start_in(const char *directory, char *const *argv, char *const *envp) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error) return errno = error, -1;
    error = posix_spawnattr_init(&attributes);
    if (error) {
        posix_spawn_file_actions_destroy(&actions);
        return errno = error, -1;
    }
    sigset_t all, held, mask;
    sigfillset(&all);
    endings(&held);
    sigprocmask(SIG_BLOCK, NULL, &mask);
    for (int number = 1; number < NSIG; number++)
        if (sigismember(&held, number) == 1) sigdelset(&mask, number);
    pid_t pid = -1;
    error = posix_spawn_file_actions_addchdir_np(&actions, directory);
    if (!error) error = posix_spawnattr_setsigdefault(&attributes, &all);
    if (!error) error = posix_spawnattr_setsigmask(&attributes, &mask);
    if (!error) error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    if (!error) error = posix_spawnp(&pid, argv[0], &actions, &attributes, argv, envp);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error) return errno = error, -1;
    return pid;
}
