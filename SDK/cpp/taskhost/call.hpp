/* The services of one call. A part of taskhost.hpp, which includes it. */
#ifndef TASKHOST_CALL_HPP
#define TASKHOST_CALL_HPP

#include "bytes.hpp"

#include <cstdint>
#include <string_view>

namespace taskhost {

enum class severity : std::uint32_t {
    note = TH_NOTE, warning = TH_WARNING, incomplete = TH_INCOMPLETE, failed = TH_FAILED, limit = TH_LIMIT,
    error = TH_ERROR
};

/// A message about a place in some input. Texts are lent until it is reported.
struct diagnostic {
    diagnostic(taskhost::severity gravity, std::string_view text) : severity(gravity), message(text) {}
    taskhost::severity severity;
    std::string_view message;
    std::string_view file, label, json;          ///< json: more members of the event, as one object
    std::uint32_t line = 0, column = 0;          ///< from 1
    std::uint64_t step = 0;                      ///< in the kind's own counting, from 1

    diagnostic &in(std::string_view name, std::uint32_t l = 0, std::uint32_t c = 0) {
        file = name, line = l, column = c;
        return *this;
    }
    diagnostic &of(std::string_view name) { label = name; return *this; }
};

/// The services of one call of one hook. It ends with the call.
class call {
public:
    explicit call(th_call *raw) noexcept : raw_(raw) {}
    th_call *raw() const noexcept { return raw_; }
    std::uint64_t id() const noexcept { return raw_->id; }
    /// On CLOCK_MONOTONIC, in nanoseconds; 0 for none.
    std::uint64_t deadline_ns() const noexcept { return raw_->deadline_ns; }
    /// A nanosecond: ask it inside long loops.
    bool cancelled() const noexcept { return th_cancelled(raw_) != 0; }
    void throw_if_cancelled() const { if (cancelled()) throw error::cancelled(); }
    void feedback(bytes data) { raw_->feedback(raw_, data.raw()); }
    void progress(std::uint64_t done, std::uint64_t total, std::string_view units) {
        raw_->progress(raw_, done, total, bytes(units).raw());
    }
    void count(std::uint64_t passed, std::uint64_t pending, std::uint64_t failed) {
        raw_->count(raw_, passed, pending, failed);
    }
    void diagnostic(const taskhost::diagnostic &what) {
        th_diagnostic d{};
        d.size = sizeof d;
        d.severity = static_cast<std::uint32_t>(what.severity);
        d.line = what.line;
        d.column = what.column;
        d.step = what.step;
        d.file = bytes(what.file).raw();
        d.label = bytes(what.label).raw();
        d.message = bytes(what.message).raw();
        d.json = bytes(what.json).raw();
        raw_->diagnostic(raw_, &d);
    }

private:
    th_call *raw_;
};

}  // namespace taskhost

#endif /* TASKHOST_CALL_HPP */
