/* What hooks write. A part of taskhost.hpp, which includes it. */
#ifndef TASKHOST_OUTPUT_HPP
#define TASKHOST_OUTPUT_HPP

#include "bytes.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace taskhost {

/// One output of a hook, written straight into memory of the host. Throws TH_E_NO_MEMORY when there is no more room.
class out {
public:
    explicit out(th_out *raw) noexcept : raw_(raw) {}
    th_out *raw() const noexcept { return raw_; }
    std::size_t size() const noexcept { return raw_->len; }

    void write(const void *data, std::size_t size) { check(th_write(raw_, data, size)); }
    void write(bytes data) { write(data.data(), data.size()); }
    /// The bytes of one value, in the order of the machine.
    template <class T> void put(const T &value) {
        static_assert(std::is_trivially_copyable_v<T>, "only what can be copied byte by byte");
        write(&value, sizeof value);
    }
    /// Room for `size` more bytes; `commit` says how many have been written there.
    void *reserve(std::size_t size) {
        void *room = th_reserve(raw_, size);
        if (room == nullptr) check(TH_E_NO_MEMORY);
        return room;
    }
    void commit(std::size_t size) noexcept { raw_->len += size; }
    /// The text becomes the whole output, without a copy. Only while nothing has been written.
    void adopt(std::string &&text) {
        auto kept = std::make_unique<std::string>(std::move(text));
        check(raw_->adopt(raw_, bytes(*kept).raw(), [](void *box) noexcept { delete static_cast<std::string *>(box); },
                          kept.get()));
        (void)kept.release();
    }

private:
    static void check(th_status status) {
        if (status != TH_OK) throw error(status, "the host has no room for this output");
    }
    th_out *raw_;
};

/// How a task of a list is to be treated; what is not set is the default.
struct item_options {
    std::int32_t priority = 0;                   ///< higher goes first
    bool pinned = false;                         ///< only the worker that has just answered may take it
    std::uint64_t group = 0;                     ///< tasks that prefer one worker and match alike
    std::chrono::nanoseconds expires_in{0};      ///< 0: as the parent, or never
    std::chrono::nanoseconds soft_limit{0};      ///< of one trial; 0: that of the run
    std::chrono::nanoseconds hard_limit{0};
    std::chrono::nanoseconds estimate{0};        ///< 0: unknown
    std::string_view key;                        ///< identity from run to run
    std::string_view resources;                  ///< "gpu=1,db=1" or "exclusive"
};

/// An output that is a list.
class items {
public:
    explicit items(th_out *raw) noexcept : item_(raw) {}
    void add(bytes task) { item_.write(task); end(nullptr); }
    void add(bytes task, const item_options &options) { item_.write(task); end(options); }
    /// The item at hand, for one that is written in pieces; `end` ends it.
    out &item() noexcept { return item_; }
    void end() { end(nullptr); }
    void end(const item_options &options) {
        th_item raw{};
        raw.size = sizeof raw;
        raw.flags = options.pinned ? TH_ITEM_PINNED : 0u;
        raw.priority = options.priority;
        raw.group = options.group;
        raw.expires_in_ns = static_cast<std::uint64_t>(options.expires_in.count());
        raw.soft_ns = static_cast<std::uint64_t>(options.soft_limit.count());
        raw.hard_ns = static_cast<std::uint64_t>(options.hard_limit.count());
        raw.estimate_ns = static_cast<std::uint64_t>(options.estimate.count());
        raw.key = bytes(options.key).raw();
        raw.resources = bytes(options.resources).raw();
        end(&raw);
    }

private:
    void end(const th_item *options) {
        th_status status = item_.raw()->end_item(item_.raw(), options);
        if (status != TH_OK) throw error(status, "the host refused an item");
    }
    out item_;
};

}  // namespace taskhost

#endif /* TASKHOST_OUTPUT_HPP */
