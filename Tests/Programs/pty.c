/* Runs a program in the foreground of a terminal of its own, types when it has seen something, and tells how the terminal
 * was left.
 *
 *     pty TEXT ACTION [TEXT ACTION]... -- PROGRAM [ARGUMENT]...
 *
 * ACTION: a key, ^C, ^Z or ^\, or kill:NUMBER. All that the program shows goes to standard output.                  */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

static char shown[1 << 20];
static size_t used;

static int take(int master) {
    ssize_t count = read(master, shown + used, sizeof shown - 1 - used);
    if (count <= 0) return 0;
    if (write(1, shown + used, (size_t)count) < 0) abort();
    used += (size_t)count;
    shown[used] = 0;
    return 1;
}

static void act(int master, pid_t pid, const char *action) {
    if (strncmp(action, "kill:", 5) == 0) {
        kill(pid, atoi(action + 5));
        return;
    }
    char key = action[0] == '^' ? (char)(action[1] & 31) : action[0];
    if (write(master, &key, 1) != 1) abort();
}

int main(int argc, char **argv) {
    int split = 1;
    while (split < argc && strcmp(argv[split], "--") != 0) split++;
    if (split + 1 >= argc) return 2;
    int master, slave;
    if (openpty(&master, &slave, NULL, NULL, NULL) != 0) return 3;
    pid_t pid = fork();
    if (pid == 0) {
        close(master);
        if (login_tty(slave) != 0) _exit(3);
        execv(argv[split + 1], argv + split + 1);
        _exit(127);
    }
    size_t seen = 0;
    for (int i = 1; i + 1 < split; i += 2) {
        char *found;
        while ((found = strstr(shown + seen, argv[i])) == NULL)
            if (!take(master)) return 4;
        seen = (size_t)(found - shown) + strlen(argv[i]);
        act(master, pid, argv[i + 1]);
    }
    int status = 0;
    for (;;) {
        struct pollfd poller = {.fd = master, .events = POLLIN};
        if (poll(&poller, 1, 10) > 0 && poller.revents & POLLIN) take(master);
        else if (waitpid(pid, &status, WNOHANG) == pid) break;
    }
    struct termios mode;
    if (tcgetattr(slave, &mode) != 0) return 5;
    printf("\nterminal: canonical %d, echo %d; ended by %d, code %d\n", (mode.c_lflag & ICANON) != 0,
           (mode.c_lflag & ECHO) != 0, WIFSIGNALED(status) ? WTERMSIG(status) : 0,
           WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return 0;
}
