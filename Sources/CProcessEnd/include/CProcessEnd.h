// The end of a process in which code of others runs: that code must not be what ends it.
#ifndef CPROCESSEND_H
#define CPROCESSEND_H

// From here on whatever calls exit, quick_exit, _exit or _Exit in this process writes `message` to standard error and ends it with
// `code`. Processes that are forked end as they like. Not for an end by a system call of one's own, or by a signal.
void cpe_guard(const char *_Nonnull message, int code);
// To be called before the process ends in its own way.
void cpe_release(void);

#endif
