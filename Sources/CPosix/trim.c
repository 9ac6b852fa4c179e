#define _GNU_SOURCE
#include "cposix.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

// A fork copies the entry of each page in each mapping of which one page was ever written to, and the end of the process takes
// them apart again. Most of these pages of the executable, and of a plugin that carries a runtime with it, are never touched by
// a worker.

typedef struct {
  uintptr_t start, end;
} range;

static uintptr_t page;
// Of this process: what was mapped where. -1 where the kernel does not tell.
static int map;

// Of a few pages it is not worth it.
static bool is_large(range pages) { return pages.end > pages.start && pages.end - pages.start >= 16 * page; }

// What was written when the executable was loaded, and can not be written any more, comes from a file of its own: a mapping of a
// file to which nothing was written is not copied.
static void put_into_file(range pages) {
  size_t size = pages.end - pages.start;
  struct rlimit limit;
  // To write more than a file may have would end this process.
  if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur < size) return;
  int fd = memfd_create("taskhost-relocated", MFD_CLOEXEC);
  if (fd < 0) return;
  bool is_written = true;
  for (size_t done = 0; is_written && done < size;) {
    ssize_t count = write(fd, (const char *)pages.start + done, size - done);
    if (count > 0) done += (size_t)count;
    else is_written = count < 0 && errno == EINTR;
  }
  if (is_written) mmap((void *)pages.start, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0);
  close(fd);
}

// Pages of the object's file that were only read: they are found again when they are read again.
static void forget_what_was_read(range pages) {
  enum { batch = 512 };
  uint64_t entries[batch];
  const uint64_t of_file = UINT64_C(1) << 61, present = UINT64_C(1) << 63;
  for (uintptr_t at = pages.start; at < pages.end; at += batch * page) {
    size_t wanted = (pages.end - at) / page < batch ? (pages.end - at) / page : batch;
    ssize_t got = pread(map, entries, wanted * sizeof *entries, (off_t)(at / page * sizeof *entries));
    if (got < 0) return;
    size_t count = (size_t)got / sizeof *entries;
    for (size_t first = 0, next; first < count; first = next + 1) {
      for (next = first; next < count && entries[next] & of_file && entries[next] & present;) next++;
      if (next > first) madvise((void *)(at + first * page), (next - first) * page, MADV_DONTNEED);
    }
    if (count < wanted) return;
  }
}

static int trim_object(struct dl_phdr_info *info, size_t size, void *data) {
  (void)size, (void)data;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &info->dlpi_phdr[i];
    uintptr_t start = info->dlpi_addr + part->p_vaddr;
    range pages = {start & ~(page - 1), (start + part->p_filesz) & ~(page - 1)};
    if (part->p_type == PT_LOAD && part->p_flags & PF_W && map >= 0 && is_large(pages)) forget_what_was_read(pages);
    // As the loader has rounded it when it made these pages unwritable.
    pages.end = (start + part->p_memsz) & ~(page - 1);
    if (part->p_type == PT_GNU_RELRO && is_large(pages)) put_into_file(pages);
  }
  return 0;
}

void cpx_trim_for_forks(void) {
  page = (uintptr_t)sysconf(_SC_PAGESIZE);
  map = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  dl_iterate_phdr(trim_object, NULL);
  if (map >= 0) close(map);
}
