/* What a kind is called and promises, and the manifest that is made of it. A part of taskhost.hpp, which includes it. */
#ifndef TASKHOST_DESCRIPTION_HPP
#define TASKHOST_DESCRIPTION_HPP

#include <cstddef>
#include <cstdint>
#include <stdexcept>

namespace taskhost {

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

}  // namespace detail

}  // namespace taskhost

#endif /* TASKHOST_DESCRIPTION_HPP */
