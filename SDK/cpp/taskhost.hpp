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
 *
 * What a hook throws becomes a code and a message, and the worker lives: taskhost::error its own code, std::bad_alloc
 * TH_E_NO_MEMORY, everything else TH_E_INTERNAL. Hooks without a call (task_match, the names) log it.                  */
#ifndef TASKHOST_HPP
#define TASKHOST_HPP

#include "taskhost_ext.h"

#if !defined(__cpp_exceptions)
#  error "taskhost.hpp turns exceptions into messages: compile with exceptions, or write the kind against taskhost.h"
#endif

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

namespace taskhost {

// ---- errors --------------------------------------------------------------------------------------------------------

/// Why a hook could not do its work: a code that the host acts on, and a message for people.
class error : public std::runtime_error {
public:
    error(th_status code, const std::string &message)
        : std::runtime_error(message), code_(code < 0 ? code : TH_E_INTERNAL) {}
    th_status code() const noexcept { return code_; }

    static error internal(const std::string &message) { return error(TH_E_INTERNAL, message); }
    static error unsupported(const std::string &message) { return error(TH_E_UNSUPPORTED, message); }
    static error bad_input(const std::string &message) { return error(TH_E_BAD_INPUT, message); }
    static error limit(const std::string &message) { return error(TH_E_LIMIT, message); }
    static error cancelled() { return error(TH_E_CANCELLED, "cancelled"); }
    static error retry(const std::string &message) { return error(TH_E_RETRY, message); }
    static error poisoned(const std::string &message) { return error(TH_E_POISONED, message); }

private:
    th_status code_;
};

// ---- bytes ---------------------------------------------------------------------------------------------------------

/// Bytes that are lent for the length of a call. Copy what must live longer.
class bytes {
public:
    constexpr bytes() noexcept : data_(nullptr), size_(0) {}
    constexpr bytes(const void *data, std::size_t size) noexcept : data_(data), size_(size) {}
    bytes(th_bytes raw) noexcept : data_(raw.ptr), size_(raw.len) {}
    constexpr bytes(std::string_view text) noexcept : data_(text.data()), size_(text.size()) {}
    bytes(const std::string &text) noexcept : data_(text.data()), size_(text.size()) {}
    constexpr bytes(const char *text) noexcept : bytes(std::string_view(text)) {}

    const std::uint8_t *data() const noexcept { return static_cast<const std::uint8_t *>(data_); }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    const std::uint8_t *begin() const noexcept { return data(); }
    const std::uint8_t *end() const noexcept { return data() + size_; }
    std::uint8_t operator[](std::size_t index) const noexcept { return data()[index]; }

    std::string_view text() const noexcept { return {static_cast<const char *>(data_), size_}; }
    operator std::string_view() const noexcept { return text(); }
    std::string copy() const { return std::string(text()); }
    th_bytes raw() const noexcept { return th_bytes{data(), size_}; }

    /// One value that was written with out::put. Throws bad_input when there are more or fewer bytes.
    template <class T> T as() const {
        static_assert(std::is_trivially_copyable_v<T>, "only what can be copied byte by byte");
        if (size_ != sizeof(T))
            throw error::bad_input("found " + std::to_string(size_) + " bytes, expected " + std::to_string(sizeof(T)));
        T value;
        std::memcpy(&value, data_, sizeof(T));
        return value;
    }

    friend bool operator==(bytes a, bytes b) noexcept { return a.text() == b.text(); }
    friend bool operator!=(bytes a, bytes b) noexcept { return !(a == b); }

private:
    const void *data_;
    std::size_t size_;
};

/// The words of a submission, lent for the length of the call.
class words {
public:
    class iterator {
    public:
        explicit iterator(const th_bytes *at) noexcept : at_(at) {}
        bytes operator*() const noexcept { return *at_; }
        iterator &operator++() noexcept { ++at_; return *this; }
        bool operator!=(const iterator &other) const noexcept { return at_ != other.at_; }

