#define _GNU_SOURCE
#include "cposix.h"

#include <string.h>

// Together: a process that was just forked has a copy of each page that it writes to made for it.
static struct {
  char *area;
  size_t capacity, used, idle;
  char kind[64];
} title;

void cpx_title_take(int argc, char **argv) {
  if (argc < 3) return;
  title.area = argv[2];
  char *end = title.area;
  // Only what lies without a gap is ours.
  for (int i = 2; i < argc && argv[i] == end; i++) end += strlen(end) + 1;
  title.used = title.capacity = (size_t)(end - title.area);
}

void cpx_title_kind(const char *kind) {
  size_t size = strnlen(kind, sizeof title.kind - 1);
  memcpy(title.kind, kind, size);
  title.kind[size] = 0;
}

static size_t put_byte(size_t at, unsigned char byte) {
  if (at + 1 >= title.capacity) return at;
  title.area[at] = byte < 0x20 || byte == 0x7F ? '?' : (char)byte;
  return at + 1;
}

static size_t put(size_t at, const char *text, size_t size) {
  for (size_t i = 0; i < size; i++) at = put_byte(at, (unsigned char)text[i]);
  return at;
}

// What is behind the new end is of an older, longer title.
static void end_at(size_t end) {
  for (size_t at = end; at < title.used; at++) title.area[at] = 0;
  title.used = end;
}

void cpx_title_worker(uint64_t number) {
  if (title.capacity == 0) return;
  char digits[20];
  size_t first = sizeof digits;
  do digits[--first] = (char)('0' + number % 10);
  while (number /= 10);
  size_t end = 0;
  for (const char *next = title.kind; *next; next++) end = put_byte(end, (unsigned char)*next);
  end = put(end, " #", 2);
  title.idle = put(end, digits + first, sizeof digits - first);
  end_at(title.idle);
}

void cpx_title_detail(const void *text, size_t size) {
  if (title.capacity == 0) return;
  size_t end = title.idle;
  if (text) end = put(put(end, ": ", 2), text, size);
  end_at(end);
}
