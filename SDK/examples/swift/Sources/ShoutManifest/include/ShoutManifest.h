#ifndef SHOUT_MANIFEST_H
#define SHOUT_MANIFEST_H

/* Calling it keeps the manifest in the library. */
void shout_manifest_keep(void);

#endif
