/* Tasks that start a taskhost of their own. A task is LEVELS and the way to start the next one; `--set taskhost=` is the
   program, `--set plugin=` this file, `--set line=` a FIFO that all of them hold open for as long as they live.          */
#include <taskhost.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.nester\",\"name\":\"nester\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"nester/1\"}");

static const th_host *host;

static const char *setting(const char *name, char *room, size_t size) {
    th_bytes value = host->config_get(host, th_text(name));
    snprintf(room, size, "%.*s", (int)value.len, (const char *)value.ptr);
    return room;
}

/* Not close-on-exec: what is started here holds it, too, and hosts close it for their workers. */
static void hold_the_line(int levels) {
    char path[512], line[64];
    int fd = open(setting("line", path, sizeof path), O_WRONLY);
    if (fd < 0) _exit(3);
    int length = snprintf(line, sizeof line, "level %d worker %d host %d\n", levels, (int)getpid(), (int)getppid());
    if (write(fd, line, (size_t)length) != length) _exit(3);
}

static void start(const char *how, int levels) {
    char program[512], plugin[512], line[512], settings[3][600], task[64], command[8192];
    snprintf(settings[0], sizeof settings[0], "taskhost=%s", setting("taskhost", program, sizeof program));
    snprintf(settings[1], sizeof settings[1], "plugin=%s", setting("plugin", plugin, sizeof plugin));
    snprintf(settings[2], sizeof settings[2], "line=%s", setting("line", line, sizeof line));
    /* Levels below this one are started directly. */
    snprintf(task, sizeof task, "%d direct", levels);
    const char *before = "exec", *after = "";
    if (strcmp(how, "session") == 0) before = "exec setsid sh -c '", after = " & wait'";
    if (strcmp(how, "forgets") == 0) before = "unset TASKHOST_HOST_PROCESS; exec setsid";
    snprintf(command, sizeof command, "%s %s run -j1 --plugin %s --set %s --set %s --set %s \"%s\" >/dev/null 2>&1%s",
             before, program, plugin, settings[0], settings[1], settings[2], task, after);
    if (fork() == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(3);
    }
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    (void)self; (void)call; (void)response;
    char text[64], how[32] = "";
    int levels = 0;
    snprintf(text, sizeof text, "%.*s", (int)request.len, (const char *)request.ptr);
    if (sscanf(text, "%d %31s", &levels, how) < 1) return TH_E_BAD_INPUT;
    hold_the_line(levels);
    if (levels > 0) start(how, levels - 1);
    for (;;) pause();
}

static const th_kind table = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR,
    .id = "org.example.nester", .name = "nester", .version = "1.0.0", .wire = "nester/1",
    .perform = perform,
};

const th_kind *taskhost_plugin_v1(const th_host *h, th_call *call) {
    (void)call;
    host = h;
    return &table;
}
