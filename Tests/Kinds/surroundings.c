/* Tells, as feedback, what a worker finds around it.                                                         */
#include <taskhost.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TH_MANIFEST("{\"schema\":1,\"id\":\"org.example.surroundings\",\"name\":\"surroundings\",\"version\":\"1.0.0\","
            "\"abi\":{\"major\":1,\"needs_minor\":0},\"wire\":\"surroundings/1\"}");

extern char **environ;

static void tell(th_call *call, const char *what, const char *value) {
    char text[4400];
    snprintf(text, sizeof text, "%s=%s", what, value);
    call->feedback(call, th_text(text));
}

static th_status perform(th_worker *self, th_call *call, th_bytes request, th_out *response) {
    (void)self; (void)request;
    char text[4200], path[64];
    DIR *directory = opendir("/proc/self/fd");
    if (!directory) return TH_E_INTERNAL;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        int fd = atoi(entry->d_name);
        if (entry->d_name[0] == '.' || fd == dirfd(directory)) continue;
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(path, text, sizeof text - 1);
        text[length < 0 ? 0 : length] = 0;
        snprintf(path, sizeof path, "fd %d", fd);
        tell(call, path, text);
    }
    closedir(directory);
    tell(call, "cwd", getcwd(text, sizeof text) ? text : "?");
    for (char **variable = environ; *variable; variable++) tell(call, "env", *variable);
    sigset_t blocked;
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    tell(call, "SIGTERM blocked", sigismember(&blocked, SIGTERM) ? "yes" : "no");
    snprintf(text, sizeof text, "%d", getpgrp() == getpid());
    tell(call, "leads its group", text);
    FILE *comm = fopen("/proc/self/comm", "r");
    if (comm && fgets(text, sizeof text, comm)) tell(call, "comm", strtok(text, "\n"));
    if (comm) fclose(comm);
    return th_write(response, "", 0);
}

static const th_kind table = {
    .size = sizeof(th_kind), .abi_major = TH_ABI_MAJOR, .abi_minor = TH_ABI_MINOR,
    .id = "org.example.surroundings", .name = "surroundings", .version = "1.0.0", .wire = "surroundings/1",
    .perform = perform,
};

const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
    (void)host; (void)call;
    return &table;
}
