/* The pool of probes: how many go at once, its end in the middle, and a network that is not there.
 */
#include "workers/probe.h"

#include <sched.h>
#include <sys/wait.h>

#include "tests/unit/workers/probe_bed.h"

/* ---- limits ---- */

struct crowd {
    int now, most, served;
};

/* Serve every connection for a while, and count how many there are at once. */
static pid_t crowd_serve(int listener, struct crowd *crowd)
{
    pid_t pid = fork();

    while (pid == 0) {
        int fd = accept(listener, NULL, NULL);

        if (fork() == 0) {
            int n = __atomic_add_fetch(&crowd->now, 1, __ATOMIC_SEQ_CST);
            char rest[64];

            if (n > crowd->most)
                crowd->most = n;
            usleep(40000);
            __atomic_sub_fetch(&crowd->now, 1, __ATOMIC_SEQ_CST);
            __atomic_add_fetch(&crowd->served, 1, __ATOMIC_SEQ_CST);
            send(fd, "421 busy\r\n", 10, MSG_NOSIGNAL);
            while (recv(fd, rest, sizeof(rest), 0) > 0)
                send(fd, "221 bye\r\n", 9, MSG_NOSIGNAL);
            _exit(0);
        }
        close(fd);
    }
    return pid;
}

static void crowd_probe(int64_t probes, int64_t per_address, size_t addresses, struct crowd *crowd)
{
    struct probe_pool *pool;
    struct address address;
    char text[32];
    struct job job = { .number = 0 };

    memset(crowd, 0, sizeof(*crowd));
    settings.probes = probes;
    settings.per_address = per_address;
    pool = pool_new();
    arena_init(&job.arena, 2048);
    finished = 0;
    for (size_t i = 0; i < 12; i++) {
        address_of(i % addresses, text, &address);
        probe_start(pool, &job, HOST, &address, on_result, &job);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(finished == 12 && crowd->served == 12, "%u, %d", finished, crowd->served);
    arena_free(&job.arena);
    probe_pool_close(pool);
}

static void test_limits(void)
{
    struct crowd *crowd =
        mmap(NULL, sizeof(*crowd), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    unsigned short port = 0;
    int fd = script_listen("0.0.0.0", &port);
    pid_t pid = crowd_serve(fd, crowd);

    close(fd);
    settings.smtp_port = port;
    crowd_probe(100, 2, 1, crowd);
    CHECK(crowd->most == 2, "an address: %d", crowd->most);
    crowd_probe(3, 2, 6, crowd);
    CHECK(crowd->most == 3, "in all: %d", crowd->most);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    settings.probes = 200;
}

/* Closing in the middle: no callback, nothing left behind (the sanitizer counts). */
static void test_close(void)
{
    struct probe_pool *pool = pool_new();
    struct job job = { .number = 0 };
    struct address address;
    unsigned short port = 0;
    int fd = script_listen("127.1.9.1", &port);

    settings.smtp_port = port;
    arena_init(&job.arena, 2048);
    address_parse(&address, "127.1.9.1");
    finished = 0;
    for (int i = 0; i < 5; i++)
        probe_start(pool, &job, HOST, &address, on_result, &job);
    for (int i = 0; i < 3; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    probe_pool_close(pool);
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(finished == 0, "%u", finished);
    CHECK(uv_loop_alive(&loop) == 0, "handles left");
    arena_free(&job.arena);
    close(fd);
}

/* In a name space without any route, so that no packet can go anywhere. */
static int without_routes(void)
{
    struct probe_pool *pool;
    struct address v4, v6;

    if (unshare(CLONE_NEWNET) != 0)
        return 2;
    pool = pool_new();
    arena_init(&jobs[0].arena, 2048);
    arena_init(&jobs[1].arena, 2048);
    jobs[0].number = 0;
    jobs[1].number = 1;
    address_parse(&v4, "192.0.2.1");
    address_parse(&v6, "2001:db8::1");
    probe_start(pool, &jobs[0], HOST, &v4, on_result, &jobs[0]);
    probe_start(pool, &jobs[1], HOST, &v6, on_result, &jobs[1]);
    uv_run(&loop, UV_RUN_DEFAULT);
    return results[0]->outcome == OUTCOME_NETWORK_DOWN && same(results[0]->step, "connect") &&
                   results[1]->outcome == OUTCOME_NOT_PROBED && same(results[1]->step, "address")
               ? 0
               : 1;
}

static void test_without_routes(void)
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        uv_loop_fork(&loop);
        _exit(without_routes());
    }
    waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
        printf("no name space may be made here: what happens without routes was not tested\n");
    else
        CHECK(status == 0, "%#x", status);
}

int main(void)
{
    struct script_identity identity;

    probe_bed_open(&identity);
    test_limits();
    test_close();
    test_without_routes();
    probe_bed_close(&identity);
    return check_report();
}
