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

typedef struct {
    uintptr_t address;
    unsigned long device_major, device_minor, inode;
    int found;
} mapping;

// A line is "start-end perms offset major:minor inode path".
static void note_mapping(const char *line, mapping *wanted, size_t count) {
    unsigned long start, end, device_major, device_minor, inode;
    if (sscanf(line, "%lx-%lx %*s %*s %lx:%lx %lu", &start, &end, &device_major, &device_minor, &inode) != 5)
        return;
    for (size_t i = 0; i < count; i++) {
        if (wanted[i].address < start || wanted[i].address >= end) continue;
        wanted[i].device_major = device_major;
        wanted[i].device_minor = device_minor;
        wanted[i].inode = inode;
        wanted[i].found = 1;
    }
}

static int find_mappings(mapping *wanted, size_t count) {
    FILE *maps = fopen("/proc/self/maps", "re");
    if (!maps) return -1;
    char line[512];
    int at_start = 1;
    while (fgets(line, sizeof line, maps)) {
        if (at_start) note_mapping(line, wanted, count);
        at_start = strchr(line, '\n') != NULL;    // a long path comes in pieces
    }
    int failed = ferror(maps) ? EIO : 0;
    fclose(maps);
    for (size_t i = 0; i < count; i++)
        if (!failed && !wanted[i].found) failed = ENOENT;
    errno = failed;
    return failed ? -1 : 0;
}

// The numbers in /proc/self/maps need not be those of fstat (overlayfs, btrfs), but two mappings of one file
// always show the same ones. So the file of `fd` is mapped as well and the two lines are compared.
int cposix_plugin_is_mapped_from(const void *address, int fd) {
    size_t length = (size_t)sysconf(_SC_PAGESIZE);
    void *probe = mmap(NULL, length, PROT_READ, MAP_PRIVATE, fd, 0);
    if (probe == MAP_FAILED) return -1;
    mapping pair[2] = {{.address = (uintptr_t)address}, {.address = (uintptr_t)probe}};
    int rc = find_mappings(pair, 2);
    int saved = errno;
    munmap(probe, length);
    errno = saved;
    if (rc) return -1;
    return pair[0].inode == pair[1].inode && pair[0].device_major == pair[1].device_major
        && pair[0].device_minor == pair[1].device_minor;
}
