/* Loaded ahead of the C library: kills the process before its call number KILL_AT that makes something in a draft, whose name has
 * KILL_IN in it; or sends it the signal KILL_BY. */
#include <fcntl.h>
#include <stdio.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void count(const char *path) {
    static int calls;
    const char *at = getenv("KILL_AT");
    const char *in = getenv("KILL_IN"), *by = getenv("KILL_BY");
    if (at && strstr(path, in ? in : ".new-") && ++calls == atoi(at)) raise(by ? atoi(by) : SIGKILL);
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    count(path);
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...) __attribute__((alias("open")));
int mkdir(const char *path, mode_t mode) {
    count(path);
    return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}
int symlink(const char *target, const char *path) {
    count(path);
    return (int)syscall(SYS_symlinkat, target, AT_FDCWD, path);
}
int rename(const char *from, const char *to) {
    count(from);
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}
/* Of a file in the draft, whose directory is open. */
int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
    count(".new-");
    return (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
}
