#include "PrimesManifest.h"
#include <taskhost.h>

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.primes\",\"name\":\"primes\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"primes/1\",\"flags\":[\"idempotent\",\"splits\"],"
            "\"summary\":\"counts the primes of ranges\",\"config\":["
            "{\"key\":\"size\",\"type\":\"int\",\"default\":250,\"help\":\"numbers that one task may have\"},"
            "{\"key\":\"fail\",\"type\":\"int\",\"default\":0,\"help\":\"a number at which a task fails\"},"
            "{\"key\":\"crash\",\"type\":\"int\",\"default\":0,\"help\":\"a number at which a worker dies\"}],\"examples\":[\"1-1000\"]}");

const char *primes_manifest(void) { return th_manifest_note.desc; }
