// A host below another one: it was started by what a worker of that one has started, and ends when that one is gone.
#ifndef CPOSIX_NESTING_H
#define CPOSIX_NESTING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

#define CPX_PROCESS_NAME_SIZE 128
// "PID:START:MACHINE" of a process: a number that another one gets later comes with another start. START is in ticks since the
// machine was started, MACHINE tells machines and PID namespaces apart. 0, or -1 where the kernel does not tell.
int cpx_process_name(pid_t pid, char *out, size_t size);
// A pidfd of the process that has this name. -1: nothing can be watched (it is no such name, or one of another machine),
// -2: it has ended.
int cpx_open_named_process(const char *name);
bool cpx_has_ended(int pidfd);

// The watchdog looks at this process as well, for as long as a hook holds up the reactor. -1 ends that.
void cpx_watch_host(int pidfd);
bool cpx_is_host_gone(void);  // safe in a handler
// All worker groups are killed, tokens and the terminal are given back, fd 2 gets a line, and the process exits with 107.
// Safe in a handler.
_Noreturn void cpx_end_without_host(void);

#pragma clang assume_nonnull end

#endif
