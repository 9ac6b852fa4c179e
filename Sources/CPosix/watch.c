#define _GNU_SOURCE
#include "cposix_watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

int cpx_watch_open(void) { return inotify_init1(IN_CLOEXEC | IN_NONBLOCK); }

int cpx_watch_directory(int watch, const char *directory) {
    // Not each write: a file is read when it is whole.
    return inotify_add_watch(watch, directory,
                             IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ONLYDIR) < 0 ? -1 : 0;
}

int cpx_watch_wait(int watch, int milliseconds) {
    struct pollfd ready = {.fd = watch, .events = POLLIN};
    int count = poll(&ready, 1, milliseconds);
    if (count <= 0) return count < 0 && errno == EINTR ? 0 : count;
    // What has changed is looked up, so an overflow of the queue loses nothing.
    char events[4096] __attribute__((aligned(8)));
    while (read(watch, events, sizeof events) > 0) {}
    return 1;
}

int cpx_run_in(const char *directory, char *const *argv, char *const *envp) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error) return errno = error, -1;
    error = posix_spawnattr_init(&attributes);
    if (error) {
        posix_spawn_file_actions_destroy(&actions);
        return errno = error, -1;
    }
    sigset_t all;
    sigfillset(&all);
    pid_t pid = -1;
    error = posix_spawn_file_actions_addchdir_np(&actions, directory);
    if (!error) error = posix_spawnattr_setsigdefault(&attributes, &all);
    if (!error) error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    if (!error) error = posix_spawnp(&pid, argv[0], &actions, &attributes, argv, envp);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error) return errno = error, -1;
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) return -1;
    }
    return status;
}
