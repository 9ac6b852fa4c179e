#define _GNU_SOURCE
#include "foreign_memory.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

int fm_region_make(fm_region *region, size_t capacity, int is_input) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  size_t size = (capacity + page - 1) / page * page;
  if (size == 0) size = page;
  // The address space of both, so that nothing else comes to lie behind it.
  uint8_t *seen = mmap(NULL, size + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (seen == MAP_FAILED) return errno;
  uint8_t *write = seen;
  if (is_input) {
    // Two views of the same pages: no call changes what may be done with memory.
    write = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (write == MAP_FAILED || mremap(write, 0, size, MREMAP_MAYMOVE | MREMAP_FIXED, seen) == MAP_FAILED ||
        mprotect(seen, size, PROT_READ) != 0) {
      int code = errno;
      if (write != MAP_FAILED) munmap(write, size);
      munmap(seen, size + page);
      return code;
    }
  } else if (mprotect(seen, size, PROT_READ | PROT_WRITE) != 0) {
    int code = errno;
    munmap(seen, size + page);
    return code;
  }
  region->write = write;
  region->seen = seen;
  region->capacity = size;
  region->is_input = is_input != 0;
  return 0;
}

void fm_region_free(fm_region *region) {
  if (!region->seen) return;
  if (region->write != region->seen) munmap(region->write, region->capacity);
  munmap(region->seen, region->capacity + (size_t)sysconf(_SC_PAGESIZE));
  region->write = region->seen = NULL;
  region->capacity = 0;
}

size_t fm_peek(void *to, uintptr_t from, size_t count) {
  size_t done = 0;
  while (done < count) {
    // To the end of a page: a read of several fails as a whole.
    size_t rest = 4096 - (from + done) % 4096;
    if (rest > count - done) rest = count - done;
    struct iovec local = {(uint8_t *)to + done, rest}, remote = {(void *)(from + done), rest};
    ssize_t got = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
    if (got <= 0) break;
    done += (size_t)got;
  }
  return done;
}
