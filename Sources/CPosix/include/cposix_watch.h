// Waits for files to change, and runs programs for people.
#ifndef CPOSIX_WATCH_H
#define CPOSIX_WATCH_H

#include <stdbool.h>
#include <sys/types.h>

// A descriptor that tells of changes; -1 and errno.
int cpx_watch_open(void);

// From now on files that are written, moved, made or deleted in `directory` are told. Once more is no mistake. -1 and errno.
int cpx_watch_directory(int watch, const char *_Nonnull directory);

// Waits for `milliseconds`, for ever if that is -1, and forgets all that was told. 1 when there was something, 0 when not, 2 when the
// descriptor `other` can be read, -1 and errno.
int cpx_watch_wait(int watch, int milliseconds, int other);

// Starts a program, which is looked for in PATH, in `directory`, with the streams and the process group of this one and default signals,
// none of them held. Its number, or -1 and errno.
pid_t cpx_start_in(const char *_Nonnull directory, char *_Nullable const *_Nonnull argv, char *_Nullable const *_Nonnull envp);

// A descriptor that tells of SIGINT, SIGTERM and SIGHUP while they are held, but for those that are ignored; -1 and errno.
int cpx_endings_open(void);
// Whether they wait for somebody to take them, or do what they do.
void cpx_endings_hold(bool held);
// The next one; 0 when there is none. `for_all`: a terminal has sent it to all of its group.
int cpx_endings_take(int endings, bool *_Nonnull for_all);

#endif
