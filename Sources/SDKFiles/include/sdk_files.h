// The files of the SDK and the templates of new kinds, as they were when this was compiled.
#ifndef SDK_FILES_H
#define SDK_FILES_H

#include <stddef.h>

typedef struct sdk_file {
  const char *path;  // from the folder SDK
  const unsigned char *bytes;
  size_t count;
} sdk_file;

// Sorted by their paths.
const sdk_file *sdk_files(size_t *count);

#endif
