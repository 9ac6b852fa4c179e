/* A plugin that does not fit: -DMANIFEST_ABI is of another ABI as its manifest says, -DTABLE_ABI as its table says, -DNO_ENTRY has not the
 * function that hosts look for, -DOTHER_ID is of another id than its manifest says.  */
#include <taskhost.h>

#include <stdlib.h>

#ifdef MANIFEST_ABI
TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.misfit\",\"name\":\"misfit\",\"version\":\"1.0.0\",\"flags\":[],"
            "\"abi\":{\"major\":9,\"needs_minor\":0},\"wire\":\"misfit/1\"}");
#else
TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.misfit\",\"name\":\"misfit\",\"version\":\"1.0.0\",\"flags\":[],"
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"misfit/1\"}");
#endif

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    (void)self; (void)call;
    return th_write(response, request.ptr, request.len);
}

static const th_kind table = {
    .size = sizeof(th_kind), .abi_minor = TH_ABI_MINOR, .name = "misfit", .version = "1.0.0", .wire = "misfit/1",
#ifdef TABLE_ABI
    .abi_major = 9,
#else
    .abi_major = TH_ABI_MAJOR,
#endif
#ifdef OTHER_ID
    .id = "org.example.other",
#else
    .id = "org.example.misfit",
#endif
    .perform = perform,
};

#ifdef NO_ENTRY
const th_kind *another_name(void) { return &table; }
#else
const th_kind *taskhost_plugin_v1(const th_host *given, th_call *call) {
    (void)given; (void)call;
    return &table;
}
#endif
