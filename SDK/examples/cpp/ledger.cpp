// Keeps accounts. A session is one account: it is opened with a balance, each request books an amount, and its last output is the
// balance. A request outside of sessions takes amounts as a stream and gives the balance after each of them.
#include <charconv>
#include <cstdint>
#include <string>
#include "taskhost.hpp"

using money = std::int64_t;

static money amount(std::string_view text) {
    money value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size())
        throw taskhost::error::bad_input("'" + std::string(text) + "' is no amount");
    return value;
}

static money sum(money a, money b) {
    money both = 0;
    if (__builtin_add_overflow(a, b, &both)) throw taskhost::error::limit("nobody has as much");
    return both;
}

struct ledger {
    static constexpr auto description =
        taskhost::description("org.example.ledger", "ledger", "1.0.0").wire("ledger/1").summary("keeps accounts");

    // In the host: what only one may know.
    struct queue {
        bool on_call(taskhost::call &, const taskhost::worker_status &, const th_worker_handle &, taskhost::bytes request,
                     taskhost::out &reply) {
            if (request != "limit") return false;
            reply.write("1000");
            return true;
        }
    };

    struct worker {
        explicit worker(const taskhost::host &host) : stream(host), calls(host), trace(host) {}

        void perform(taskhost::call &call, taskhost::bytes request, taskhost::out &response) {
            money balance = first(call, request);
            while (const auto item = stream.next(call)) {
                balance = sum(balance, amount(*item));
                stream.emit(call, std::to_string(balance));
            }
            response.write(std::to_string(balance));
        }

        money first(taskhost::call &call, taskhost::bytes request) {
            const auto span = trace.begin(call, "read the amount");
            return amount(request);
        }

        struct session {
            session(worker &owner, taskhost::call &call, taskhost::bytes request)
                : limit(amount(owner.calls.ask(call, "limit"))), balance(amount(request)) {}

            void perform(taskhost::call &, taskhost::bytes request, taskhost::out &response) {
                const money after = sum(balance, amount(request));
                if (after > limit)
                    throw taskhost::error::limit(std::to_string(after) + " is above the limit of " + std::to_string(limit));
                balance = after;
                response.write(std::to_string(balance));
            }
            void close(taskhost::call &, taskhost::out &last) { last.write(std::to_string(balance)); }

            money limit, balance;
        };

        taskhost::streams stream;
        taskhost::host_calls calls;
        taskhost::trace trace;
    };
};

TASKHOST_PLUGIN(ledger);
