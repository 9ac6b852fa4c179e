/* zygote SIZE COUNT: for each request a fresh worker, forked by a process that does nothing else, which gets the worker's ends
 * of two pipes over a socket; one after the other, each worker reaped before the next is asked for. What a fork server costs at
 * the least. */
#include "support.h"

#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>

typedef union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(2 * sizeof(int))];
} control;

static void send_ends(int socket, int in, int out) {
    control room = {0};
    char byte = 0;
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof room.bytes};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(2 * sizeof(int));
    int ends[2] = {in, out};
    memcpy(CMSG_DATA(rights), ends, sizeof ends);
    if (sendmsg(socket, &header, 0) != 1) die("sendmsg");
}

static int receive_ends(int socket, int ends[2]) {
    control room;
    char byte;
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof room.bytes};
    ssize_t got = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
    if (got == 0) return 0;
    if (got < 0) die("recvmsg");
    memcpy(ends, CMSG_DATA(CMSG_FIRSTHDR(&header)), 2 * sizeof(int));
    return 1;
}

static void serve(int socket, size_t size) {
    int ends[2];
    uint8_t *message = malloc(size);
    if (!message) die("malloc");
    while (receive_ends(socket, ends)) {
        long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, 0);
        if (pid < 0) die("clone");
        if (pid == 0) {
            while (read_all(ends[0], message, size)) write_all(ends[1], message, size);
            _exit(0);
        }
        close(ends[0]);
        close(ends[1]);
        int32_t number = (int32_t)pid;
        write_all(socket, (uint8_t *)&number, sizeof number);
    }
    exit(0);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: zygote SIZE COUNT\n");
        return 2;
    }
    size_t size = number("SIZE", argv[1], 16);
    uint64_t count = number("COUNT", argv[2], 2);
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets)) die("socketpair");
    pid_t zygote = fork();
    if (zygote < 0) die("fork");
    if (zygote == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(sockets[0]);
        serve(sockets[1], size);
    }
    close(sockets[1]);
    uint8_t *request = calloc(1, size), *response = malloc(size);
    if (!request || !response) die("malloc");
    uint64_t first = 0;
    for (uint64_t n = 0; n < count; n++) {
        int to[2], from[2];
        if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC)) die("pipe2");
        send_ends(sockets[0], to[0], from[1]);
        close(to[0]);
        close(from[1]);
        stamp(request, size, n);
        write_all(to[1], request, size);
        if (!read_all(from[0], response, size)) {
            fprintf(stderr, "error: the worker ended early\n");
            return 1;
        }
        check(response, size, n);
        if (n == 0) first = now_ns();
        close(to[1]);
        close(from[0]);
        int32_t pid;
        if (!read_all(sockets[0], (uint8_t *)&pid, sizeof pid)) die("zygote");
        reap(pid);
    }
    uint64_t last = now_ns();
    close(sockets[0]);
    reap(zygote);
    report(count, first, last);
    return 0;
}
