#include "cposix.h"

#include <string.h>

static char *area;
static size_t capacity, used, idle;

void cpx_title_take(int argc, char **argv) {
  if (argc < 3) return;
  area = argv[2];
  char *end = area;
  // Only what lies without a gap is ours.
  for (int i = 2; i < argc && argv[i] == end; i++) end += strlen(end) + 1;
  used = capacity = (size_t)(end - area);
}

static size_t put(size_t at, const char *text, size_t size) {
  for (size_t i = 0; i < size && at + 1 < capacity; i++) {
    unsigned char byte = (unsigned char)text[i];
    area[at++] = byte < 0x20 || byte == 0x7F ? '?' : (char)byte;
  }
  return at;
}

// What is behind the new end is of an older, longer title.
static void end_at(size_t end) {
  if (end < used) memset(area + end, 0, used - end);
  used = end;
}

void cpx_title_worker(const char *kind, uint64_t number) {
  if (capacity == 0) return;
  char digits[20];
  size_t first = sizeof digits;
  do digits[--first] = (char)('0' + number % 10);
  while (number /= 10);
  size_t end = put(0, kind, strlen(kind));
  end = put(end, " #", 2);
  idle = put(end, digits + first, sizeof digits - first);
  end_at(idle);
}

void cpx_title_detail(const void *text, size_t size) {
  if (capacity == 0) return;
  size_t end = idle;
  if (text) end = put(put(end, ": ", 2), text, size);
  end_at(end);
}
