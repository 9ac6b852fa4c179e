// What PluginLoading needs and Glibc's module map does not offer.
#ifndef CPOSIX_PLUGIN_H
#define CPOSIX_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

/// Nonzero when the process runs with more rights than the user who started it (setuid, file capabilities).
int cposix_plugin_is_privileged(void);

/// The version of the running C library, such as "2.36".
const char *_Nonnull cposix_plugin_libc_version(void);

/// 1 when `address` lies in a mapping of the file open at `fd`, 0 when in another one, -1 and errno when that
/// cannot be told.
int cposix_plugin_is_mapped_from(const void *_Nonnull address, int fd);

#endif
