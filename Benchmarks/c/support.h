/* What both C programs share: a clock, a failure, whole reads and writes, and the form of a message. */
#ifndef BENCH_SUPPORT_H
#define BENCH_SUPPORT_H
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline void die(const char *what) {
    fprintf(stderr, "error: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* 0 at the end of the file. */
static inline int read_all(int fd, uint8_t *to, size_t n) {
    while (n) {
        ssize_t r = read(fd, to, n);
        if (r < 0 && errno == EINTR) continue;
        if (r < 0) die("read");
        if (r == 0) return 0;
        to += r;
        n -= (size_t)r;
    }
    return 1;
}

static inline void write_all(int fd, const uint8_t *from, size_t n) {
    while (n) {
        ssize_t r = write(fd, from, n);
        if (r < 0 && errno == EINTR) continue;
        if (r < 0) die("write");
        from += r;
        n -= (size_t)r;
    }
}

static inline unsigned long number(const char *name, const char *text, unsigned long least) {
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno || *end || end == text || value < least) {
        fprintf(stderr, "error: %s is '%s'; expected a number of %lu or more\n", name, text, least);
        exit(2);
    }
    return value;
}

/* A message begins and ends with its number, and a response is the same bytes. */
static inline void stamp(uint8_t *message, size_t size, uint64_t n) {
    memcpy(message, &n, 8);
    memcpy(message + size - 8, &n, 8);
}

static inline void check(const uint8_t *message, size_t size, uint64_t n) {
    uint64_t head, tail;
    memcpy(&head, message, 8);
    memcpy(&tail, message + size - 8, 8);
    if (head != n || tail != n) {
        fprintf(stderr, "error: response %llu holds %llu and %llu\n", (unsigned long long)n,
                (unsigned long long)head, (unsigned long long)tail);
        exit(1);
    }
}

/* Seconds are from the first response to the last: no start of any process is in them. */
static inline void report(uint64_t count, uint64_t first, uint64_t last) {
    printf("{\"count\":%llu,\"seconds\":%.9f}\n", (unsigned long long)(count - 1),
           (double)(last - first) / 1e9);
}

static inline void reap(pid_t child) {
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) die("waitpid");
    if (!WIFEXITED(status) || WEXITSTATUS(status)) {
        fprintf(stderr, "error: a worker ended with status %d\n", status);
        exit(1);
    }
}
#endif
