/* A kind without defects: what the kinds of this folder begin with. Its words become tasks "t:WORD", requests "r:WORD" and responses
 * "a:DROW", the word backwards. table.h makes a plugin of it, with one hook or another in place of those here. */
#ifndef SOUND_H
#define SOUND_H

#include <stdio.h>
#include <stdlib.h>
#include <taskhost_ext.h>

#define UNUSED __attribute__((unused))

struct th_queue { unsigned long planned, answered; };
struct th_worker { unsigned long performed; };

UNUSED static int begins(th_bytes bytes, const char *mark) {
    return bytes.len >= 2 && bytes.ptr[0] == (uint8_t)mark[0] && bytes.ptr[1] == (uint8_t)mark[1];
}

UNUSED static th_bytes rest(th_bytes bytes) { bytes.ptr += 2; bytes.len -= 2; return bytes; }

/* MARK and the bytes behind the mark of `bytes`. */
UNUSED static th_status write_marked(th_out *out, const char *mark, th_bytes bytes) {
    uint8_t *place = th_reserve(out, bytes.len + 2);
    if (!place) return TH_E_NO_MEMORY;
    memcpy(place, mark, 2);
    if (bytes.len) memcpy(place + 2, bytes.ptr, bytes.len);
    out->len += bytes.len + 2;
    return TH_OK;
}

/* ---- in the host */

UNUSED static th_status sound_queue_new(const th_host *host, th_call *call, th_queue **self) {
    (void)host;
    *self = calloc(1, sizeof **self);
    return *self ? TH_OK : th_fail(call, TH_E_NO_MEMORY, "no memory");
}

UNUSED static void sound_queue_free(th_queue *self) { free(self); }

UNUSED static th_status sound_extra_env(th_queue *self, th_call *call, th_out *items) {
    (void)self; (void)call;
    if (th_write(items, "SOUND=yes", 9) != TH_OK) return TH_E_NO_MEMORY;
    return items->end_item(items, NULL);
}

UNUSED static th_status sound_plan(th_queue *self, th_call *call, const th_bytes *words, size_t n, th_out *shared,
                                   th_out *tasks) {
    (void)call;
    for (size_t i = 0; i < n; i++) {
        th_status status = write_marked(tasks, "t:", words[i]);
        if (status == TH_OK) status = tasks->end_item(tasks, NULL);
        if (status != TH_OK) return status;
        self->planned++;
    }
    return th_write(shared, "s:all", 5);
}

UNUSED static th_status sound_request_of_task(th_queue *self, th_call *call, const th_worker_status *worker,
                                              th_bytes task, th_out *request) {
    (void)self; (void)worker;
    if (!begins(task, "t:")) return th_fail(call, TH_E_BAD_INPUT, "no task of this kind");
    return write_marked(request, "r:", rest(task));
}

UNUSED static int32_t sound_task_match(th_queue *self, const th_worker_status *worker, th_bytes task) {
    (void)self; (void)worker; (void)task;
    return 1;
}

UNUSED static th_status sound_use_response(th_queue *self, th_call *call, const th_worker_status *worker,
                                           th_bytes task, th_bytes response, th_out *competence, th_out *tasks) {
    (void)worker; (void)task; (void)tasks;
    if (!begins(response, "a:")) return th_fail(call, TH_E_BAD_INPUT, "no response of this kind");
    self->answered++;
    return th_write(competence, "able", 4) == TH_OK ? TH_STAY : TH_E_NO_MEMORY;
}

UNUSED static th_status sound_gone(th_queue *self, th_call *call, const th_gone *gone, const th_bytes *task,
                                   th_out *tasks) {
    (void)self; (void)gone; (void)tasks;
    if (task) call->count(call, 0, 0, 1);
    return TH_OK;
}

UNUSED static void sound_forward_feedback(th_queue *self, th_call *call, uint64_t worker, th_bytes bytes) {
    (void)self; (void)call; (void)worker; (void)bytes;
}

UNUSED static th_status sound_summary(th_queue *self, th_call *call, const th_totals *totals, th_out *text) {
    char line[96];
    (void)self; (void)call;
    int length = snprintf(line, sizeof line, "%llu words", (unsigned long long)totals->tasks);
    return th_write(text, line, (size_t)length);
}

/* ---- in a worker */

UNUSED static th_status sound_worker_new(const th_host *host, th_call *call, th_bytes shared, th_worker **self) {
    (void)host; (void)shared;
    *self = calloc(1, sizeof **self);
    return *self ? TH_OK : th_fail(call, TH_E_NO_MEMORY, "no memory");
}

UNUSED static void sound_worker_free(th_worker *self) { free(self); }

UNUSED static th_status sound_perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    if (!begins(request, "r:")) return th_fail(call, TH_E_BAD_INPUT, "no request of this kind");
    if (th_cancelled(call)) return TH_E_CANCELLED;
    th_bytes word = rest(request);
    uint8_t *place = th_reserve(response, word.len + 2);
    if (!place) return TH_E_NO_MEMORY;
    memcpy(place, "a:", 2);
    for (size_t i = 0; i < word.len; i++) place[2 + i] = word.ptr[word.len - 1 - i];
    response->len += word.len + 2;
    self->performed++;
    call->progress(call, 1, 1, th_text("words"));
    return TH_OK;
}

UNUSED static void sound_on_feedback(th_worker *self, th_call *call, th_bytes bytes) {
    (void)self; (void)call; (void)bytes;
}

/* ---- both */

UNUSED static th_status sound_name(th_bytes bytes, th_out *text) {
    return th_write(text, "a word", bytes.len ? 6 : 0);
}

UNUSED static const void *sound_extension(const char *id) {
    static const uint32_t table[2] = {sizeof table, 1};
    return strcmp(id, "org.example.sound/1") == 0 ? table : NULL;
}

#endif
