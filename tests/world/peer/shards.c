#include "tests/world/peer/shards.h"

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SHARDS_MAX = 256, FILES_ENOUGH = 1 << 17 };

static int ready_pipe[2];

static size_t raise_file_limit(void)
{
    struct rlimit limit, more;

    getrlimit(RLIMIT_NOFILE, &limit);
    more = limit;
    if (more.rlim_max < FILES_ENOUGH) /* root may, and not everywhere */
        more.rlim_max = FILES_ENOUGH;
    more.rlim_cur = more.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &more) == 0)
        return more.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

static void say_ready(void)
{
    if (write(ready_pipe[1], "r", 1) != 1)
        err(1, "parent is gone");
    close(ready_pipe[1]); /* the parent takes the end of the pipe as the end of a shard */
}

static pid_t shard_fork(struct host *hosts, size_t count, shard_serve *serve)
{
    pid_t parent = getpid(), pid = fork();
    sigset_t none;

    if (pid < 0)
        err(1, "fork");
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1);
    close(ready_pipe[0]);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    serve(hosts, count, say_ready);
    exit(0);
}

static bool all_ready(size_t shards)
{
    char bytes[SHARDS_MAX];

    close(ready_pipe[1]);
    while (shards > 0) {
        ssize_t n = read(ready_pipe[0], bytes, shards);

        if (n <= 0)
            return false;
        shards -= (size_t)n;
    }
    return true;
}

static void write_ready_file(const char *path, const struct table *t)
{
    char part[4096];
    FILE *f;

    snprintf(part, sizeof part, "%s.part", path);
    if ((f = fopen(part, "we")) == NULL)
        err(1, "%s", part);
    fprintf(f, "%ld %zu\n", (long)getpid(), t->count);
    if (fclose(f) != 0 || rename(part, path) != 0)
        err(1, "%s", path);
}

/* Until somebody ends us, or the first end of a shard, which is a failure. */
static bool wait_for_end(const sigset_t *signals)
{
    int signal = 0;

    sigwait(signals, &signal);
    return signal != SIGCHLD;
}

static void signals_block(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, signals, NULL);
}

int shards_run(const struct table *t, const char *ready_file, shard_serve *serve)
{
    size_t limit = raise_file_limit(), room = limit / 2; /* the other half is for connections */
    size_t shards = t->count / room + 1;
    pid_t pids[SHARDS_MAX];
    sigset_t signals;
    bool good;

    if (shards > SHARDS_MAX)
        errx(1, "too many hosts for a limit of %zu file descriptors", limit);
    if (pipe(ready_pipe) != 0)
        err(1, "pipe");
    signals_block(&signals);
    for (size_t i = 0, from = 0; i < shards; i++, from += room)
        pids[i] = shard_fork(t->hosts + from, i + 1 < shards ? room : t->count - from, serve);
    good = all_ready(shards);
    if (good) {
        write_ready_file(ready_file, t);
        good = wait_for_end(&signals);
    }
    for (size_t i = 0; i < shards; i++)
        kill(pids[i], SIGTERM);
    while (wait(NULL) > 0)
        ;
    return good ? 0 : 1;
}
