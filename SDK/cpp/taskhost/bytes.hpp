/* Errors, and bytes that are lent. A part of taskhost.hpp, which includes it. */
#ifndef TASKHOST_BYTES_HPP
#define TASKHOST_BYTES_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace taskhost {

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

    /// One value that was written with out::put. Throws bad_input when there are more or fewer bytes. Each pattern of bits must be a value
    /// of the type: true of numbers and of structs of them, not of enums, nor of a bool within a struct.
    template <class T> T as() const {
        static_assert(std::is_trivially_copyable_v<T>, "only what can be copied byte by byte");
        if (size_ != sizeof(T))
            throw error::bad_input("found " + std::to_string(size_) + " bytes, expected " + std::to_string(sizeof(T)));
        if constexpr (std::is_same_v<T, bool>)
            if (data()[0] > 1) throw error::bad_input("found the byte " + std::to_string(data()[0]) + ", expected 0 or 1");
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

}  // namespace taskhost

#endif /* TASKHOST_BYTES_HPP */
