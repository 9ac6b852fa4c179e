// Processes that are in a control group from their first moment on.
#pragma once

#include <sys/types.h>

#pragma clang assume_nonnull begin

// As cpx_spawn, in the group whose `cgroup.procs` is open for writing at `members`. 0, an errno, or the errno of entering the group
// less than 0.
int cpx_spawn_into(int members, const char *path, char *_Nullable const *_Nonnull argv,
                   char *_Nullable const *_Nonnull envp, const int *fds, int count, pid_t *pid);

// As cpx_fork_sibling, in the group with this directory, which the new process closes. It calls nothing else before it is there.
pid_t cpx_fork_sibling_into(int group);

// The file `cgroup.kill` of all workers, for cpx_kill_groups; -1: there is none.
void cpx_group_kill_file(int fd);

#pragma clang assume_nonnull end
