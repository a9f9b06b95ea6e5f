/* crash: a shim (LD_PRELOAD) under which contact with one address ends the process, or holds it for
 * ever: CHAOS_CRASH="127.64.1.2 abort", or segv, bus, hang, or kill (from outside, as the kernel
 * does when memory is short). */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    const char *name;
    int signal;
} endings[] = { { "abort", SIGABRT }, { "segv", SIGSEGV }, { "bus", SIGBUS }, { "kill", SIGKILL } };

static void end_by(const char *how)
{
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (strcmp(how, endings[i].name) == 0)
            kill(getpid(), endings[i].signal);
    for (;;) /* hang; or until the signal is there */
        ;
}

int connect(int fd, const struct sockaddr *to, socklen_t len)
{
    const char *rule = getenv("CHAOS_CRASH");
    char address[INET_ADDRSTRLEN] = "", poison[64], how[16];

    if (to->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)to)->sin_addr, address,
                  sizeof(address));
    if (rule != NULL && sscanf(rule, "%63s %15s", poison, how) == 2 && strcmp(address, poison) == 0)
        end_by(how);
    return (int)syscall(SYS_connect, fd, to, len);
}
