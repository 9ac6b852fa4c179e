/* taskhost.hpp - kinds in C++17, on top of taskhost.h and taskhost_ext.h.                           ABI 1.0
 *
 * A kind is a class with a description and a worker; a queue, which is its side in the host, is optional, and so is every
 * hook but `perform`. Hooks have the names that they have in taskhost.h, where each is explained:
 *
 *     struct shout {
 *         static constexpr auto description = taskhost::description("org.example.shout", "shout", "1.0.0").wire("shout/1");
 *         void perform(taskhost::call &call, taskhost::bytes request, taskhost::out &response) {
 *             response.write(request);
 *         }
 *     };
 *     TASKHOST_PLUGIN(shout);
 *
 * The table of hooks and the manifest in the file are both made of `description`. A hook that the class does not have is
 * absent in the table; one that has other parameters than it should does not compile.
 *
 * The members of a kind, all optional but `description` and a worker that has `perform`:
 *
 *     struct worker                 the state in a worker process; without it the class itself is the worker
 *         worker(const host &, call &, bytes shared)     or with the first two, the first one, or none of them
 *         void perform(call &, bytes request, out &response)
 *         void worker_forked(call &)
 *         void on_feedback(call &, bytes)
 *         struct session            several callers of one worker: taskhost.session/1
 *             session(worker &, call &, bytes request)
 *             void perform(call &, bytes request, out &response)
 *             void close(call &, out &last)
 *     struct queue                  the state in the host
 *         queue(const host &, call &)                    or with the first one, or none
 *         void extra_env(call &, items &)
 *         void plan(call &, words, out &shared, items &tasks)
 *         bool request_of_task(call &, const worker_status &, bytes task, out &request)         false: stale
 *         bool task_match(const worker_status &, bytes task)
 *         answer use_response(call &, const worker_status &, bytes task, bytes response, out &competence, items &tasks)
 *         after on_marshal_error(call &, const gone &, const bytes *task, items &tasks)
 *         after on_task_gone(call &, const gone &, const bytes *task, items &tasks)
 *         void forward_feedback(call &, std::uint64_t worker_id, bytes)
 *         void summary(call &, const totals &, out &text)
 *         bool on_call(call &, const worker_status &, const th_worker_handle &caller, bytes request, out &reply)
 *                                                                      taskhost.host_service/1; false: not for the kind
 *     static void name_of_task(bytes task, out &text)
 *     static void name_of_request(bytes request, out &text)
 *     static void line_of_task(bytes task, out &text)                          taskhost.line/1: the task in full
 *
 * What a hook throws becomes a code and a message, and the worker lives: taskhost::error its own code, std::bad_alloc
 * TH_E_NO_MEMORY, everything else TH_E_INTERNAL. Hooks without a call (task_match, the names) log it.
 *
 * This is the one file to include. Its parts lie in the folder taskhost beside it.                                     */
#ifndef TASKHOST_HPP
#define TASKHOST_HPP

#include "taskhost_ext.h"

#if !defined(__cpp_exceptions)
#  error "taskhost.hpp turns exceptions into messages: compile with exceptions, or write the kind against taskhost.h"
#endif

#include "taskhost/bytes.hpp"
#include "taskhost/call.hpp"
#include "taskhost/description.hpp"
#include "taskhost/extensions.hpp"
#include "taskhost/host.hpp"
#include "taskhost/output.hpp"
#include "taskhost/queue_hooks.hpp"
#include "taskhost/worker_hooks.hpp"

#include <cstring>
#include <type_traits>

namespace taskhost {

/// The table of hooks of a kind; TASKHOST_PLUGIN exports it.
template <class Kind> class plugin {
    using worker = typename detail::member_or<Kind, detail::worker_type, Kind>::type;
    using queue = typename detail::member_or<Kind, detail::queue_type, detail::nothing>::type;
    using worker_hooks = detail::worker_hooks<worker>;
    static constexpr bool has_queue = !std::is_same_v<queue, detail::nothing>;
    static constexpr bool has_sessions = worker_hooks::has_sessions;

    static_assert(detail::has_perform<worker>(), "a worker must have void perform(call &, bytes request, out &response)");
    static_assert(detail::is_identifier(Kind::description.id_), "the id may have letters, digits, '.', '-' and '_'");
    static_assert(detail::is_identifier(Kind::description.name_), "the name may have letters, digits, '.', '-' and '_'");

public:
    static const th_kind *entry(const th_host *h, th_call *) noexcept {
        detail::logger() = h;
        return &table;
    }

private:
    static th_status name_of_task(th_bytes task, th_out *text) noexcept {
        return detail::logged("name_of_task", [&]() -> th_status {
            out to(text);
            Kind::name_of_task(bytes(task), to);
            return TH_OK;
        });
    }
    static th_status name_of_request(th_bytes request, th_out *text) noexcept {
        return detail::logged("name_of_request", [&]() -> th_status {
            out to(text);
            Kind::name_of_request(bytes(request), to);
            return TH_OK;
        });
    }
    static th_status line_of_task(th_bytes task, th_out *text) noexcept {
        return detail::logged("line_of_task", [&]() -> th_status {
            out to(text);
            Kind::line_of_task(bytes(task), to);
            return TH_OK;
        });
    }
    static const void *extension(const char *id) noexcept {
        if constexpr (has_sessions)
            if (std::strcmp(id, TH_EXT_SESSION) == 0) return worker_hooks::sessions();
        if constexpr (detail::has_on_call<queue>())
            if (std::strcmp(id, TH_EXT_HOST_SERVICE) == 0) return detail::queue_hooks<queue>::service();
        if constexpr (detail::has_line_of_task<Kind>()) {
            static constexpr th_task_line lines{sizeof(th_task_line), 0, line_of_task};
            if (std::strcmp(id, TH_EXT_LINE) == 0) return &lines;
        }
        (void)id;
        return nullptr;
    }

    static constexpr th_kind make_table() noexcept {
        th_kind k{};
        k.size = sizeof(th_kind);
        k.abi_major = TH_ABI_MAJOR;
        k.abi_minor = TH_ABI_MINOR;
        k.flags = Kind::description.flags_;
        k.id = Kind::description.id_;
        k.name = Kind::description.name_;
        k.version = Kind::description.version_;
        k.wire = Kind::description.wire_;
        worker_hooks::set(k);
        if constexpr (has_queue) detail::queue_hooks<queue>::set(k);
        if constexpr (detail::has_name_of_task<Kind>()) k.name_of_task = name_of_task;
        if constexpr (detail::has_name_of_request<Kind>()) k.name_of_request = name_of_request;
        if constexpr (has_sessions || detail::has_on_call<queue>() || detail::has_line_of_task<Kind>())
            k.extension = extension;
        return k;
    }
    static constexpr th_kind table = make_table();
};

}  // namespace taskhost

/// Exports a kind: its entry function, and its manifest as an ELF note. Once in a library, outside of namespaces.
#define TASKHOST_PLUGIN(Kind)                                                                                           \
    __attribute__((section(".note.taskhost"), used, aligned(4))) static constexpr auto taskhost_manifest_note =         \
        ::taskhost::detail::make_note<Kind>();                                                                          \
    const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) noexcept {                                    \
        return ::taskhost::plugin<Kind>::entry(host, call);                                                             \
    }                                                                                                                   \
    static_assert(true, "")

#endif /* TASKHOST_HPP */
