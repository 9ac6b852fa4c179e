// What services.c says, in C++.
#include <charconv>
#include <chrono>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include "taskhost.hpp"

using number = std::uint64_t;

// The bytes up to the next space, which goes, too.
static std::string_view word(std::string_view &rest) {
    const std::size_t end = rest.find(' ');
    const std::string_view first = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    return first;
}

static number read(std::string_view text) {
    number value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size())
        throw taskhost::error::bad_input("'" + std::string(text) + "' is no number");
    return value;
}

struct services {
    static constexpr auto description =
        taskhost::description("org.example.services", "services", "1.0.0").wire("services/1");

    static void name_of_task(taskhost::bytes task, taskhost::out &text) {
        std::string_view rest = task;
        text.write(word(rest));
    }
    static void name_of_request(taskhost::bytes request, taskhost::out &text) { name_of_task(request, text); }
    static void line_of_task(taskhost::bytes task, taskhost::out &text) {
        text.write("in full: ");
        text.write(task);
    }

    struct queue {
        explicit queue(const taskhost::host &host) : print(host), trace(host), programs(host) {}

        // `late WORDS` has expired before it can be started, `both WORDS` needs two of what there is one of.
        void plan(taskhost::call &, taskhost::words words, taskhost::out &, taskhost::items &tasks) {
            for (const taskhost::bytes task : words) {
                std::string_view rest = task;
                const std::string_view verb = word(rest);
                taskhost::item_options options;
                if (verb == "late") options.expires_in = std::chrono::nanoseconds(1);
                else if (verb == "both") options.resources = "gpu=2";
                else rest = task;
                tasks.add(rest, options);
            }
        }

        taskhost::answer use_response(taskhost::call &call, const taskhost::worker_status &, taskhost::bytes,
                                      taskhost::bytes response, taskhost::out &, taskhost::items &) {
            const auto span = trace.begin(call, "use");
            call.diagnostic(taskhost::diagnostic(taskhost::severity::note, response));
            std::string_view words = response;
            if (word(words) == "ends") {
                const auto code = static_cast<std::int32_t>(read(word(words)));
                const auto signal = static_cast<std::int32_t>(read(word(words)));
                if (signal == 0) programs.exited(call, code);
                else programs.signaled(call, signal);
            }
            if (response == "printed") print.out(call, "from the host\n");
            return taskhost::answer::stay;
        }

        bool on_call(taskhost::call &, const taskhost::worker_status &worker, const th_worker_handle &caller,
                     taskhost::bytes request, taskhost::out &reply) {
            if (worker.worker_id() != caller.id) throw taskhost::error::internal("two different callers");
            std::string_view rest = request;
            const std::string_view verb = word(rest);
            if (verb == "refuse") throw taskhost::error(-1500, "refused by the host");
            if (verb == "say") reply.write(rest);
            return verb == "say";
        }

        taskhost::printer print;
        taskhost::trace trace;
        taskhost::program_ends programs;
    };

    struct worker {
        explicit worker(const taskhost::host &host) : print(host), stream(host), calls(host), trace(host) {}

        void perform(taskhost::call &call, taskhost::bytes request, taskhost::out &response) {
            std::string_view rest = request;
            const std::string_view verb = word(rest);
            if (verb == "out" || verb == "err") {
                if (verb == "out") print.out(call, rest);
                else print.err(call, rest);
                response.write("printed");
            } else if (verb == "file" || verb == "errfile") {
                print_file(call, verb == "file", rest, response);
            } else if (verb == "emit") {
                emit(call, rest, response);
            } else if (verb == "sum") {
                number count = 0, size = 0;
                while (const auto item = stream.next(call)) count++, size += item->size();
                response.write(std::to_string(count) + " items, " + std::to_string(size) + " bytes");
            } else if (verb == "self") {
                const th_worker_handle self = calls.identify(call);
                response.write(std::to_string(self.id) + " " + std::to_string(self.epoch));
            } else if (verb == "host") {
                answered(response, [&] { return calls.ask(call, rest); });
            } else if (verb == "peer") {
                const number id = read(word(rest));
                const th_worker_handle other{id, read(word(rest))};
                answered(response, [&] { return calls.ask(call, other, rest); });
            } else if (verb == "span") {
                const auto span = trace.begin(call, std::string(rest).c_str());
                response.write("spanned");
            } else if (verb == "ends") {
                response.write(request);
            } else if (verb == "fail") {
                throw taskhost::error(-1234, "as it was told");
            } else {
                throw taskhost::error::bad_input("no such request");
            }
        }

        void print_file(taskhost::call &call, bool is_output, std::string_view words, taskhost::out &response) {
            const std::string path(word(words));
            const number offset = read(word(words)), count = read(word(words));
            const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
            if (file < 0) throw taskhost::error::bad_input("no such file");
            std::string text = "printed";
            try {
                if (is_output) print.file(call, file, offset, count);
                else print.err_file(call, file, offset, count);
            } catch (const taskhost::error &e) {
                text = "code " + std::to_string(e.code());
            }
            close(file);
            response.write(text);
        }

        void emit(taskhost::call &call, std::string_view words, taskhost::out &response) {
            const number count = read(word(words));
            try {
                for (number i = 0; i < count; i++) stream.emit(call, std::to_string(i) + " " + std::string(words));
                response.write(std::to_string(count) + " sent");
            } catch (const taskhost::error &e) {
                if (e.code() == TH_E_CANCELLED) throw;
                response.write("code " + std::to_string(e.code()));
            }
        }

        template <class Ask> static void answered(taskhost::out &response, Ask ask) {
            try {
                response.write(ask());
            } catch (const taskhost::error &e) {
                response.write("code " + std::to_string(e.code()) + ": " + e.what());
            }
        }

        struct session {
            session(worker &owner, taskhost::call &, taskhost::bytes request)
                : stream(owner.stream), sum(read(request)) {}

            void perform(taskhost::call &call, taskhost::bytes request, taskhost::out &response) {
                std::string_view rest = request;
                const std::string_view verb = word(rest);
                if (verb == "add") {
                    sum += read(rest);
                } else if (verb == "collect") {
                    while (const auto item = stream.next(call)) {
                        sum += read(*item);
                        stream.emit(call, std::to_string(sum));
                    }
                } else {
                    throw taskhost::error(-1234, "as it was told");
                }
                response.write(std::to_string(sum));
            }
            void close(taskhost::call &, taskhost::out &last) { last.write("closed at " + std::to_string(sum)); }

            taskhost::streams stream;
            number sum;
        };

        taskhost::printer print;
        taskhost::streams stream;
        taskhost::host_calls calls;
        taskhost::trace trace;
    };
};

TASKHOST_PLUGIN(services);
