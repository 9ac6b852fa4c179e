/* The functions that the host calls in its own process. A part of taskhost.hpp, which includes it. */
#ifndef TASKHOST_QUEUE_HOOKS_HPP
#define TASKHOST_QUEUE_HOOKS_HPP

#include "guard.hpp"
#include "hooks.hpp"
#include "output.hpp"

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace taskhost {

namespace detail {

/// The hooks of a queue. `self` is what queue_new has made.
template <class Queue> struct queue_hooks {
    static Queue &of(th_queue *self) noexcept { return *reinterpret_cast<Queue *>(self); }

    static th_status queue_new(const th_host *h, th_call *c, th_queue **self) noexcept {
        return status_of(c, [&]() -> th_status {
            host services(h);
            call at(c);
            Queue *made = nullptr;
            if constexpr (std::is_constructible_v<Queue, const host &, call &>)
                made = new Queue(services, at);
            else if constexpr (std::is_constructible_v<Queue, const host &>)
                made = new Queue(services);
            else
                made = new Queue();
            *self = reinterpret_cast<th_queue *>(made);
            return TH_OK;
        });
    }
    static void queue_free(th_queue *self) noexcept { delete &of(self); }
    static th_status extra_env(th_queue *self, th_call *c, th_out *list) noexcept {
        return status_of(c, [&]() -> th_status {
            call at(c);
            items to(list);
            of(self).extra_env(at, to);
            return TH_OK;
        });
    }
    static th_status plan(th_queue *self, th_call *c, const th_bytes *first, size_t n, th_out *shared,
                          th_out *tasks) noexcept {
        return status_of(c, [&]() -> th_status {
            call at(c);
            out all(shared);
            items to(tasks);
            of(self).plan(at, words(first, n), all, to);
            return TH_OK;
        });
    }
    static th_status request_of_task(th_queue *self, th_call *c, const th_worker_status *status, th_bytes task,
                                     th_out *request) noexcept {
        return status_of(c, [&]() -> th_status {
            call at(c);
            out to(request);
            return of(self).request_of_task(at, worker_status(status), bytes(task), to) ? TH_OK : TH_NONE;
        });
    }
    static int32_t task_match(th_queue *self, const th_worker_status *status, th_bytes task) noexcept {
        const std::int32_t matches = logged("task_match", [&]() -> std::int32_t {
            return of(self).task_match(worker_status(status), bytes(task)) ? 1 : 0;
        });
        return matches == 1 ? 1 : 0;
    }
    static th_status use_response(th_queue *self, th_call *c, const th_worker_status *status, th_bytes task,
                                  th_bytes response, th_out *competence, th_out *tasks) noexcept {
        return status_of(c, [&]() -> th_status {
            call at(c);
            out to(competence);
            items list(tasks);
            const answer end =
                of(self).use_response(at, worker_status(status), bytes(task), bytes(response), to, list);
            return static_cast<th_status>(end);
        });
    }
    template <class Hook>
    static th_status settle(th_call *c, const th_gone *why, const th_bytes *task, th_out *tasks, Hook hook) noexcept {
        return status_of(c, [&]() -> th_status {
            call at(c);
            items list(tasks);
            const bytes held = task != nullptr ? bytes(*task) : bytes();
            const after then = hook(at, gone(why), task != nullptr ? &held : nullptr, list);
            return static_cast<th_status>(then);
        });
    }
    static th_status on_marshal_error(th_queue *self, th_call *c, const th_gone *why, const th_bytes *task,
                                      th_out *tasks) noexcept {
        return settle(c, why, task, tasks, [self](call &at, const gone &end, const bytes *held, items &list) {
            return of(self).on_marshal_error(at, end, held, list);
        });
    }
    static th_status on_task_gone(th_queue *self, th_call *c, const th_gone *why, const th_bytes *task,
                                  th_out *tasks) noexcept {
        return settle(c, why, task, tasks, [self](call &at, const gone &end, const bytes *held, items &list) {
            return of(self).on_task_gone(at, end, held, list);
        });
    }
    static void forward_feedback(th_queue *self, th_call *c, uint64_t worker_id, th_bytes feedback) noexcept {
        logged("forward_feedback", [&]() -> th_status {
            call at(c);
            of(self).forward_feedback(at, worker_id, bytes(feedback));
            return TH_OK;
        });
    }
    static th_status summary(th_queue *self, th_call *c, const th_totals *sums, th_out *text) noexcept {
        return status_of(c, [&]() -> th_status {
            call at(c);
            out to(text);
            of(self).summary(at, totals(sums), to);
            return TH_OK;
        });
    }
    static th_status on_call(th_queue *self, th_call *c, const th_worker_status *status, const th_worker_handle *caller,
                             th_bytes request, th_out *reply) noexcept {
        return status_of(c, [&]() -> th_status {
            call at(c);
            out to(reply);
            return of(self).on_call(at, worker_status(status), *caller, bytes(request), to) ? TH_OK : TH_NONE;
        });
    }

    static const th_host_service *service() noexcept {
        static constexpr th_host_service table{sizeof(th_host_service), 0, on_call};
        return &table;
    }

    static constexpr void set(th_kind &k) noexcept {
        k.queue_new = queue_new;
        k.queue_free = queue_free;
        if constexpr (has_extra_env<Queue>()) k.extra_env = extra_env;
        if constexpr (has_plan<Queue>()) k.plan = plan;
        if constexpr (has_request_of_task<Queue>()) k.request_of_task = request_of_task;
        if constexpr (has_task_match<Queue>()) k.task_match = task_match;
        if constexpr (has_use_response<Queue>()) k.use_response = use_response;
        if constexpr (has_on_marshal_error<Queue>()) k.on_marshal_error = on_marshal_error;
        if constexpr (has_on_task_gone<Queue>()) k.on_task_gone = on_task_gone;
        if constexpr (has_forward_feedback<Queue>()) k.forward_feedback = forward_feedback;
        if constexpr (has_summary<Queue>()) k.summary = summary;
    }
};

}  // namespace detail

}  // namespace taskhost

#endif /* TASKHOST_QUEUE_HOOKS_HPP */
