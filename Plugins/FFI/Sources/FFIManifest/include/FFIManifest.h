/* The manifest has no interface: it is an ELF note, found in the plugin's file without running it. */
#ifndef FFI_MANIFEST_H
#define FFI_MANIFEST_H

/* Calling it makes the linker take this object, and the note with it, into the library. */
void ffi_manifest_keep(void);

#endif
