#ifndef MANIFEST_H
#define MANIFEST_H

/* The manifest in this library. */
const char *_Nonnull kind_manifest(void);

#endif
