#ifndef LEDGER_MANIFEST_H
#define LEDGER_MANIFEST_H

/* Calling it keeps the manifest in the library. */
void ledger_manifest_keep(void);

#endif
