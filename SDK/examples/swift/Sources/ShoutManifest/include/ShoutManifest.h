#ifndef SHOUT_MANIFEST_H
#define SHOUT_MANIFEST_H

/* The manifest in this library; the description of the kind is read from it. */
const char *_Nonnull shout_manifest(void);

#endif
