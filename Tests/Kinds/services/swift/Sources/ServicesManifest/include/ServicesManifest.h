#ifndef SERVICES_MANIFEST_H
#define SERVICES_MANIFEST_H

/* The JSON of the manifest. */
const char *services_manifest(void);

#endif
