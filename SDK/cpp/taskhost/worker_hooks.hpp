/* The functions that the host calls in a worker. A part of taskhost.hpp, which includes it. */
#ifndef TASKHOST_WORKER_HOOKS_HPP
#define TASKHOST_WORKER_HOOKS_HPP

#include "guard.hpp"
#include "hooks.hpp"

#include <memory>
#include <type_traits>

namespace taskhost {

namespace detail {

/// The hooks of a worker and of its sessions. `self` is what worker_new has made.
template <class Worker> struct worker_hooks {
    using session = typename member_or<Worker, session_type, nothing>::type;
    static constexpr bool has_sessions = !std::is_same_v<session, nothing>;

    static Worker &of(th_worker *self) noexcept { return *reinterpret_cast<Worker *>(self); }
    static session &of(th_session *self) noexcept { return *reinterpret_cast<session *>(self); }

    static th_status worker_new(const th_host *h, th_call *c, th_bytes shared, th_worker **self) noexcept {
        return status_of(c, [&]() -> th_status {
            host services(h);
            call at(c);
            Worker *made = nullptr;
            if constexpr (std::is_constructible_v<Worker, const host &, call &, bytes>)
                made = new Worker(services, at, bytes(shared));
            else if constexpr (std::is_constructible_v<Worker, const host &, call &>)
                made = new Worker(services, at);
            else if constexpr (std::is_constructible_v<Worker, const host &>)
                made = new Worker(services);
            else
                made = new Worker();
            *self = reinterpret_cast<th_worker *>(made);
            return TH_OK;
        });
    }
    static void worker_free(th_worker *self) noexcept { delete &of(self); }
    static th_status perform(th_worker *self, th_call *c, th_bytes request, th_out *response) noexcept {
        return status_of(c, [&]() -> th_status {
            call at(c);
            out to(response);
            of(self).perform(at, bytes(request), to);
            return TH_OK;
        });
    }
    static th_status worker_forked(th_worker *self, th_call *c) noexcept {
        return status_of(c, [&]() -> th_status {
            call at(c);
            of(self).worker_forked(at);
            return TH_OK;
        });
    }
    static void on_feedback(th_worker *self, th_call *c, th_bytes feedback) noexcept {
        logged("on_feedback", [&]() -> th_status {
            call at(c);
            of(self).on_feedback(at, bytes(feedback));
            return TH_OK;
        });
    }

    static th_status session_open(th_worker *self, th_call *c, th_bytes request, th_session **opened) noexcept {
        return status_of(c, [&]() -> th_status {
            call at(c);
            *opened = reinterpret_cast<th_session *>(new session(of(self), at, bytes(request)));
            return TH_OK;
        });
    }
    static th_status session_perform(th_worker *, th_session *open, th_call *c, th_bytes request,
                                     th_out *response) noexcept {
        return status_of(c, [&]() -> th_status {
            call at(c);
            out to(response);
            of(open).perform(at, bytes(request), to);
            return TH_OK;
        });
    }
    static th_status session_close(th_worker *, th_session *open, th_call *c, th_out *last) noexcept {
        std::unique_ptr<session> owned(&of(open));
        return status_of(c, [&]() -> th_status {
            (void)last;
            if constexpr (has_close<session>()) {
                call at(c);
                out to(last);
                owned->close(at, to);
            }
            return TH_OK;
        });
    }

    static const th_session_hooks *sessions() noexcept {
        static_assert(std::is_constructible_v<session, Worker &, call &, bytes>,
                      "a session is made with session(worker &, call &, bytes request)");
        static_assert(has_perform<session>(), "a session must have perform");
        static constexpr th_session_hooks hooks{sizeof(th_session_hooks), 0, session_open, session_perform, session_close};
        return &hooks;
    }

    static constexpr void set(th_kind &k) noexcept {
        k.worker_new = worker_new;
        k.worker_free = worker_free;
        k.perform = perform;
        if constexpr (has_worker_forked<Worker>()) k.worker_forked = worker_forked;
        if constexpr (has_on_feedback<Worker>()) k.on_feedback = on_feedback;
    }
};

}  // namespace detail

}  // namespace taskhost

#endif /* TASKHOST_WORKER_HOOKS_HPP */
