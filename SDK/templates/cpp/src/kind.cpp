// The kind @NAME@: finds lines that are too long. include/taskhost.hpp lists at its beginning what a kind may have; the hooks are
// explained in include/taskhost.h.
#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>
#include "taskhost.hpp"

struct @TYPE@ {
    // ---- (1) What the kind is called. Table and manifest are both made of this. The id is yours for ever; the wire is a name for
    // the form of requests and responses: change it with them.
    static constexpr auto description = taskhost::description("org.example.@NAME@", "@NAME@", "0.1.0")
                                            .wire("@NAME@/1")
                                            .summary("finds lines that are too long")
                                            .flags(taskhost::stateless | taskhost::idempotent)
                                            .option("width", 80, "characters that a line may have");

    // In the host.
    struct queue {
        // ---- (2) What the tasks are. Once: the words of the command line become tasks. A task is bytes of any form; here it is
        // the word itself, a path. (Without this hook it would be the same.)
        void plan(taskhost::call &, taskhost::words words, taskhost::out &, taskhost::items &tasks) {
            for (taskhost::bytes word : words) tasks.add(word);
        }
    };

    // In each worker process; what it has is kept from one request to the next.
    struct worker {
        // What is thrown here ends the start of the worker, with this message.
        explicit worker(const taskhost::host &host) : width(host.option<std::size_t>("width", 80)) {}

        // ---- (3) How a task is performed, one at a time. What it finds is a diagnostic: `failed` says that the input is bad. What
        // it throws says that there is no verdict; the worker lives on either way. If this crashes, it costs one task.
        void perform(taskhost::call &call, taskhost::bytes request, taskhost::out &) {
            std::ifstream file(request.copy());
            if (!file) throw taskhost::error::bad_input(std::generic_category().message(errno));
            std::string line;
            for (std::uint32_t number = 1; std::getline(file, line); number++) {
                if (line.size() <= width) continue;
                const auto text = std::to_string(line.size()) + " characters, at most " + std::to_string(width);
                call.diagnostic(taskhost::diagnostic(taskhost::severity::failed, text).in(request, number));
            }
        }

        std::size_t width;
    };
};

TASKHOST_PLUGIN(@TYPE@);
