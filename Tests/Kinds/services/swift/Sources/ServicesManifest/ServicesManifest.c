#include "ServicesManifest.h"
#include <taskhost.h>

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.services\",\"name\":\"services\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"services/1\"}");

const char *services_manifest(void) { return th_manifest_note.desc; }
