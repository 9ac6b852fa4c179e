// Counts the lines of files. The request is the word of the command line: a path.
#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>
#include "taskhost.hpp"

struct lines {
    static constexpr auto description = taskhost::description("org.example.lines", "lines", "1.0.0")
                                            .wire("lines/1")
                                            .summary("counts the lines of files");

    void perform(taskhost::call &call, taskhost::bytes request, taskhost::out &) {
        std::ifstream file(request.copy());
        if (!file) throw taskhost::error::bad_input(std::generic_category().message(errno));
        long count = 0;
        for (int c; (c = file.get()) != std::ifstream::traits_type::eof();) count += c == '\n';
        const std::string text = std::to_string(count) + " lines";
        call.diagnostic(taskhost::diagnostic(taskhost::severity::note, text).in(request));
    }
};

TASKHOST_PLUGIN(lines);
