/* Takes its own file away, or writes where its process reports. -DDELETES: as soon as it is loaded; -DSPOILS: while it performs, and
 * then it ends the process, which has -DCODE or 0. */
#include <taskhost.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.selfish\",\"name\":\"selfish\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"selfish/1\",\"examples\":[\"a\"]}");

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    (void)self; (void)call;
#ifdef SPOILS
    for (int fd = 3; fd < 1024; fd++)
        if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY && write(fd, "\033[31mnonsense", 13) != 13) break;
    _exit(0);
#endif
    return th_write(response, request.ptr, request.len);
}

static const th_kind kind = {.size = sizeof kind, .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR,
                             .id = "org.example.selfish", .name = "selfish", .version = "1.0.0", .wire = "selfish/1",
                             .perform = perform};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host; (void)call;
#ifdef DELETES
    Dl_info own;
    if (dladdr((void *)(size_t)&taskhost_plugin_v1, &own)) unlink(own.dli_fname);
#endif
    return &kind;
}
