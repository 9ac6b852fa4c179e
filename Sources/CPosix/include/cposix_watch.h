// Waits for files to change, and runs programs for people.
#ifndef CPOSIX_WATCH_H
#define CPOSIX_WATCH_H

// A descriptor that tells of changes; -1 and errno.
int cpx_watch_open(void);

// From now on files that are written, moved, made or deleted in `directory` are told. Once more is no mistake. -1 and errno.
int cpx_watch_directory(int watch, const char *_Nonnull directory);

// Waits for `milliseconds`, for ever if that is -1, and forgets all that was told. 1 when there was something, 0 when not, -1 and errno.
int cpx_watch_wait(int watch, int milliseconds);

// Runs a program, which is looked for in PATH, in `directory`, with the streams and the process group of this one and default signals,
// and waits for its end. What `waitpid` says, or -1 and errno.
int cpx_run_in(const char *_Nonnull directory, char *_Nullable const *_Nonnull argv, char *_Nullable const *_Nonnull envp);

#endif
