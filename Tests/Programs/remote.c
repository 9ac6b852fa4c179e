/* Stands for a remote shell: runs a command in a session of its own, with nothing but three pipes, and copies.
 *
 *     remote HOST COMMAND [ARGUMENT]...
 *
 * The command goes through a shell, as a text. What the caller has open is not handed on, signals neither. When the input
 * ends, that of the command is closed.                                                                               */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void copy(struct pollfd *from, int *to) {
    char bytes[4096];
    ssize_t count = read(from->fd, bytes, sizeof bytes);
    for (ssize_t done = 0; done < count;) {
        ssize_t written = write(*to, bytes + done, (size_t)(count - done));
        if (written < 0) { count = 0; break; }
        done += written;
    }
    if (count > 0) return;
    close(from->fd);
    from->fd = -1;
    if (*to > 2) close(*to);
    *to = -1;
}

int main(int argc, char **argv) {
    char command[8192] = "";
    for (int i = 2; i < argc; i++) {
        strncat(command, argv[i], sizeof command - strlen(command) - 2);
        strcat(command, " ");
    }
    int in[2], out[2], err[2];
    if (pipe(in) || pipe(out) || pipe(err)) return 255;
    signal(SIGPIPE, SIG_IGN);
    pid_t pid = fork();
    if (pid < 0) return 255;
    if (pid == 0) {
        setsid();
        dup2(in[0], 0);
        dup2(out[1], 1);
        dup2(err[1], 2);
        for (int fd = 3; fd < 1024; fd++) close(fd);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    close(err[1]);
    struct pollfd polls[] = {{.fd = 0, .events = POLLIN}, {.fd = out[0], .events = POLLIN}, {.fd = err[0], .events = POLLIN}};
    int targets[] = {in[1], 1, 2};
    while (polls[1].fd >= 0 || polls[2].fd >= 0) {
        if (poll(polls, 3, -1) < 0 && errno != EINTR) return 255;
        for (int i = 0; i < 3; i++)
            if (polls[i].fd >= 0 && polls[i].revents) copy(&polls[i], &targets[i]);
    }
    int status;
    if (waitpid(pid, &status, 0) < 0) return 255;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}
