#define _GNU_SOURCE
#include "cposix_plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

int cposix_plugin_is_privileged(void) { return getauxval(AT_SECURE) != 0; }

const char *cposix_plugin_libc_version(void) { return gnu_get_libc_version(); }

typedef struct { unsigned long device_major, device_minor, inode; int found; } mapping;

// A line is "start-end perms offset major:minor inode path".
static void note_mapping(const char *line, uintptr_t address, mapping *into) {
    unsigned long start, end, device_major, device_minor, inode;
    if (sscanf(line, "%lx-%lx %*s %*s %lx:%lx %lu", &start, &end, &device_major, &device_minor, &inode) != 5)
        return;
    if (address < start || address >= end) return;
    into->device_major = device_major;
    into->device_minor = device_minor;
    into->inode = inode;
    into->found = 1;
}

static int find_mappings(uintptr_t first, mapping *a, uintptr_t second, mapping *b) {
    FILE *maps = fopen("/proc/self/maps", "re");
    if (!maps) return -1;
    char line[512];
    int at_start = 1;
    while (fgets(line, sizeof line, maps)) {
        if (at_start) {
            note_mapping(line, first, a);
            note_mapping(line, second, b);
        }
        at_start = strchr(line, '\n') != NULL;
    }
    int failed = ferror(maps) ? errno : 0;
    fclose(maps);
    if (!failed && !(a->found && b->found)) failed = ENOENT;
    errno = failed;
    return failed ? -1 : 0;
}

// The numbers in /proc/self/maps need not be those of fstat (overlayfs, btrfs), but two mappings of one file
// always show the same ones. So the file of `fd` is mapped as well and the two lines are compared.
int cposix_plugin_is_mapped_from(const void *address, int fd) {
    size_t length = (size_t)sysconf(_SC_PAGESIZE);
    void *probe = mmap(NULL, length, PROT_READ, MAP_PRIVATE, fd, 0);
    if (probe == MAP_FAILED) return -1;
    mapping theirs = {0}, ours = {0};
    int rc = find_mappings((uintptr_t)address, &theirs, (uintptr_t)probe, &ours);
    int saved = errno;
    munmap(probe, length);
    errno = saved;
    if (rc) return -1;
    return theirs.inode == ours.inode && theirs.device_major == ours.device_major
        && theirs.device_minor == ours.device_minor;
}
