/* What a worker needs to call a C function whose signature it has read: libffi, memory with guard pages, and a report of
 * the place of a crash. One call at a time, on the main thread. */
#ifndef FOREIGN_MEMORY_H
#define FOREIGN_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* ---- calls */
enum fm_code {
  FM_VOID, FM_I8, FM_I16, FM_I32, FM_I64, FM_U8, FM_U16, FM_U32, FM_U64, FM_F32, FM_F64, FM_POINTER
};
typedef struct fm_prepared fm_prepared;

/* A type of libffi. */
void *fm_type(int code);
/* A struct of libffi; it lives as long as the process. NULL without memory. */
void *fm_structure(void *const *members, size_t count);
/* Where libffi puts the members. 0 = done. */
int fm_layout(void *structure, size_t *offsets, size_t *size, size_t *alignment);
/* `fixed` = count for a function that is not variadic. NULL, and the answer of libffi in `status`. */
fm_prepared *fm_prepare(void *result, void *const *arguments, unsigned count, unsigned fixed, int *status);
void fm_unprepare(fm_prepared *prepared);
/* Calls; returns errno as the function has left it. `result` has 16 bytes or more. */
int fm_call(fm_prepared *prepared, void *function, void *result, void **values);

/* ---- memory */
typedef struct fm_region {
  uint8_t *write;  /* the view through which it is filled */
  uint8_t *seen;   /* the view that the function gets; the same one if it may write */
  size_t capacity; /* of either view, in whole pages; a guard page stands behind `seen` */
  uint32_t is_input, reserved;
} fm_region;
/* Room for `capacity` bytes; an input can not be written through `seen`. 0, or errno. */
int fm_region_make(fm_region *region, size_t capacity, int is_input);
void fm_region_free(fm_region *region);
/* Copies from an address that may be wild: how many bytes could be read. */
size_t fm_peek(void *to, uintptr_t from, size_t count);

/* ---- builtin callbacks */
void *fm_compare(int code, int descending);
void *fm_zero(void);

/* ---- crashes */
typedef struct fm_crash {
  uint32_t magic, signal;
  uint64_t serial;   /* of the task */
  uint64_t address;  /* that was touched */
  uint64_t offset;   /* of the instruction, from the symbol or, without one, from the start of the library */
  int32_t argument;  /* whose memory was touched; -1 = none */
  uint32_t deed;     /* 1 = beyond its end, 2 = an input was written */
  uint32_t line;
  uint32_t system_call; /* that was denied, with SIGSYS */
  char library[64], symbol[128];
} fm_crash;
/* In the host: a socket to which workers of this user send; its name is at most 32 bytes. -1 = none. */
int fm_inbox_open(uint8_t *name, size_t *length);
/* The next report; 0 = there is none. */
int fm_inbox_take(int inbox, fm_crash *crash);
/* In a worker, once: reports go there. The handlers are set even if it can not be reached. */
void fm_watch(const uint8_t *name, size_t length);
/* What is at work from now on: a crash is reported with it. regions[i] belongs to argument i. */
void fm_watch_begin(uint64_t serial, uint32_t line, const fm_region *regions, size_t count);
void fm_watch_end(void);

/* ---- containment */
enum fm_permit { FM_SPAWN = 1, FM_NETWORK = 2, FM_ALL = 4 };
typedef struct fm_limits {
  uint64_t open_files, address_space, cpu_seconds; /* 0 = as they are */
  unsigned permits;                                /* of enum fm_permit */
} fm_limits;
/* For this process, for good: lower limits, no new privileges, and no system calls that reach beyond it, unless they are permitted.
 * 0, or errno. */
int fm_contain(const fm_limits *limits);
/* Of a call that is denied; NULL for another one. */
const char *fm_system_call_name(unsigned number);
/* What would allow it; 0 = only FM_ALL. */
unsigned fm_system_call_permit(unsigned number);

/* The words of errno, such as ERANGE; NULL for an unknown number. */
const char *fm_errno_name(int number);
const char *fm_signal_name(int number);
/* A function of this process by its name; NULL if there is none. */
void *fm_own_function(const char *name);
void *fm_open(const char *path, const char **problem);
/* NULL, with the reason in `problem` where there is one. */
void *fm_find(void *library, const char *symbol, const char **problem);

#endif
