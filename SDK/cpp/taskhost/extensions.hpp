/* The services of taskhost_ext.h. A part of taskhost.hpp, which includes it. */
#ifndef TASKHOST_EXTENSIONS_HPP
#define TASKHOST_EXTENSIONS_HPP

#include "call.hpp"
#include "host.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace taskhost {

namespace detail {
inline void check(th_status status, const char *what) {
    if (status == TH_OK) return;
    if (status == TH_E_CANCELLED) throw error::cancelled();
    throw error(status, what);
}
}  // namespace detail

/// What a task prints for the user: taskhost.print/1. Keep one in the worker, or in the queue.
class printer {
public:
    // A table that ends before `print_file` will do.
    explicit printer(const host &h) : table_(h.needs<th_print>(TH_EXT_PRINT, offsetof(th_print, print_file))) {}
    void out(call &c, bytes data) const { detail::check(table_->print(c.raw(), 1, data.raw()), "no task can print here"); }
    void err(call &c, bytes data) const { detail::check(table_->print(c.raw(), 2, data.raw()), "no task can print here"); }
    /// `count` bytes of a regular file that is open here, to standard output. From now on nobody may change them; the descriptor
    /// stays the caller's, who may close it. Throws unsupported where the host is older than that.
    void file(call &c, int descriptor, std::uint64_t offset, std::uint64_t count) const {
        print_file(c, 1, descriptor, offset, count);
    }
    void err_file(call &c, int descriptor, std::uint64_t offset, std::uint64_t count) const {
        print_file(c, 2, descriptor, offset, count);
    }

private:
    void print_file(call &c, std::uint32_t stream, int descriptor, std::uint64_t offset, std::uint64_t count) const {
        if (!TH_HAS(table_, print_file) || table_->print_file == nullptr)
            throw error::unsupported("this host takes no files of what is printed");
        detail::check(table_->print_file(c.raw(), stream, descriptor, offset, count),
                      "these bytes of the file can not be printed");
    }
    const th_print *table_;
};

/// Items ahead of the response, and behind the request: taskhost.stream/1.
class streams {
public:
    explicit streams(const host &h) : table_(h.needs<th_stream>(TH_EXT_STREAM)) {}
    void emit(call &c, bytes item) const { detail::check(table_->emit(c.raw(), item.raw()), "the item could not be sent"); }
    /// The next item, lent until the next call; nothing at the end.
    std::optional<bytes> next(call &c) const {
        th_bytes item{};
        th_status status = table_->next(c.raw(), &item);
        if (status == TH_NONE) return std::nullopt;
        detail::check(status, "the stream is broken");
        return bytes(item);
    }

private:
    const th_stream *table_;
};

/// Calls to the host side of the kind, and to other workers: taskhost.host_call/1.
class host_calls {
public:
    explicit host_calls(const host &h) : table_(h.needs<th_host_call>(TH_EXT_HOST_CALL)) {}
    th_worker_handle identify(call &c) const {
        th_worker_handle handle{};
        detail::check(table_->identify(c.raw(), &handle), "this worker has no address");
        return handle;
    }
    /// The reply is lent until the next call of this service.
    bytes ask(call &c, bytes request) const { return send(c, nullptr, request); }
    bytes ask(call &c, const th_worker_handle &worker, bytes request) const { return send(c, &worker, request); }

private:
    bytes send(call &c, const th_worker_handle *target, bytes request) const {
        th_bytes reply{};
        th_status status = table_->call(c.raw(), target, request.raw(), &reply);
        if (status != TH_OK) throw error(status, bytes(reply).copy());
        return reply;
    }
    const th_host_call *table_;
};

/// Spans in the trace of a run: taskhost.trace/1. Costs a comparison when nobody records one.
class trace {
public:
    class span {
    public:
        span(const th_trace *table, th_call *c, const char *name) noexcept : table_(table), call_(c) {
            th_trace_begin(table_, call_, name);
        }
        span(const span &) = delete;
        span &operator=(const span &) = delete;
        ~span() { th_trace_end(table_, call_); }

    private:
        const th_trace *table_;
        th_call *call_;
    };

    explicit trace(const host &h) noexcept : table_(h.extension<th_trace>(TH_EXT_TRACE)) {}
    /// A span as long as the value lives.
    [[nodiscard]] span begin(call &c, const char *name) const noexcept { return span(table_, c.raw(), name); }

private:
    const th_trace *table_;
};

/// How what a task has run has ended, for logs of jobs: taskhost.trial/1. Keep one in the queue; a host without it is told nothing.
class program_ends {
public:
    explicit program_ends(const host &h) noexcept : table_(h.extension<th_trial>(TH_EXT_TRIAL)) {}
    /// In the hooks that settle a task. The outcome does not follow from it, and the last word counts.
    void exited(call &c, std::int32_t code) const noexcept { if (table_ != nullptr) table_->ended(c.raw(), code, 0); }
    void signaled(call &c, std::int32_t signal) const noexcept { if (table_ != nullptr) table_->ended(c.raw(), 0, signal); }

private:
    const th_trial *table_;
};

}  // namespace taskhost

#endif /* TASKHOST_EXTENSIONS_HPP */
