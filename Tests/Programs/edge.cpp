/* A host that means harm to a plugin: edge PLUGIN ROUNDS SEED. Every hook gets bytes that nobody has made, or that were made and then
 * changed, each in memory of exactly their size; outputs move whenever they grow, and refuse to now and then; services answer with
 * what they like. Built with -fsanitize=address,undefined, as the plugin may be, so that a byte too many ends it. Whatever a hook returns is one of
 * the codes that it may return, and what it was lent is as it was.                                                             */
#include <dlfcn.h>
#include <taskhost_ext.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace {

std::uint64_t seed = 1;
std::uint64_t dice(std::uint64_t sides) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return seed % sides;
}

[[noreturn]] void broken(const char *hook, const std::string &what) {
    std::fprintf(stderr, "%s: %s\n", hook, what.c_str());
    std::exit(1);
}

/* Bytes in a block of their own, which must not change while they are lent. */
struct lent {
    explicit lent(std::string bytes) : kept(std::move(bytes)), block(kept.empty() ? nullptr : new std::uint8_t[kept.size()]) {
        if (block) std::memcpy(block.get(), kept.data(), kept.size());
    }
    th_bytes raw() const { return {block.get(), kept.size()}; }
    void check(const char *hook) const {
        if (block && std::memcmp(block.get(), kept.data(), kept.size()) != 0) broken(hook, "it has changed what it was lent");
    }
    std::string kept;
    std::unique_ptr<std::uint8_t[]> block;
};

/* What was seen before comes again, changed. */
std::vector<std::string> seen = {"1-1000", "5-1", "add 5", "host say a", "sum", "emit 3 x", "span a", "ends 3 0", "ends 0", "collect",
                                 "peer 1 2 sum", "file /dev/null 0 1", "out a", "size", "ok", "18446744073709551616", "-1-2"};

std::string garbage() {
    std::string bytes;
    if (dice(2) == 0) {
        bytes = seen[dice(seen.size())];
        for (std::uint64_t i = dice(3); i > 0 && !bytes.empty(); i--)
            bytes[dice(bytes.size())] = static_cast<char>(dice(4) == 0 ? dice(256) : ' ' + dice(95));
        if (dice(4) == 0) bytes.resize(dice(bytes.size() + 9));
    } else {
        bytes.resize(dice(80));
        for (char &byte : bytes) byte = static_cast<char>(dice(256));
    }
    return bytes;
}

/* ---- outputs: each growth is a new block with no byte to spare */

struct output {
    explicit output(const char *hook_) : hook(hook_) {
        raw.size = sizeof raw;
        raw.impl = this;
        raw.grow = [](th_out *o, std::size_t extra) noexcept { return static_cast<output *>(o->impl)->grow(extra); };
        raw.end_item = [](th_out *o, const th_item *options) noexcept { return static_cast<output *>(o->impl)->end(options); };
        raw.adopt = [](th_out *o, th_bytes mem, void (*release)(void *) noexcept, void *ctx) noexcept {
            return static_cast<output *>(o->impl)->adopt(mem, release, ctx);
        };
    }
    th_status grow(std::size_t extra) {
        if (dice(16) == 0 || extra > 1 << 20) return TH_E_LIMIT;
        auto *moved = new std::uint8_t[raw.len + extra];
        if (raw.len) std::memcpy(moved, raw.base, raw.len);
        block.reset(moved);
        raw.base = moved;
        raw.cap = raw.len + extra;
        return TH_OK;
    }
    th_status end(const th_item *options) {
        if (options && options->key.len && options->key.ptr[options->key.len - 1] == 0) raw.flags = 0;
        keep();
        raw.len = 0;
        return dice(16) == 0 ? TH_E_LIMIT : TH_OK;
    }
    th_status adopt(th_bytes mem, void (*release)(void *) noexcept, void *ctx) {
        if (dice(8) == 0) return TH_E_UNSUPPORTED;
        seen.emplace_back(reinterpret_cast<const char *>(mem.ptr), mem.len);
        release(ctx);
        return TH_OK;
    }
    void keep() {
        if (raw.len > raw.cap) broken(hook, "it has written more than there is room for");
        if (raw.len && seen.size() < 1000) seen.emplace_back(reinterpret_cast<char *>(raw.base), raw.len);
    }
    const char *hook;
    std::unique_ptr<std::uint8_t[]> block;
    th_out raw{};
};

