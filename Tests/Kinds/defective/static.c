/* Mistakes that can be seen without running anything; -DDEFECT_... says which one. */
#include "sound.h"

#ifdef DEFECT_UNKNOWN_FLAG_WORD
#define KIND_FLAGS TH_KIND_FORK_SAFE | TH_KIND_IDEMPOTENT
#define MANIFEST_FLAGS "[\"fork_safe\",\"idempotent\",\"deterministc\"]"
#endif
#ifdef DEFECT_NO_MANIFEST
#define NO_MANIFEST
#endif
#ifdef DEFECT_OTHER_ABI
#define MANIFEST                                                                                               \
    "{\"schema\":1,\"id\":\"org.example.defective\",\"name\":\"defective\",\"version\":\"1.0.0\","             \
    "\"abi\":{\"major\":9,\"needs_minor\":0},\"wire\":\"defective/1\"}"
#endif
#ifdef DEFECT_NO_ENTRY
#define NO_ENTRY
#endif
#ifdef DEFECT_MORE_EXPORTS
__attribute__((visibility("default"))) int helper(void) { return 1; }
#endif
#ifdef DEFECT_TEXT_RELOCATIONS
__asm__(".pushsection .text\n.balign 8\n.quad strlen\n.popsection");
#endif
#ifdef DEFECT_STATIC_TLS
static _Thread_local __attribute__((tls_model("initial-exec"))) int counter;
static int *where(void) { return &counter; }
int *(*volatile keep)(void) = where;
#endif
#ifdef DEFECT_MANY_INITIALIZERS
static volatile int made;
#define ONE(n) __attribute__((constructor)) static void make_##n(void) { made++; }
#define FOUR(n) ONE(n##0) ONE(n##1) ONE(n##2) ONE(n##3)
FOUR(a) FOUR(b) FOUR(c) FOUR(d)
#endif
#ifdef DEFECT_DESTRUCTOR
static volatile int undone;
__attribute__((destructor)) static void undo(void) { undone++; }
#endif

#include "table.h"

#ifdef DEFECT_NO_ENTRY
const th_kind *another_name(void) { return &table; }
#endif