    private:
        const th_bytes *at_;
    };

    words(const th_bytes *first, std::size_t size) noexcept : first_(first), size_(size) {}
    std::size_t size() const noexcept { return size_; }
    bytes operator[](std::size_t index) const noexcept { return first_[index]; }
    iterator begin() const noexcept { return iterator(first_); }
    iterator end() const noexcept { return iterator(first_ + size_); }

private:
    const th_bytes *first_;
    std::size_t size_;
};

// ---- outputs -------------------------------------------------------------------------------------------------------

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

// ---- calls and hosts -----------------------------------------------------------------------------------------------

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
        if (value < least || value > most)
            throw wrong(key, *option(key), "a number from " + std::to_string(least) + " to " + std::to_string(most));
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

// ---- what hooks of the host are told -------------------------------------------------------------------------------

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

// ---- extensions ----------------------------------------------------------------------------------------------------

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

private:
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

// ---- description and manifest --------------------------------------------------------------------------------------

enum flags : std::uint32_t {
    stateless = TH_KIND_STATELESS, fork_safe = TH_KIND_FORK_SAFE, idempotent = TH_KIND_IDEMPOTENT,
    deterministic = TH_KIND_DETERMINISTIC, polls_cancel = TH_KIND_POLLS_CANCEL, splits = TH_KIND_SPLITS
};
constexpr flags operator|(flags a, flags b) noexcept {
    return static_cast<flags>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}

/// What a kind is called, what it promises, and which options it has. Each function gives a changed copy.
class description {
public:
    constexpr description(const char *id, const char *name, const char *version) noexcept
        : id_(id), name_(name), version_(version), wire_(name) {}
    /// Names the format of requests and responses. Without it: the name of the kind.
    constexpr description wire(const char *text) const noexcept { auto d = *this; d.wire_ = text; return d; }
    constexpr description summary(const char *text) const noexcept { auto d = *this; d.summary_ = text; return d; }
    constexpr description flags(taskhost::flags set) const noexcept { auto d = *this; d.flags_ = set; return d; }
    constexpr description option(const char *key, std::int64_t standard, const char *help) const {
        return with({key, "int", help, nullptr, standard});
    }
    constexpr description option(const char *key, int standard, const char *help) const {
        return with({key, "int", help, nullptr, standard});
    }
    constexpr description option(const char *key, const char *standard, const char *help) const {
        return with({key, "string", help, standard, 0});
    }
    constexpr description option(const char *key, bool standard, const char *help) const {
        return with({key, "bool", help, nullptr, standard ? 1 : 0});
    }
    /// A word that `taskhost plugin check` gives to the kind; paths are relative to the library.
    constexpr description example(const char *word) const {
        auto d = *this;
        if (d.example_count_ == most_examples) throw std::length_error("too many examples");
        d.examples_[d.example_count_++] = word;
        return d;
    }

    /// The JSON of the manifest, character by character.
    template <class Sink> constexpr void write_manifest(Sink &sink) const {
        sink.text("{\"schema\":1");
        member(sink, "id", id_);
        member(sink, "name", name_);
        member(sink, "version", version_);
        sink.text(",\"abi\":{\"major\":1,\"needs_minor\":0}");
        member(sink, "wire", wire_);
        if (summary_ != nullptr) member(sink, "summary", summary_);
        if (flags_ != 0) write_flags(sink);
        if (option_count_ > 0) write_options(sink);
        for (std::size_t i = 0; i < example_count_; i++) {
            sink.text(i == 0 ? ",\"examples\":[" : ",");
            sink.quoted(examples_[i]);
        }
        if (example_count_ > 0) sink.text("]");
        sink.text(",\"sdk\":\"taskhost-cpp 1.0\"}");
    }

    const char *id_, *name_, *version_, *wire_, *summary_ = nullptr;
    std::uint32_t flags_ = 0;

private:
    struct declared {
        const char *key = nullptr, *type = nullptr, *help = nullptr, *text = nullptr;
        std::int64_t number = 0;
    };

