/* A kind in C++ that has every hook, and throws in `perform` what the request says.                           */
#include <taskhost.hpp>

#include <new>
#include <stdexcept>
#include <string>

struct thrower {
    static constexpr auto description = taskhost::description("org.example.thrower", "thrower", "1.0.0")
                                            .summary("throws \"things\"")
                                            .flags(taskhost::polls_cancel | taskhost::deterministic)
                                            .option("negative", -7, "a number")
                                            .option("text", "a \"text\"", "a text")
                                            .option("is.on", true, "a truth");

    static void name_of_task(taskhost::bytes task, taskhost::out &text) { text.write(task); }
    static void name_of_request(taskhost::bytes request, taskhost::out &text) { text.write(request); }

    struct queue {
        explicit queue(const taskhost::host &host) : negative(host.option<int>("negative", -7, -10, 10)) {}

        void extra_env(taskhost::call &, taskhost::items &items) { items.add("THROWER=1"); }
        void plan(taskhost::call &, taskhost::words words, taskhost::out &shared, taskhost::items &tasks) {
            shared.put(negative);
            for (taskhost::bytes word : words) {
                taskhost::item_options options;
                options.estimate = std::chrono::milliseconds(1);
                options.key = word;
                tasks.item().write(word);
                tasks.end(options);
            }
        }
        bool request_of_task(taskhost::call &, const taskhost::worker_status &, taskhost::bytes task,
                             taskhost::out &request) {
            request.adopt(task.copy());
            return true;
        }
        bool task_match(const taskhost::worker_status &, taskhost::bytes) { return true; }
        taskhost::answer use_response(taskhost::call &call, const taskhost::worker_status &worker, taskhost::bytes,
                                      taskhost::bytes, taskhost::out &, taskhost::items &) {
            answers++;
            call.progress(worker.jobs_done(), 0, "answers");
            return taskhost::answer::stay;
        }
        taskhost::after on_marshal_error(taskhost::call &, const taskhost::gone &, const taskhost::bytes *,
                                         taskhost::items &) {
            return taskhost::after::settled;
        }
        taskhost::after on_task_gone(taskhost::call &, const taskhost::gone &, const taskhost::bytes *task,
                                     taskhost::items &) {
            if (task != nullptr) gone++;
            return taskhost::after::settled;
        }
        void forward_feedback(taskhost::call &, std::uint64_t, taskhost::bytes) {}
        void summary(taskhost::call &, const taskhost::totals &, taskhost::out &text) {
            text.write(std::to_string(answers) + " answers, " + std::to_string(gone) + " gone");
        }
        bool on_call(taskhost::call &, const taskhost::worker_status &, const th_worker_handle &, taskhost::bytes,
                     taskhost::out &reply) {
            reply.write("reply");
            return true;
        }
        int negative, answers = 0, gone = 0;
    };

    struct worker {
        worker(const taskhost::host &host, taskhost::call &, taskhost::bytes shared)
            : services(host), negative(shared.as<int>()), print(host), stream(host), calls(host), trace(host) {}

        void worker_forked(taskhost::call &) {}
        void on_feedback(taskhost::call &, taskhost::bytes) {}

        void perform(taskhost::call &call, taskhost::bytes request, taskhost::out &response) {
            const auto span = trace.begin(call, "perform");
            if (request == "runtime_error") throw std::runtime_error("of the standard library");
            if (request == "error") throw taskhost::error(-1234, "with a code of its own");
            if (request == "bad_input") throw taskhost::error::bad_input("would be wrong again");
            if (request == "positive") throw taskhost::error(7, "a code that is none");
            if (request == "text") throw "a text alone";
            if (request == "string") throw std::string("a string alone");
            if (request == "number") throw 42;
            if (request == "memory") throw std::bad_alloc();
            if (request == "size") (void)request.as<std::uint64_t>();
            if (request == "truth") (void)taskhost::bytes("x").as<bool>();
            if (request == "null") throw static_cast<const char *>(nullptr);
            if (request == "speechless") throw speechless();
            if (request == "range") (void)services.option<int>("unset", 50, 0, 10);
            if (calls.ask(call, "?") != "reply" || stream.next(call) || negative != -7) throw 1;
            call.throw_if_cancelled();
            print.out(call, "");
            response.write("ok");
        }

        struct session {
            session(worker &, taskhost::call &, taskhost::bytes) {}
            void perform(taskhost::call &, taskhost::bytes request, taskhost::out &response) { response.write(request); }
            void close(taskhost::call &, taskhost::out &last) { last.write("closed"); }
        };

        struct speechless : std::exception {
            const char *what() const noexcept override { return nullptr; }
        };

        taskhost::host services;
        int negative;
        taskhost::printer print;
        taskhost::streams stream;
        taskhost::host_calls calls;
        taskhost::trace trace;
    };
};

TASKHOST_PLUGIN(thrower);
