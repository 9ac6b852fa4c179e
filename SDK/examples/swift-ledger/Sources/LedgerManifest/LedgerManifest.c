#include "LedgerManifest.h"
#include <taskhost.h>

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.ledger\",\"name\":\"ledger\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"ledger/1\","
            "\"summary\":\"keeps accounts\"}");

void ledger_manifest_keep(void) { (void)th_manifest_note; }