/* ---- calls and services */

std::uint64_t cancelled;
std::uint64_t messages;

void read_all(th_bytes bytes) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < bytes.len; i++) sum += bytes.ptr[i];
    messages += sum & 1;
}

th_call make_call() {
    th_call c{};
    c.size = sizeof c;
    c.id = 7;
    c.cancel = &cancelled;
    c.fail = [](th_call *, th_status code, th_bytes message) noexcept { read_all(message); return code; };
    c.feedback = [](th_call *, th_bytes bytes) noexcept { read_all(bytes); };
    c.progress = [](th_call *, std::uint64_t, std::uint64_t, th_bytes units) noexcept { read_all(units); };
    c.count = [](th_call *, std::uint64_t, std::uint64_t, std::uint64_t) noexcept {};
    c.diagnostic = [](th_call *, const th_diagnostic *d) noexcept {
        read_all(d->file), read_all(d->label), read_all(d->message), read_all(d->json);
    };
    return c;
}

/* Any code, also such as no service has. */
th_status any_status() {
    static const th_status codes[] = {TH_OK, TH_OK, TH_OK, TH_NONE, TH_E_CANCELLED, TH_E_LIMIT, TH_E_UNSUPPORTED, 42, -12345};
    return codes[dice(sizeof codes / sizeof *codes)];
}
/* Lent until the next call of the service. */
th_bytes any_reply() {
    static std::unique_ptr<lent> last;
    last = std::make_unique<lent>(garbage());
    return last->raw();
}

const th_print prints = {
    sizeof(th_print), 0, [](th_call *, std::uint32_t, th_bytes bytes) noexcept { read_all(bytes); return any_status(); },
    [](th_call *, std::uint32_t, std::int32_t, std::uint64_t, std::uint64_t) noexcept { return any_status(); }};
/* What an older host has, with nothing behind it. */
const th_print *older_prints() {
    static const auto *table = [] {
        auto *bytes = new char[offsetof(th_print, print_file)];
        std::memcpy(bytes, &prints, offsetof(th_print, print_file));
        const std::uint32_t size = offsetof(th_print, print_file);
        std::memcpy(bytes, &size, sizeof size);
        return reinterpret_cast<const th_print *>(bytes);
    }();
    return table;
}
const th_stream streams = {sizeof(th_stream), 0,
                           [](th_call *, th_bytes item) noexcept { read_all(item); return any_status(); },
                           [](th_call *, th_bytes *item) noexcept {
                               *item = any_reply();
                               return dice(4) == 0 ? TH_NONE : any_status();
                           }};
const th_host_call calls = {sizeof(th_host_call), 0,
                            [](th_call *, th_worker_handle *handle) noexcept { handle->id = 1; return any_status(); },
                            [](th_call *, const th_worker_handle *, th_bytes request, th_bytes *reply) noexcept {
                                read_all(request);
                                *reply = any_reply();
                                return any_status();
                            }};
const th_trace traces = {sizeof(th_trace), 0, [](th_call *, th_bytes name) noexcept { read_all(name); },
                         [](th_call *) noexcept {}};
const th_trial trials = {sizeof(th_trial), 0, [](th_call *, std::int32_t, std::int32_t) noexcept {}};

/* A table of too few bytes: nothing behind its size may be read. */
const void *short_table() {
    static const auto *table = new std::uint32_t(sizeof(std::uint32_t));
    return table;
}

std::map<std::string, std::unique_ptr<lent>> options;

