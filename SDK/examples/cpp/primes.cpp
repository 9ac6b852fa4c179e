// Counts the primes of ranges such as 1-1000. A long range is split by the worker that gets it. Workers keep the primes that
// they know, and the host knows how far each of them has come. A number at which workers die is found by halving.
#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>
#include "taskhost.hpp"

using number = std::uint64_t;

struct range {
    number first = 0, last = 0;

    number middle() const { return first + (last - first) / 2; }
    bool has(number n) const { return first <= n && n <= last; }
    bool sound() const { return first >= 1 && first <= last && last <= 1'000'000'000'000; }
    std::string text() const { return std::to_string(first) + "-" + std::to_string(last); }

    static range read(std::string_view text) {
        range r;
        const char *end = text.data() + text.size();
        const auto first = std::from_chars(text.data(), end, r.first);
        if (first.ec == std::errc() && first.ptr != end && *first.ptr == '-') {
            const auto last = std::from_chars(first.ptr + 1, end, r.last);
            if (last.ec == std::errc() && last.ptr == end && r.sound()) return r;
        }
        throw taskhost::error::bad_input("'" + std::string(text) + "' is no range such as 1-1000");
    }
};

// Requests and responses are bytes; these two go between processes of one library on one machine, so they are sent as they are.
struct request {
    range r;
    number known;   // up to where this worker should know the primes
};
struct response {
    number middle;  // where to split; 0: not at all
    number primes, largest, known;
};

struct primes {
    static constexpr auto description =
        taskhost::description("org.example.primes", "primes", "1.0.0")
            .wire("primes/1")
            .summary("counts the primes of ranges")
            .flags(taskhost::idempotent | taskhost::splits)
            .option("size", 250, "numbers that one task may have")
            .option("fail", 0, "a number at which a task fails")
            .option("crash", 0, "a number at which a worker dies")
            .example("1-1000");

    // In the host.
    struct queue {
        // Each word is a task; a wrong one ends the run before anything is performed.
        void plan(taskhost::call &, taskhost::words words, taskhost::out &, taskhost::items &tasks) {
            for (taskhost::bytes word : words) tasks.add(range::read(word).text());
        }

        bool request_of_task(taskhost::call &, const taskhost::worker_status &worker, taskhost::bytes task,
                             taskhost::out &out) {
            out.put(request{range::read(task), worker.fresh() ? 0 : worker.competence().as<number>()});
            return true;
        }

        taskhost::answer use_response(taskhost::call &call, const taskhost::worker_status &, taskhost::bytes task,
                                      taskhost::bytes bytes, taskhost::out &competence, taskhost::items &tasks) {
            const auto found = bytes.as<response>();
            if (found.middle != 0) {
                const range whole = range::read(task);
                taskhost::item_options here;
                here.pinned = true;
                // The first half goes on where it is; the other one goes to whoever is free.
                tasks.add(range{whole.first, found.middle}.text(), here);
                tasks.add(range{found.middle + 1, whole.last}.text());
                call.count(0, 0, 0);
            }
            count += found.primes;
            largest = std::max(largest, found.largest);
            competence.put(found.known);
            return taskhost::answer::stay;
        }

        // A range at which a worker died is halved, until the culprit is alone.
        taskhost::after on_task_gone(taskhost::call &call, const taskhost::gone &gone, const taskhost::bytes *task,
                                     taskhost::items &tasks) {
            if (!gone.worker_died() || task == nullptr) return taskhost::after::settled;
            const range r = range::read(*task);
            if (r.first < r.last) {
                tasks.add(range{r.first, r.middle()}.text());
                tasks.add(range{r.middle() + 1, r.last}.text());
            } else {
                call.diagnostic(taskhost::diagnostic(taskhost::severity::error, "workers die at this number").of(*task));
            }
            return taskhost::after::settled;
        }

        void summary(taskhost::call &, const taskhost::totals &, taskhost::out &text) {
            text.write(std::to_string(count) + " primes, the largest is " + std::to_string(largest));
        }

        number count = 0, largest = 0;
    };

    // In each worker process.
    struct worker {
        explicit worker(const taskhost::host &host)
            : size(host.option<number>("size", 250)), fail(host.option<number>("fail", 0)),
              crash(host.option<number>("crash", 0)) {}

        void perform(taskhost::call &call, taskhost::bytes bytes, taskhost::out &out) {
            const auto [r, believed] = bytes.as<request>();
            if (!r.sound()) throw taskhost::error::bad_input("the request is no range");
            if (believed != known) throw taskhost::error::poisoned("host and worker do not agree about what it knows");
            if (r.last - r.first >= size) {
                out.put(response{r.middle(), 0, 0, known});
                return;
            }
            if (r.has(fail)) throw std::runtime_error(std::to_string(fail) + " is an unlucky number");
            if (r.has(crash)) std::abort();
            learn(r.last);
            response found{0, 0, 0, known};
            for (number n = r.first; n <= r.last; n++) {
                call.throw_if_cancelled();
                if (is_prime(n)) found.primes++, found.largest = n;
            }
            call.diagnostic(
                taskhost::diagnostic(taskhost::severity::note, std::to_string(found.primes) + " primes").of(r.text()));
            out.put(found);
        }

        bool is_prime(number n) const {
            for (number p : table) {
                if (p * p > n) break;
                if (n % p == 0) return false;
            }
            return n > 1;
        }

        // Makes the table reach the square root of `last`.
        void learn(number last) {
            for (; known * known < last; known++)
                if (is_prime(known + 1)) table.push_back(known + 1);
        }

        number size, fail, crash, known = 0;
        std::vector<number> table;
    };
};

TASKHOST_PLUGIN(primes);
