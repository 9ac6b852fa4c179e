// Tokens of a jobserver, as GNU make passes them: bytes in a pipe. What is held is known to signal handlers, too.
#ifndef CPOSIX_JOBSERVER_H
#define CPOSIX_JOBSERVER_H

#include <sys/types.h>

#define CPX_MAX_TOKENS 4096

// Whether `fd` is a pipe that can be read (or written, if `for_writing`): 0, or an errno.
int cpx_check_pipe(int fd, int for_writing);
// Another description of the pipe `fd` for reading, which never waits and changes nothing for its other readers. -1 = errno.
int cpx_reopen_for_reading(int fd);
int cpx_open_fifo(const char *_Nonnull path);
int cpx_make_fifo(const char *_Nonnull path);
int cpx_bytes_in(int fd);  // that wait in a pipe; -1 = errno

void cpx_tokens_begin(int read_fd, int write_fd);
int cpx_token_take(void);         // 1 taken, 0 none there now, -1 with errno
int cpx_tokens_held(void);
int cpx_token_give_back(void);    // the byte that was read; 0, or -1 with errno
void cpx_tokens_give_back(void);  // all of them; also from a signal handler
int cpx_token_make(int write_fd); // a new one; 0, or -1

#endif
