#include "Manifest.h"
#include <taskhost.h>

/* ---- (1) What the kind is called. The description in Swift is read from here. The id is yours for ever; the wire is a name for
 * the form of requests and responses: change it with them. */
TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.@NAME@\",\"name\":\"@NAME@\",\"version\":\"0.1.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"@NAME@/1\",\"flags\":[\"stateless\",\"idempotent\"],"
            "\"summary\":\"finds lines that are too long\","
            "\"config\":[{\"key\":\"width\",\"type\":\"int\",\"default\":80,\"help\":\"characters that a line may have\"}]}");

const char *kind_manifest(void) { return th_manifest_note.desc; }
