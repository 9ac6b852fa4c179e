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
    "\"help\":\"a list of files, digests and symbols that may be called, or any\"},"
    "{\"key\":\"allow-ffi\",\"type\":\"bool\",\"default\":false,"
    "\"help\":\"everything may be called, as with allow=any; this or a list is needed\"},"
    "{\"key\":\"reuse\",\"type\":\"bool\",\"default\":false,"
    "\"help\":\"keep workers after calls that are not pure (yes or no)\"},"
    "{\"key\":\"batch\",\"type\":\"string\",\"default\":\"auto\","
    "\"help\":\"how many pure calls that follow each other make one task, 1 to 10000\"},"
    "{\"key\":\"permit\",\"type\":\"string\",\"default\":\"\","
    "\"help\":\"what functions may do beyond their memory and files: spawn, network, all\"},"
    "{\"key\":\"address-space\",\"type\":\"int\",\"default\":0,\"min\":0,\"max\":1073741824,"
    "\"help\":\"address space of a worker in MiB; 0: no limit\"},"
    "{\"key\":\"cpu-seconds\",\"type\":\"int\",\"default\":0,\"min\":0,\"max\":1073741824,"
    "\"help\":\"processor time of a worker in seconds; 0: no limit\"}]}");

void ffi_manifest_keep(void) { (void)th_manifest_note; }
