#include "ProofManifest.h"
#include <taskhost.h>

TH_MANIFEST(
    "{\"schema\":1,\"id\":\"org.taskhost.proof\",\"name\":\"proof\",\"version\":\"1.0.0\","
    "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"proof/1\","
    "\"flags\":[\"stateless\",\"fork_safe\",\"idempotent\",\"polls_cancel\",\"splits\"],"
    "\"summary\":\"Checks every proof of Metamath databases\","
    "\"sdk\":\"taskhost-swift 1.0\","
    "\"needs\":{\"network\":false,\"filesystem\":\"read\",\"spawn\":false,\"threads\":false},"
    "\"config\":["
    "{\"key\":\"max_symbols\",\"type\":\"int\",\"default\":16777216,\"min\":1000,\"max\":4000000000,"
    "\"help\":\"most symbols that the substitutions of one proof may write\"},"
    "{\"key\":\"width\",\"type\":\"int\",\"default\":200,\"min\":20,\"max\":65536,"
    "\"help\":\"most characters shown of an expression\"},"
    "{\"key\":\"batch_bytes\",\"type\":\"int\",\"default\":131072,\"min\":1,\"max\":1073741824,"
    "\"help\":\"bytes of proof text in one task\"}]}");

void proof_manifest_keep(void) { (void)th_manifest_note; }
