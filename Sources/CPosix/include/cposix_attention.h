// What a person asks a running host for: SIGUSR1, and keys on a terminal.
#ifndef CPOSIX_ATTENTION_H
#define CPOSIX_ATTENTION_H

#include <stdbool.h>

// SIGUSR1 asks for a report from here on and is no end of the process, unless it was ignored. 0, or -1 with errno.
int cpx_status_install(void);
bool cpx_take_status_flag(void);

// Keys of the terminal `fd` come one by one and are not shown, until `close`. Only for a process of the foreground: else
// -1, and nothing is changed. The terminal is as it was however the process ends, except by SIGKILL.
int cpx_keys_open(int fd);
// One that can be read now; -1 = none, -2 = this process is not in the foreground, or the terminal is gone.
int cpx_keys_read(void);
void cpx_keys_close(void);  // also from a signal handler
bool cpx_is_foreground(int fd);
// The process was continued: the terminal may have been given back to it.
bool cpx_take_continued_flag(void);

#endif