th_host make_host() {
    th_host h{};
    h.size = sizeof h;
    h.abi_major = TH_ABI_MAJOR;
    h.abi_minor = TH_ABI_MINOR;
    h.role = TH_ROLE_CHECK;
    h.name = "edge";
    h.version = "1";
    h.log_enabled = [](const th_host *, std::int32_t) noexcept { return std::int32_t{1}; };
    h.log = [](const th_host *, std::int32_t, th_bytes message) noexcept { read_all(message); };
    h.config_get = [](const th_host *, th_bytes key) noexcept {
        const std::string name(reinterpret_cast<const char *>(key.ptr), key.len);
        auto &option = options[name];
        if (name == "crash") return th_bytes{};  /* by which `primes` is told to die */
        if (!option) option = std::make_unique<lent>(dice(2) == 0 ? std::to_string(static_cast<int>(dice(21)) - 10) : garbage());
        return dice(2) == 0 ? th_bytes{} : option->raw();
    };
    h.extension = [](const th_host *, const char *id) noexcept -> const void * {
        if (dice(16) == 0) return nullptr;
        if (dice(16) == 0) return short_table();
        if (std::strcmp(id, TH_EXT_PRINT) == 0) return dice(4) == 0 ? older_prints() : &prints;
        if (std::strcmp(id, TH_EXT_STREAM) == 0) return &streams;
        if (std::strcmp(id, TH_EXT_HOST_CALL) == 0) return &calls;
        if (std::strcmp(id, TH_EXT_TRACE) == 0) return &traces;
        if (std::strcmp(id, TH_EXT_TRIAL) == 0) return &trials;
        return nullptr;
    };
    return h;
}

/* ---- the hooks */

struct edge {
    explicit edge(const th_kind *kind) : k(kind), h(make_host()), c(make_call()) {
        if (k->extension) {
            sessions = static_cast<const th_session_hooks *>(k->extension(TH_EXT_SESSION));
            service = static_cast<const th_host_service *>(k->extension(TH_EXT_HOST_SERVICE));
            lines = static_cast<const th_task_line *>(k->extension(TH_EXT_LINE));
            if (k->extension("nobody.knows/1")) broken("extension", "it has a table that nobody knows");
        }
    }

    void expect(const char *hook, th_status status, th_status most) {
        if (status > most) broken(hook, "it has returned " + std::to_string(status));
        ended[hook + std::string(status < 0 ? " failed" : " passed")]++;
    }

    th_queue *make_queue() {
        th_queue *queue = nullptr;
        if (!k->queue_new) return nullptr;
        const th_status status = k->queue_new(&h, &c, &queue);
        expect("queue_new", status, TH_OK);
        return status == TH_OK ? queue : nullptr;
    }

    void in_the_host() {
        th_queue *queue = make_queue();
        if (k->queue_new && !queue) return;
        for (std::uint64_t i = 0; i < 20; i++) one_of_the_host(queue);
        if (k->summary) {
            output text("summary");
            th_totals totals{};
            totals.size = sizeof totals;
            expect("summary", k->summary(queue, &c, &totals, &text.raw), TH_OK);
        }
        if (k->queue_free) k->queue_free(queue);
    }

