#define _GNU_SOURCE
#include "cposix.h"
#include "hot.h"

#include <string.h>

struct cpx_hot cpx_hot;

void cpx_title_take(int argc, char **argv) {
  if (argc < 3) return;
  cpx_hot.title = argv[2];
  char *end = cpx_hot.title;
  // Only what lies without a gap is ours.
  for (int i = 2; i < argc && argv[i] == end; i++) end += strlen(end) + 1;
  cpx_hot.used = cpx_hot.capacity = (size_t)(end - cpx_hot.title);
}

void cpx_title_kind(const char *kind) {
  size_t size = strnlen(kind, sizeof cpx_hot.kind - 1);
  memcpy(cpx_hot.kind, kind, size);
  cpx_hot.kind[size] = 0;
}

CPX_OF_WORKERS static size_t put_byte(size_t at, unsigned char byte) {
  if (at + 1 >= cpx_hot.capacity) return at;
  cpx_hot.title[at] = byte < 0x20 || byte == 0x7F ? '?' : (char)byte;
  return at + 1;
}

CPX_OF_WORKERS static size_t put(size_t at, const char *text, size_t size) {
  for (size_t i = 0; i < size; i++) at = put_byte(at, (unsigned char)text[i]);
  return at;
}

// What is behind the new end is of an older, longer title.
CPX_OF_WORKERS static void end_at(size_t end) {
  // Not by memset, which the compiler would make of it: a part of the C library that nothing else in a short life runs.
  for (size_t at = end; at < cpx_hot.used; at++) ((volatile char *)cpx_hot.title)[at] = 0;
  cpx_hot.used = end;
}

CPX_OF_WORKERS void cpx_title_worker(uint64_t number) {
  if (cpx_hot.capacity == 0) return;
  char digits[20];
  size_t first = sizeof digits;
  do digits[--first] = (char)('0' + number % 10);
  while (number /= 10);
  size_t end = 0;
  for (const char *next = cpx_hot.kind; *next; next++) end = put_byte(end, (unsigned char)*next);
  end = put(end, " #", 2);
  cpx_hot.idle = put(end, digits + first, sizeof digits - first);
  end_at(cpx_hot.idle);
}

CPX_OF_WORKERS void cpx_title_detail(const void *text, size_t size) {
  if (cpx_hot.capacity == 0) return;
  size_t end = cpx_hot.idle;
  if (text) end = put(put(end, ": ", 2), text, size);
  end_at(end);
}
