#include "ShoutManifest.h"
#include <taskhost.h>

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.shout\",\"name\":\"shout\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"shout/1\","
            "\"flags\":[\"stateless\",\"idempotent\"],"
            "\"config\":[{\"key\":\"times\",\"type\":\"int\",\"default\":1,\"help\":\"how many marks\"}]}");

const char *shout_manifest(void) { return th_manifest_note.desc; }
