/* Defects of hooks of a worker; -DDEFECT_... says which one. Without any it is the sound kind. */
#include "sound.h"

#ifdef DEFECT_WRITES_BEHIND_CAP
static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    (void)self; (void)call; (void)request;
    memcpy(response->base + response->len, "0123456789", 10);
    response->len += response->cap < 10 ? response->cap : 10;
    return TH_OK;
}
#define HOOK_PERFORM perform
#endif

#include "table.h"