    constexpr description with(declared option) const {
        auto d = *this;
        if (d.option_count_ == most_options) throw std::length_error("too many options");
        d.options_[d.option_count_++] = option;
        return d;
    }
    template <class Sink> static constexpr void member(Sink &sink, const char *name, const char *value) {
        sink.text(",\"");
        sink.text(name);
        sink.text("\":");
        sink.quoted(value);
    }
    template <class Sink> constexpr void write_flags(Sink &sink) const {
        const char *const names[] = {"stateless", "fork_safe", "idempotent", "deterministic", "polls_cancel", "splits"};
        sink.text(",\"flags\":[");
        bool first = true;
        for (std::uint32_t bit = 0; bit < 6; bit++) {
            if ((flags_ & (1u << bit)) == 0) continue;
            if (!first) sink.text(",");
            first = false;
            sink.quoted(names[bit]);
        }
        sink.text("]");
    }
    template <class Sink> constexpr void write_options(Sink &sink) const {
        sink.text(",\"config\":[");
        for (std::size_t i = 0; i < option_count_; i++) {
            const declared &option = options_[i];
            sink.text(i == 0 ? "{\"key\":" : ",{\"key\":");
            sink.quoted(option.key);
            member(sink, "type", option.type);
            sink.text(",\"default\":");
            if (option.text != nullptr)
                sink.quoted(option.text);
            else if (option.type[0] == 'b')
                sink.text(option.number != 0 ? "true" : "false");
            else
                sink.number(option.number);
            member(sink, "help", option.help);
            sink.text("}");
        }
        sink.text("]");
    }

    static constexpr std::size_t most_options = 32, most_examples = 8;
    declared options_[most_options] = {};
    const char *examples_[most_examples] = {};
    std::size_t option_count_ = 0, example_count_ = 0;
};

namespace detail {

template <class Derived> struct json_sink {
    constexpr void text(const char *s) { for (; *s != 0; s++) self().put(*s); }
    constexpr void quoted(const char *s) {
        self().put('"');
        for (; *s != 0; s++) {
            const char c = *s;
            if (c == '"' || c == '\\') self().put('\\');
            if (static_cast<unsigned char>(c) >= 0x20) self().put(c);
            else self().put(' ');
        }
        self().put('"');
    }
    constexpr void number(std::int64_t value) {
        if (value < 0) self().put('-');
        char digits[20] = {};
        int count = 0;
        std::uint64_t rest = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
        do { digits[count++] = static_cast<char>('0' + rest % 10); rest /= 10; } while (rest != 0);
        while (count > 0) self().put(digits[--count]);
    }
    constexpr Derived &self() { return *static_cast<Derived *>(this); }
};
struct counting_sink : json_sink<counting_sink> {
    std::size_t size = 0;
    constexpr void put(char) { size++; }
};

/// The ELF note. Its text ends with one NUL and is filled up to a multiple of four.
template <std::size_t Size> struct note {
    std::uint32_t namesz = 9, descsz = static_cast<std::uint32_t>(Size + 1), type = TH_NOTE_MANIFEST;
    char name[12] = "taskhost";
    char desc[(Size + 1 + 3) & ~static_cast<std::size_t>(3)] = {};
};
template <std::size_t Size> struct note_sink : json_sink<note_sink<Size>> {
    note<Size> made{};
    std::size_t size = 0;
    constexpr void put(char c) { made.desc[size++] = c; }
};

template <class Kind> constexpr std::size_t manifest_size() {
    counting_sink sink;
    Kind::description.write_manifest(sink);
    return sink.size;
}
template <class Kind> constexpr auto make_note() {
    note_sink<manifest_size<Kind>()> sink;
    Kind::description.write_manifest(sink);
    return sink.made;
}
constexpr bool is_identifier(const char *s) {
    if (*s == 0) return false;
    for (; *s != 0; s++) {
        const bool good = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') || *s == '.'
            || *s == '-' || *s == '_';
        if (!good) return false;
    }
    return true;
}

// ---- detection -----------------------------------------------------------------------------------------------------

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
#undef TASKHOST_ARG
#undef TASKHOST_DETECT

// ---- the edge ------------------------------------------------------------------------------------------------------

/// What is being thrown, where it is no std::exception: its type.
inline std::string unknown_exception() {
    const std::type_info *type = abi::__cxa_current_exception_type();
    if (type == nullptr) return "an unknown exception was thrown";
    int status = 0;
    std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(type->name(), nullptr, nullptr, &status),
                                                     &std::free);
    return std::string("a value of type ") + (name ? name.get() : type->name()) + " was thrown";
}

/// Runs `body`; `report(code, text)` hears of what it throws, and says what to return.
template <class Body, class Report> auto guarded(Body &&body, Report &&report) noexcept -> decltype(body()) {
    try {
        return body();
    } catch (const error &e) {
        return report(e.code(), e.what());
    } catch (const std::bad_alloc &) {
        return report(TH_E_NO_MEMORY, "there is no memory for it");
    } catch (const std::exception &e) {
        return report(TH_E_INTERNAL, e.what());
    } catch (const char *text) {
        return report(TH_E_INTERNAL, text);
    } catch (const std::string &text) {
        return report(TH_E_INTERNAL, text.c_str());
    } catch (...) {
        return report(TH_E_INTERNAL, unknown_exception().c_str());
    }
}
template <class Body> th_status status_of(th_call *c, Body &&body) noexcept {
    return guarded(body, [c](th_status code, const char *text) { return th_fail(c, code, text); });
}

}  // namespace detail

