/* What is thrown ends here. A part of taskhost.hpp, which includes it. */
#ifndef TASKHOST_GUARD_HPP
#define TASKHOST_GUARD_HPP

#include "host.hpp"

#include <cstdio>
#include <cstdlib>
#include <cxxabi.h>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <typeinfo>

namespace taskhost {

namespace detail {

/// What is being thrown, where it is no std::exception: its type. Written into `room`, as there may be no memory left.
template <std::size_t Size> const char *unknown_exception(char (&room)[Size]) noexcept {
    const std::type_info *type = abi::__cxa_current_exception_type();
    if (type == nullptr) return "an unknown exception was thrown";
    int status = 0;
    std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(type->name(), nullptr, nullptr, &status),
                                                     &std::free);
    std::snprintf(room, Size, "a value of type %s was thrown", name ? name.get() : type->name());
    return room;
}
inline const char *some_text(const char *text) noexcept {
    return text != nullptr ? text : "something without a text was thrown";
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
        return report(TH_E_INTERNAL, some_text(e.what()));
    } catch (const char *text) {
        return report(TH_E_INTERNAL, some_text(text));
    } catch (const std::string &text) {
        return report(TH_E_INTERNAL, text.c_str());
    } catch (...) {
        char room[512];
        return report(TH_E_INTERNAL, unknown_exception(room));
    }
}
template <class Body> th_status status_of(th_call *c, Body &&body) noexcept {
    return guarded(body, [c](th_status code, const char *text) { return th_fail(c, code, text); });
}

/// The host, for hooks that have no call to carry a message. Each library has its own.
inline const th_host *&logger() noexcept {
    static const th_host *h = nullptr;
    return h;
}
template <class Body> auto logged(const char *hook, Body &&body) noexcept {
    return guarded(body, [hook](th_status code, const char *text) -> decltype(body()) {
        char message[1024];
        std::snprintf(message, sizeof message, "%s: %s", hook, text);
        if (logger() != nullptr) host(logger()).log(TH_LOG_ERROR, message);
        return static_cast<decltype(body())>(code);
    });
}

}  // namespace detail

}  // namespace taskhost

#endif /* TASKHOST_GUARD_HPP */
