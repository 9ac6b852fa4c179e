#include "cposix.h"

#include <string.h>

static char *area;
static size_t capacity, used;

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

void cpx_title_set(const void *head, size_t head_size, const void *tail, size_t tail_size) {
  if (capacity == 0) return;
  size_t end = put(0, head, head_size);
  if (tail) end = put(end, tail, tail_size);
  if (end < used) memset(area + end, 0, used - end);
  used = end;
}
