#ifndef LINES_MANIFEST_H
#define LINES_MANIFEST_H

/* The manifest in this library; the description of the kind is read from it. */
const char *_Nonnull lines_manifest(void);

#endif
