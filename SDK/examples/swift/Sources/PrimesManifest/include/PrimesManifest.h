#ifndef PRIMES_MANIFEST_H
#define PRIMES_MANIFEST_H

/* The manifest in this library; the description of the kind is read from it. */
const char *_Nonnull primes_manifest(void);

#endif
