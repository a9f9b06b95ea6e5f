/* What answers like Redis and is none, or is broken: no reply of whatever shape is believed. */
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scanner/queue/queue.h"
#include "tests/unit/check.h"

#define ROOM 2 /* results that are asked for */

static char path[] = "/tmp/mxcensus-strange-XXXXXX", url[64];

/* Every request is answered by this reply. */
static pid_t serve(const char *reply)
{
    struct sockaddr_un sun = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), peer;
    char request[65536];
    pid_t pid;

    snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/socket", path);
    unlink(sun.sun_path);
    if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0 || listen(fd, 4) != 0)
        exit(1);
    pid = fork();
    if (pid == 0) {
        alarm(60);
        peer = accept(fd, NULL, NULL);
        while (read(peer, request, sizeof(request)) > 0 &&
               send(peer, reply, strlen(reply), MSG_NOSIGNAL) > 0)
            ;
        _exit(0);
    }
    close(fd);
    return pid;
}

static struct queue *connect_to(void)
{
    struct redis_address a;
    const char *error = redis_address_parse(&a, url, false);
    struct redis *r = error == NULL ? redis_open(&a, 5000, &error) : NULL;

    redis_address_free(&a);
    if (r == NULL)
        exit(1);
    return queue_new(r, "x", "00112233445566778899aabbccddeeff");
}

#define ENTRY "*4\r\n$3\r\n1-1\r\n:1\r\n:1\r\n$2\r\nab\r\n"
static const struct {
    const char *reply;
    enum queue_status results, claim;
} rows[] = {
    { "*2\r\n" ENTRY ENTRY, QUEUE_OK, QUEUE_REFUSED },
    { "*3\r\n" ENTRY ENTRY ENTRY, QUEUE_REFUSED, QUEUE_REFUSED }, /* more than asked for */
    { ENTRY, QUEUE_REFUSED, QUEUE_OK },
    { "*4\r\n$3\r\n1-1\r\n:-1\r\n:1\r\n$2\r\nab\r\n", QUEUE_REFUSED, QUEUE_REFUSED },
    { "*4\r\n$3\r\n1-1\r\n:0\r\n:1\r\n$2\r\nab\r\n", QUEUE_REFUSED, QUEUE_REFUSED },
    { "*4\r\n$3\r\n1-1\r\n:1\r\n:1\r\n$-1\r\n", QUEUE_REFUSED, QUEUE_REFUSED },
    { "*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n", QUEUE_REFUSED, QUEUE_REFUSED },
    { "*1\r\n*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n", QUEUE_REFUSED, QUEUE_REFUSED },
    { "*2\r\n:1\r\n$-1\r\n", QUEUE_REFUSED, QUEUE_REFUSED },
    { ":5\r\n", QUEUE_OK, QUEUE_REFUSED },
    { "$-1\r\n", QUEUE_OK, QUEUE_REFUSED },
};

static void on_report(void *context, const char *consumer, const char *report, size_t len)
{
    (void)context;
    CHECK(consumer != NULL && (report != NULL || len == 0), "a report");
}

static void check_collector(size_t i)
{
    pid_t pid = serve(rows[i].reply);
    struct queue *q = connect_to();
    struct queue_result *results = malloc(ROOM * sizeof(*results));
    struct queue_life lives[ROOM];
    struct queue_progress progress;
    char epoch[QUEUE_EPOCH_SIZE];
    size_t count;

    CHECK(queue_results(q, "0", results, ROOM, &count, 0) == rows[i].results && count <= ROOM,
          "row %zu: %zu results", i, count);
    CHECK(queue_lives(q, lives, ROOM) <= ROOM, "row %zu", i);
    queue_reports(q, on_report, NULL);
    CHECK(queue_progress(q, &progress) != QUEUE_OK, "row %zu: progress", i);
    CHECK(queue_create(q, "{}", epoch) != QUEUE_OK, "row %zu: create", i);
    free(results);
    queue_free(q);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void on_claim(void *context, enum queue_status s, const struct queue_batch *b)
{
    size_t i = *(size_t *)context;

    CHECK(s == rows[i].claim && (s != QUEUE_OK || b->count == 1), "row %zu: claim: %d", i, (int)s);
    *(size_t *)context = SIZE_MAX;
}

static void check_worker(size_t i)
{
    pid_t pid = serve(rows[i].reply);
    struct queue *q = connect_to();
    size_t waiting = i;
    uv_loop_t loop;

    uv_loop_init(&loop);
    queue_watch(q, &loop);
    queue_claim(q, STAGE_DNS, "w", on_claim, &waiting);
    while (waiting != SIZE_MAX)
        uv_run(&loop, UV_RUN_ONCE);
    queue_free(q);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

int main(void)
{
    char socket[64];

    if (mkdtemp(path) == NULL)
        return 1;
    snprintf(url, sizeof(url), "unix:%s/socket", path);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_collector(i);
        check_worker(i);
    }
    snprintf(socket, sizeof(socket), "%s/socket", path);
    unlink(socket);
    rmdir(path);
    return check_report();
}
