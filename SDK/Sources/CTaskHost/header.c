// The ABI is its header; this compiles it once, so that C targets of other packages get its path as well.
#include <taskhost_ext.h>
