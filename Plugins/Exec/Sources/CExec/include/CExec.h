/* System calls of the kind `exec` that Swift can not make. */
#ifndef CEXEC_H
#define CEXEC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Calling it makes the linker take the object with the manifest into the library. */
void exec_manifest_keep(void);

/* What a command is started with. */
typedef struct exec_command {
  const char *path;          /* absolute, or relative to `directory` */
  char *const *words;        /* ends with NULL */
  const char *directory;     /* NULL: that of this process */
  int output, errors;        /* its standard output and standard error; both close-on-exec */
} exec_command;

/* Looks at how this process takes signals, so that commands need not inherit it, and sees to an empty standard input: once, before
 * the first exec_start. 0, or errno. */
int exec_prepare(void);

/* Starts a command without copying this process: its memory is borrowed until the new program has begun. Standard input is
 * empty. The command is killed when the calling thread ends before it. 0, or the errno of what failed. */
int exec_start(const exec_command *command, pid_t *pid);

/* A descriptor, close-on-exec, that is readable once the child has ended; -1 and errno. */
int exec_pidfd(pid_t pid);

/* Both ends close-on-exec. */
int exec_pipe(int ends[2]);

/* A file without a name in the directory for such, close-on-exec; -1 where there can be none, or where its size would be limited. */
int exec_unnamed_file(void);

/* Bytes that can be read without waiting. */
int exec_readable(int descriptor);

typedef struct exec_end {
  int32_t code;              /* the exit code, or -1 */
  int32_t signal;            /* the signal, or 0 */
  bool has_core;
  uint64_t user_ns, system_ns, peak_bytes;
} exec_end;

/* Waits for the end of a child. 0, or errno. */
int exec_wait(pid_t pid, exec_end *end);

/* Such as "KILL"; NULL for a number that has no name. */
const char *exec_signal_name(int number);

#endif
