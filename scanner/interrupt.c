#include "scanner/interrupt.h"

#include <signal.h>
#include <string.h>

static volatile sig_atomic_t count;

static void on_signal(int number)
{
    (void)number;
    count++;
}

static void handle(void (*handler)(int))
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = handler;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

void interrupt_watch(void)
{
    handle(on_signal);
}

void interrupt_ignore(void)
{
    handle(SIG_IGN);
}

int interrupt_count(void)
{
    return count;
}