    void one_of_the_host(th_queue *queue) {
        const lent task(garbage()), other(garbage()), competence(garbage());
        th_worker_status worker{};
        worker.size = sizeof worker;
        worker.is_old = static_cast<std::uint32_t>(dice(2));
        worker.worker_id = 1;
        worker.competence = worker.is_old ? competence.raw() : th_bytes{};
        output first("an output"), list("a list");
        const th_bytes bytes = task.raw();
        switch (dice(9)) {
        case 0:
            if (k->plan) {
                std::vector<th_bytes> words(dice(3), bytes);
                expect("plan", k->plan(queue, &c, words.data(), words.size(), &first.raw, &list.raw), TH_OK);
            }
            break;
        case 1:
            if (k->request_of_task)
                expect("request_of_task", k->request_of_task(queue, &c, &worker, bytes, &first.raw), TH_NONE), first.keep();
            break;
        case 2:
            if (k->task_match) k->task_match(queue, &worker, bytes);
            break;
        case 3:
            if (k->use_response)
                expect("use_response", k->use_response(queue, &c, &worker, bytes, other.raw(), &first.raw, &list.raw), TH_END);
            break;
        case 4: case 5: {
            const bool is_gone = dice(2) == 0;
            th_gone gone{};
            gone.size = sizeof gone;
            gone.cause = static_cast<std::uint32_t>(dice(12));
            gone.signal = static_cast<std::int32_t>(dice(66)) - 1;
            gone.text = other.raw();
            const auto hook = is_gone ? k->on_task_gone : k->on_marshal_error;
            const char *name = is_gone ? "on_task_gone" : "on_marshal_error";
            if (hook) expect(name, hook(queue, &c, &gone, dice(4) == 0 ? nullptr : &bytes, &list.raw), TH_OK);
            break;
        }
        case 6:
            if (k->forward_feedback) k->forward_feedback(queue, &c, dice(3), bytes);
            break;
        case 7:
            if (service) {
                const th_worker_handle caller{dice(3), dice(3)};
                expect("on_call", service->on_call(queue, &c, &worker, &caller, bytes, &first.raw), TH_NONE);
            }
            break;
        default:
            if (k->name_of_task) expect("name_of_task", k->name_of_task(bytes, &first.raw), TH_OK);
            if (k->name_of_request) expect("name_of_request", k->name_of_request(bytes, &list.raw), TH_OK);
            output line("line_of_task");
            if (lines) expect("line_of_task", lines->line_of_task(bytes, &line.raw), TH_OK);
        }
        task.check("a hook of the host"), other.check("a hook of the host"), competence.check("a hook of the host");
    }

    void in_a_worker() {
        th_worker *worker = nullptr;
        const lent shared(dice(2) == 0 ? std::string("\xf9\xff\xff\xff", 4) : garbage());
        if (k->worker_new) {
            const th_status status = k->worker_new(&h, &c, shared.raw(), &worker);
            expect("worker_new", status, TH_OK);
            if (status != TH_OK) return;
        }
        for (std::uint64_t i = 0; i < 20; i++) {
            const lent request(garbage());
            output response("perform");
            cancelled = dice(8) == 0 ? c.id : 0;
            expect("perform", k->perform(worker, &c, request.raw(), &response.raw), TH_OK);
            response.keep();
            request.check("perform");
            if (k->on_feedback && dice(4) == 0) k->on_feedback(worker, &c, request.raw());
        }
        if (sessions) one_session(worker);
        if (k->worker_free) k->worker_free(worker);
    }

    void one_session(th_worker *worker) {
        th_session *session = nullptr;
        const lent opening(dice(2) == 0 ? "12" : garbage());
        const th_status status = sessions->session_open(worker, &c, opening.raw(), &session);
        expect("session_open", status, TH_OK);
        if (status != TH_OK) return;
        for (std::uint64_t i = 0; i < 5; i++) {
            const lent request(garbage());
            output response("session_perform");
            expect("session_perform", sessions->session_perform(worker, session, &c, request.raw(), &response.raw), TH_OK);
            request.check("session_perform");
        }
        output last("session_close");
        expect("session_close", sessions->session_close(worker, session, &c, &last.raw), TH_OK);
    }

    const th_kind *k;
    th_host h;
    th_call c;
    const th_session_hooks *sessions = nullptr;
    const th_host_service *service = nullptr;
    const th_task_line *lines = nullptr;
    std::map<std::string, std::uint64_t> ended;
};

}  // namespace

int main(int count, char **words) {
    if (count != 4) return 2;
    void *library = dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
    if (!library) broken("dlopen", dlerror());
    const auto entry = reinterpret_cast<const th_kind *(*)(const th_host *, th_call *)>(dlsym(library, TH_ENTRY_SYMBOL));
    const auto rounds = std::strtoull(words[2], nullptr, 10);
    seed = std::strtoull(words[3], nullptr, 10) * 0x9E3779B97F4A7C15u + 1;
    static const th_host host = make_host();
    th_call call = make_call();
    edge all(entry(&host, &call));
    for (std::uint64_t i = 0; i < rounds; i++) all.in_the_host(), all.in_a_worker();
    for (const auto &[what, times] : all.ended) std::printf("%s %llu\n", what.c_str(), static_cast<unsigned long long>(times));
    return 0;
}
