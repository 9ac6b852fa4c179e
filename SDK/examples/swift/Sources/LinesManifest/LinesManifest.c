#include "LinesManifest.h"
#include <taskhost.h>

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.lines\",\"name\":\"lines\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"lines/1\","
            "\"summary\":\"counts the lines of files\"}");

const char *lines_manifest(void) { return th_manifest_note.desc; }
