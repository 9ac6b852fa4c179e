/* Which hooks a class has. A part of taskhost.hpp, which includes it. */
#ifndef TASKHOST_HOOKS_HPP
#define TASKHOST_HOOKS_HPP

#include "call.hpp"
#include "host.hpp"
#include "output.hpp"

#include <cstdint>
#include <type_traits>
#include <utility>

namespace taskhost {

namespace detail {

template <class Void, template <class...> class Op, class... Args> struct detector : std::false_type {};
template <template <class...> class Op, class... Args>
struct detector<std::void_t<Op<Args...>>, Op, Args...> : std::true_type {};
template <template <class...> class Op, class... Args>
inline constexpr bool is_detected = detector<void, Op, Args...>::value;

template <class T> using worker_type = typename T::worker;
template <class T> using queue_type = typename T::queue;
template <class T> using session_type = typename T::session;
struct nothing {};
template <class T, template <class> class Member, class Other, bool = is_detected<Member, T>> struct member_or {
    using type = Other;
};
template <class T, template <class> class Member, class Other> struct member_or<T, Member, Other, true> {
    using type = Member<T>;
};

/* `has_HOOK<T>`: whether T has the hook; and a compile error when it has one of that name with other parameters.      */
#define TASKHOST_DETECT(hook, ...)                                                                                      \
    template <class T> using hook##_name = decltype(&T::hook);                                                          \
    template <class T> using hook##_call = decltype(std::declval<T &>().hook(__VA_ARGS__));                             \
    template <class T> constexpr bool has_##hook() {                                                                    \
        static_assert(!is_detected<hook##_name, T> || is_detected<hook##_call, T>,                                      \
                      "the hook '" #hook "' has other parameters than taskhost.hpp says at its beginning");             \
        return is_detected<hook##_call, T>;                                                                             \
    }
#define TASKHOST_ARG(...) std::declval<__VA_ARGS__>()
TASKHOST_DETECT(perform, TASKHOST_ARG(call &), TASKHOST_ARG(bytes), TASKHOST_ARG(out &))
TASKHOST_DETECT(worker_forked, TASKHOST_ARG(call &))
TASKHOST_DETECT(on_feedback, TASKHOST_ARG(call &), TASKHOST_ARG(bytes))
TASKHOST_DETECT(close, TASKHOST_ARG(call &), TASKHOST_ARG(out &))
TASKHOST_DETECT(extra_env, TASKHOST_ARG(call &), TASKHOST_ARG(items &))
TASKHOST_DETECT(plan, TASKHOST_ARG(call &), TASKHOST_ARG(words), TASKHOST_ARG(out &), TASKHOST_ARG(items &))
TASKHOST_DETECT(request_of_task, TASKHOST_ARG(call &), TASKHOST_ARG(const worker_status &), TASKHOST_ARG(bytes),
                TASKHOST_ARG(out &))
TASKHOST_DETECT(task_match, TASKHOST_ARG(const worker_status &), TASKHOST_ARG(bytes))
TASKHOST_DETECT(use_response, TASKHOST_ARG(call &), TASKHOST_ARG(const worker_status &), TASKHOST_ARG(bytes),
                TASKHOST_ARG(bytes), TASKHOST_ARG(out &), TASKHOST_ARG(items &))
TASKHOST_DETECT(on_marshal_error, TASKHOST_ARG(call &), TASKHOST_ARG(const gone &), TASKHOST_ARG(const bytes *),
                TASKHOST_ARG(items &))
TASKHOST_DETECT(on_task_gone, TASKHOST_ARG(call &), TASKHOST_ARG(const gone &), TASKHOST_ARG(const bytes *),
                TASKHOST_ARG(items &))
TASKHOST_DETECT(forward_feedback, TASKHOST_ARG(call &), std::uint64_t(), TASKHOST_ARG(bytes))
TASKHOST_DETECT(summary, TASKHOST_ARG(call &), TASKHOST_ARG(const totals &), TASKHOST_ARG(out &))
TASKHOST_DETECT(on_call, TASKHOST_ARG(call &), TASKHOST_ARG(const worker_status &),
                TASKHOST_ARG(const th_worker_handle &), TASKHOST_ARG(bytes), TASKHOST_ARG(out &))
TASKHOST_DETECT(name_of_task, TASKHOST_ARG(bytes), TASKHOST_ARG(out &))
TASKHOST_DETECT(name_of_request, TASKHOST_ARG(bytes), TASKHOST_ARG(out &))
TASKHOST_DETECT(line_of_task, TASKHOST_ARG(bytes), TASKHOST_ARG(out &))
#undef TASKHOST_ARG
#undef TASKHOST_DETECT

}  // namespace detail

}  // namespace taskhost

#endif /* TASKHOST_HOOKS_HPP */
