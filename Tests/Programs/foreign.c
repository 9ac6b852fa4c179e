// A library whose functions go wrong in all the ways that functions do.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct inner { float a; int8_t b; } inner;
typedef struct outer { inner one; double two; int16_t three; } outer;

int boom(int x) { return *(volatile int *)(intptr_t)(8 * x); }
int maybe(int x) { return x == 13 ? boom(1) : x + 1; }
void overrun(char *buffer, size_t length) { ((volatile char *)buffer)[length] = 1; }
void scribble(const char *buffer) { ((volatile char *)(uintptr_t)buffer)[0] = 1; }
int hang(int x) { for (;;) pause(); return x; }
void leave(int code) { exit(code); }

void damage(void) {
  char *volatile block = malloc(24);
  free(block);
  char *volatile again = block;
  free(again);
}

char *wild(size_t address) { return (char *)address; }
char *nothing(void) { return NULL; }
int wide(int x) { return x; }
int count(void) { static int calls; return ++calls; }
size_t length_lie(char *buffer, size_t *length) { memset(buffer, 'x', *length); return *length += 1; }

outer mirror(outer value) {
  outer result = {{-value.one.a, (int8_t)-value.one.b}, -value.two, (int16_t)-value.three};
  return result;
}

outer *kept(outer value) { static outer last; last = value; return &last; }
double sum(const double *values, size_t count) { double all = 0; while (count > 0) all += values[--count]; return all; }

double total(size_t count, const double *values) { return sum(values, count); }
int room(uint32_t *length, char *buffer) { memset(buffer, 'y', *length - 1); return (int)(*length -= 1); }

static int released;
char *lent(const char *text) { return strdup(text); }
void give_back(char *text) { released++; free(text); }
int how_many(void) { return released; }

int data_symbol = 1;

// Under another name, and another address until it is asked for.
static int (*pick(void))(const char *) { return system; }
int innocent(const char *command) __attribute__((ifunc("pick")));

// What reaches beyond the process.
int runs(void) { return (int)fork(); }
int executes(void) { char *none[] = {NULL}; return execve("/bin/true", none, none); }
int kills(int pid) { return kill(pid, 0); }
int opens(int family) { return socket(family, SOCK_DGRAM, 0); }
int prints(const char *command) { FILE *stream = popen(command, "r"); return stream ? pclose(stream) : -errno; }
static void *nothing_to_do(void *unused) { return unused; }
int threads(void) {
  pthread_t one;
  int code = pthread_create(&one, NULL, nothing_to_do, NULL);
  return code ? code : pthread_join(one, NULL);
}
long limit(int resource) { struct rlimit now; return getrlimit((__rlimit_resource_t)resource, &now) == 0 ? (long)now.rlim_cur : -1; }
/* Looks at a limit of this process, or of the one above it. */
int reaches(int own) {
    struct rlimit limit;
    return prlimit(own ? 0 : getppid(), RLIMIT_NOFILE, 0, &limit);
}
int privileges(void) { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); }
int spins(void) { for (volatile unsigned long i = 0;; i++) {} }
