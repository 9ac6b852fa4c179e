#include "FFIManifest.h"
#include <taskhost.h>

TH_MANIFEST(
    "{\"schema\":1,\"id\":\"org.taskhost.ffi\",\"name\":\"ffi\",\"version\":\"1.0.0\","
    "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"ffi/1\","
    "\"flags\":[\"fork_safe\",\"splits\"],"
    "\"summary\":\"Calls C functions of installed libraries by their signatures\","
    "\"sdk\":\"taskhost-swift 1.0\","
    "\"config\":["
    "{\"key\":\"signatures\",\"type\":\"path\",\"help\":\"the file that says which functions there are; needed\"},"
    "{\"key\":\"allow\",\"type\":\"path\","
    "\"help\":\"a list of files, digests and symbols that may be called, or any; needed\"},"
    "{\"key\":\"reuse\",\"type\":\"bool\",\"default\":false,"
    "\"help\":\"keep workers after calls that are not pure (yes or no)\"},"
    "{\"key\":\"batch\",\"type\":\"int\",\"default\":1,\"min\":1,\"max\":10000,"
    "\"help\":\"how many pure calls that follow each other make one task\"}]}");

void ffi_manifest_keep(void) { (void)th_manifest_note; }
