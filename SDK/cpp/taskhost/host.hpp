/* The services of the host, and what it tells hooks of workers, tasks and runs. A part of taskhost.hpp, which includes it. */
#ifndef TASKHOST_HOST_HPP
#define TASKHOST_HOST_HPP

#include "bytes.hpp"

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace taskhost {

/// The services that last as long as the process. Any thread may use them.
class host {
public:
    explicit host(const th_host *raw) noexcept : raw_(raw) {}
    const th_host *raw() const noexcept { return raw_; }
    bool is_worker() const noexcept { return raw_->role == TH_ROLE_WORKER; }

    void log(std::int32_t level, std::string_view message) const noexcept {
        if (raw_->log_enabled(raw_, level)) raw_->log(raw_, level, bytes(message).raw());
    }

    /// An option of the run (--set key=value). The text is valid for the life of the process.
    std::optional<std::string_view> option(std::string_view key) const noexcept {
        th_bytes value = raw_->config_get(raw_, bytes(key).raw());
        if (value.ptr == nullptr) return std::nullopt;
        return bytes(value).text();
    }
    /// As a number or bool; throws bad_input when it is set to something else.
    template <class T> std::optional<T> option(std::string_view key) const {
        std::optional<std::string_view> text = option(key);
        if (!text) return std::nullopt;
        if constexpr (std::is_same_v<T, bool>) {
            if (*text == "true" || *text == "1") return true;
            if (*text == "false" || *text == "0") return false;
            throw wrong(key, *text, "true or false");
        } else if constexpr (std::is_arithmetic_v<T>) {
            T value{};
            auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), value);
            if (failure != std::errc() || end != text->data() + text->size()) throw wrong(key, *text, "a number");
            return value;
        } else {
            return T(*text);
        }
    }
    /// With a value for where it is not set.
    template <class T> T option(std::string_view key, T fallback) const { return option<T>(key).value_or(fallback); }
    /// Between `least` and `most`.
    template <class T> T option(std::string_view key, T fallback, T least, T most) const {
        T value = option<T>(key).value_or(fallback);
        if (value < least || value > most) {
            const std::optional<std::string_view> set = option(key);
            const std::string found = set ? std::string(*set) : std::to_string(value);
            throw wrong(key, found, "a number from " + std::to_string(least) + " to " + std::to_string(most));
        }
        return value;
    }

    /// A table of an extension; NULL when this host does not have it, or less than `size` bytes of it.
    template <class Table> const Table *extension(const char *id, std::size_t size = sizeof(Table)) const noexcept {
        auto *table = static_cast<const Table *>(raw_->extension ? raw_->extension(raw_, id) : nullptr);
        return table != nullptr && table->size >= size ? table : nullptr;
    }
    /// The same for what the kind can not do without.
    template <class Table> const Table *needs(const char *id, std::size_t size = sizeof(Table)) const {
        auto *table = extension<Table>(id, size);
        if (table == nullptr) throw error::unsupported(std::string("this host has no extension ") + id);
        return table;
    }

private:
    static error wrong(std::string_view key, std::string_view found, const std::string &expected) {
        return error::bad_input("option " + std::string(key) + ": found '" + std::string(found) + "', expected " + expected);
    }
    const th_host *raw_;
};

/// What the host knows of a worker.
class worker_status {
public:
    explicit worker_status(const th_worker_status *raw) noexcept : raw_(raw) {}
    bool fresh() const noexcept { return raw_->is_old == 0; }
    bytes competence() const noexcept { return raw_->competence; }
    std::uint64_t worker_id() const noexcept { return raw_->worker_id; }
    std::uint64_t jobs_done() const noexcept { return raw_->jobs_done; }

private:
    const th_worker_status *raw_;
};

/// Why a task will not get a response, or why a worker without one is gone.
class gone {
public:
    explicit gone(const th_gone *raw) noexcept : raw_(raw) {}
    const th_gone &raw() const noexcept { return *raw_; }
    std::uint32_t cause() const noexcept { return raw_->cause; }        ///< TH_GONE_*
    bool worker_died() const noexcept { return raw_->cause == TH_GONE_WORKER_DIED; }
    th_status code() const noexcept { return raw_->code; }
    std::optional<int> signal() const noexcept { return raw_->signal < 0 ? std::nullopt : std::optional<int>(raw_->signal); }
    std::uint32_t tries() const noexcept { return raw_->tries; }
    std::string_view text() const noexcept { return bytes(raw_->text).text(); }

private:
    const th_gone *raw_;
};

/// What a run has come to.
class totals {
public:
    explicit totals(const th_totals *raw) noexcept : raw_(raw) {}
    const th_totals &raw() const noexcept { return *raw_; }
    std::uint32_t workers() const noexcept { return raw_->workers; }
    std::uint64_t tasks() const noexcept { return raw_->tasks; }
    std::chrono::nanoseconds elapsed() const noexcept { return std::chrono::nanoseconds(raw_->elapsed_ns); }

private:
    const th_totals *raw_;
};

/// What becomes of a worker after its response: it stays, with the competence that was written, or a fresh one takes its place.
enum class answer : th_status { stay = TH_STAY, end = TH_END };
/// What becomes of a task that is gone: it is settled (or replaced by the items that were added), or tried again.
enum class after : th_status { settled = TH_OK, retry = TH_E_RETRY };

}  // namespace taskhost

#endif /* TASKHOST_HOST_HPP */
