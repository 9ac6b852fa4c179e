// Lets an exception out of a hook that must not.
#include <taskhost.h>

#include <stdexcept>

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.throws\",\"name\":\"throws\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"throws/1\"}");

// Out of sight of the compiler, which would warn.
__attribute__((noinline)) static void fail() { throw std::runtime_error("thrown by perform"); }

static th_status perform(th_worker *, th_call *, th_bytes request, th_out *response) noexcept {
    if (request.len == 5) fail();
    return th_write(response, request.ptr, request.len);
}

extern "C" const th_kind *taskhost_plugin_v1(const th_host *, th_call *) noexcept {
    static th_kind table;
    table.size = sizeof table;
    table.abi_major = TH_ABI_MAJOR;
    table.abi_minor = TH_ABI_MINOR;
    table.id = "org.example.throws";
    table.name = "throws";
    table.version = "1.0.0";
    table.wire = "throws/1";
    table.perform = perform;
    return &table;
}
