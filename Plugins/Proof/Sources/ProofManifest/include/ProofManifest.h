/* The manifest has no interface: it is an ELF note, found in the plugin's file without running it. */
#ifndef PROOF_MANIFEST_H
#define PROOF_MANIFEST_H

/* Calling it makes the linker take this object, and the note with it, into the library. */
void proof_manifest_keep(void);

#endif