/// The table of hooks of a kind; TASKHOST_PLUGIN exports it.
template <class Kind> class plugin {
    using worker = typename detail::member_or<Kind, detail::worker_type, Kind>::type;
    using queue = typename detail::member_or<Kind, detail::queue_type, detail::nothing>::type;
    using session = typename detail::member_or<worker, detail::session_type, detail::nothing>::type;
    static constexpr bool has_queue = !std::is_same_v<queue, detail::nothing>;
    static constexpr bool has_sessions = !std::is_same_v<session, detail::nothing>;

    static_assert(detail::has_perform<worker>(), "a worker must have void perform(call &, bytes request, out &response)");
    static_assert(detail::is_identifier(Kind::description.id_), "the id may have letters, digits, '.', '-' and '_'");
    static_assert(detail::is_identifier(Kind::description.name_), "the name may have letters, digits, '.', '-' and '_'");

public:
    static const th_kind *entry(const th_host *h, th_call *) noexcept {
        logger() = h;
        return &table;
    }

private:
    static const th_host *&logger() noexcept {
        static const th_host *h = nullptr;
        return h;
    }
    /// For hooks that have no call to carry a message.
    template <class Body> static auto logged(const char *hook, Body &&body) noexcept {
        return detail::guarded(body, [hook](th_status code, const char *text) -> decltype(body()) {
            if (logger() != nullptr) host(logger()).log(TH_LOG_ERROR, std::string(hook) + ": " + text);
            return static_cast<decltype(body())>(code);
        });
    }
    static worker &of(th_worker *self) noexcept { return *reinterpret_cast<worker *>(self); }
    static queue &of(th_queue *self) noexcept { return *reinterpret_cast<queue *>(self); }
    static session &of(th_session *self) noexcept { return *reinterpret_cast<session *>(self); }

    // -- in the worker

    static th_status worker_new(const th_host *h, th_call *c, th_bytes shared, th_worker **self) noexcept {
        return detail::status_of(c, [&]() -> th_status {
            host services(h);
            call at(c);
            worker *made = nullptr;
            if constexpr (std::is_constructible_v<worker, const host &, call &, bytes>)
                made = new worker(services, at, bytes(shared));
            else if constexpr (std::is_constructible_v<worker, const host &, call &>)
                made = new worker(services, at);
            else if constexpr (std::is_constructible_v<worker, const host &>)
                made = new worker(services);
            else
                made = new worker();
            *self = reinterpret_cast<th_worker *>(made);
            return TH_OK;
        });
    }
    static void worker_free(th_worker *self) noexcept { delete &of(self); }
    static th_status perform(th_worker *self, th_call *c, th_bytes request, th_out *response) noexcept {
        return detail::status_of(c, [&]() -> th_status {
            call at(c);
            out to(response);
            of(self).perform(at, bytes(request), to);
            return TH_OK;
        });
    }
    static th_status worker_forked(th_worker *self, th_call *c) noexcept {
        return detail::status_of(c, [&]() -> th_status {
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

    // -- in the host

    static th_status queue_new(const th_host *h, th_call *c, th_queue **self) noexcept {
        return detail::status_of(c, [&]() -> th_status {
            host services(h);
            call at(c);
            queue *made = nullptr;
            if constexpr (std::is_constructible_v<queue, const host &, call &>)
                made = new queue(services, at);
            else if constexpr (std::is_constructible_v<queue, const host &>)
                made = new queue(services);
            else
                made = new queue();
            *self = reinterpret_cast<th_queue *>(made);
            return TH_OK;
        });
    }
    static void queue_free(th_queue *self) noexcept { delete &of(self); }
    static th_status extra_env(th_queue *self, th_call *c, th_out *list) noexcept {
        return detail::status_of(c, [&]() -> th_status {
            call at(c);
            items to(list);
            of(self).extra_env(at, to);
            return TH_OK;
        });
    }
    static th_status plan(th_queue *self, th_call *c, const th_bytes *first, size_t n, th_out *shared,
                          th_out *tasks) noexcept {
        return detail::status_of(c, [&]() -> th_status {
            call at(c);
            out all(shared);
            items to(tasks);
            of(self).plan(at, words(first, n), all, to);
            return TH_OK;
        });
    }
    static th_status request_of_task(th_queue *self, th_call *c, const th_worker_status *status, th_bytes task,
                                     th_out *request) noexcept {
        return detail::status_of(c, [&]() -> th_status {
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
        return detail::status_of(c, [&]() -> th_status {
            call at(c);
            out to(competence);
            items list(tasks);
            const answer end =
                of(self).use_response(at, worker_status(status), bytes(task), bytes(response), to, list);
            return static_cast<th_status>(end);
        });
    }
    static th_status on_marshal_error(th_queue *self, th_call *c, const th_gone *why, const th_bytes *task,
                                      th_out *tasks) noexcept {
        return detail::status_of(c, [&]() -> th_status {
            call at(c);
            items list(tasks);
            const bytes held = task != nullptr ? bytes(*task) : bytes();
            const after then = of(self).on_marshal_error(at, gone(why), task != nullptr ? &held : nullptr, list);
            return static_cast<th_status>(then);
        });
    }
    static th_status on_task_gone(th_queue *self, th_call *c, const th_gone *why, const th_bytes *task,
                                  th_out *tasks) noexcept {
        return detail::status_of(c, [&]() -> th_status {
            call at(c);
            items list(tasks);
            const bytes held = task != nullptr ? bytes(*task) : bytes();
            const after then = of(self).on_task_gone(at, gone(why), task != nullptr ? &held : nullptr, list);
            return static_cast<th_status>(then);
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
        return detail::status_of(c, [&]() -> th_status {
            call at(c);
            out to(text);
            of(self).summary(at, totals(sums), to);
            return TH_OK;
        });
    }

    // -- names and extensions

    static th_status name_of_task(th_bytes task, th_out *text) noexcept {
        return logged("name_of_task", [&]() -> th_status {
            out to(text);
            Kind::name_of_task(bytes(task), to);
            return TH_OK;
        });
    }
    static th_status name_of_request(th_bytes request, th_out *text) noexcept {
        return logged("name_of_request", [&]() -> th_status {
            out to(text);
            Kind::name_of_request(bytes(request), to);
            return TH_OK;
        });
    }
    static th_status session_open(th_worker *self, th_call *c, th_bytes request, th_session **opened) noexcept {
        return detail::status_of(c, [&]() -> th_status {
            call at(c);
            *opened = reinterpret_cast<th_session *>(new session(of(self), at, bytes(request)));
            return TH_OK;
        });
    }
    static th_status session_perform(th_worker *, th_session *open, th_call *c, th_bytes request,
                                     th_out *response) noexcept {
        return detail::status_of(c, [&]() -> th_status {
            call at(c);
            out to(response);
            of(open).perform(at, bytes(request), to);
            return TH_OK;
        });
    }
    static th_status session_close(th_worker *, th_session *open, th_call *c, th_out *last) noexcept {
        std::unique_ptr<session> owned(&of(open));
        return detail::status_of(c, [&]() -> th_status {
            (void)last;
            if constexpr (detail::has_close<session>()) {
                call at(c);
                out to(last);
                owned->close(at, to);
            }
            return TH_OK;
        });
    }
    static th_status on_call(th_queue *self, th_call *c, const th_worker_status *status, const th_worker_handle *caller,
                             th_bytes request, th_out *reply) noexcept {
        return detail::status_of(c, [&]() -> th_status {
            call at(c);
            out to(reply);
            return of(self).on_call(at, worker_status(status), *caller, bytes(request), to) ? TH_OK : TH_NONE;
        });
    }
    static const void *extension(const char *id) noexcept {
        if constexpr (has_sessions) {
            static_assert(std::is_constructible_v<session, worker &, call &, bytes>,
                          "a session is made with session(worker &, call &, bytes request)");
            static_assert(detail::has_perform<session>(), "a session must have perform");
            static constexpr th_session_hooks hooks{sizeof(th_session_hooks), 0, session_open, session_perform,
                                                    session_close};
            if (std::strcmp(id, TH_EXT_SESSION) == 0) return &hooks;
        }
        if constexpr (detail::has_on_call<queue>()) {
            static constexpr th_host_service service{sizeof(th_host_service), 0, on_call};
            if (std::strcmp(id, TH_EXT_HOST_SERVICE) == 0) return &service;
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
        if constexpr (has_queue) {
            k.queue_new = queue_new;
            k.queue_free = queue_free;
            if constexpr (detail::has_extra_env<queue>()) k.extra_env = extra_env;
            if constexpr (detail::has_plan<queue>()) k.plan = plan;
            if constexpr (detail::has_request_of_task<queue>()) k.request_of_task = request_of_task;
            if constexpr (detail::has_task_match<queue>()) k.task_match = task_match;
            if constexpr (detail::has_use_response<queue>()) k.use_response = use_response;
            if constexpr (detail::has_on_marshal_error<queue>()) k.on_marshal_error = on_marshal_error;
            if constexpr (detail::has_on_task_gone<queue>()) k.on_task_gone = on_task_gone;
            if constexpr (detail::has_forward_feedback<queue>()) k.forward_feedback = forward_feedback;
            if constexpr (detail::has_summary<queue>()) k.summary = summary;
        }
        k.worker_new = worker_new;
        k.worker_free = worker_free;
        k.perform = perform;
        if constexpr (detail::has_worker_forked<worker>()) k.worker_forked = worker_forked;
        if constexpr (detail::has_on_feedback<worker>()) k.on_feedback = on_feedback;
        if constexpr (detail::has_name_of_task<Kind>()) k.name_of_task = name_of_task;
        if constexpr (detail::has_name_of_request<Kind>()) k.name_of_request = name_of_request;
        if constexpr (has_sessions || detail::has_on_call<queue>()) k.extension = extension;
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
