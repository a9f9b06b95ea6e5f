/* The connection: addresses, and one path over Unix socket, TCP with a password, and TLS; the
 * private server: its files, its place, its end. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "scanner/base/file.h"
#include "scanner/base/timing.h"
#include "scanner/queue/redis.h"
#include "tests/unit/queue/bed.h"

static const struct {
    const char *url;
    const char *fault; /* a part of the complaint; NULL: good */
    const char *socket_path, *host;
    int port;
    bool tls;
    const char *user, *password, *ca;
} addresses[] = {
    { "unix:/run/r.sock", NULL, "/run/r.sock", NULL, 6379, false, NULL, NULL, NULL },
    { "unix:///run/r.sock", NULL, "/run/r.sock", NULL, 6379, false, NULL, NULL, NULL },
    { "redis://localhost", NULL, NULL, "localhost", 6379, false, NULL, NULL, NULL },
    { "redis://127.1.2.3:7000", NULL, NULL, "127.1.2.3", 7000, false, NULL, NULL, NULL },
    { "redis://[::1]:7000/", NULL, NULL, "::1", 7000, false, NULL, NULL, NULL },
    { "redis://:p%40ss@127.0.0.1", NULL, NULL, "127.0.0.1", 6379, false, NULL, "p@ss", NULL },
    { "rediss://me:a:b@r.example.org", NULL, NULL, "r.example.org", 6379, true, "me", "a:b", NULL },
    { "rediss://me:@p@r.example.org?ca=/a%20b", NULL, NULL, "r.example.org", 6379, true, "me", "@p",
      "/a b" },
    { "rediss://r.example.org", "needs a password", NULL, NULL, 0, false, NULL, NULL, NULL },
    { "redis://me@127.0.0.1", "no password", NULL, NULL, 0, false, NULL, NULL, NULL },
    { "redis://:p@192.0.2.1", "over TLS only", NULL, NULL, 0, false, NULL, NULL, NULL },
    { "redis://:p@[2001:db8::1]", "over TLS only", NULL, NULL, 0, false, NULL, NULL, NULL },
    { "redis://:p@127.example.org", "over TLS only", NULL, NULL, 0, false, NULL, NULL, NULL },
    { "redis://localhost:0", "port", NULL, NULL, 0, false, NULL, NULL, NULL },
    { "redis://localhost:65536", "port", NULL, NULL, 0, false, NULL, NULL, NULL },
    { "redis://localhost:12x", "port", NULL, NULL, 0, false, NULL, NULL, NULL },
    { "redis://[::1]7", "behind its host", NULL, NULL, 0, false, NULL, NULL, NULL },
    { "redis://", "no host", NULL, NULL, 0, false, NULL, NULL, NULL },
    { "redis://localhost?db=3", "parameter", NULL, NULL, 0, false, NULL, NULL, NULL },
    { "unix:", "no socket path", NULL, NULL, 0, false, NULL, NULL, NULL },
    { "http://localhost", "begins with none", NULL, NULL, 0, false, NULL, NULL, NULL },
};

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void test_addresses(void)
{
    char path[140] = "unix:/";
    struct redis_address a;

    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        const char *fault = redis_address_parse(&a, addresses[i].url, false);

        CHECK((fault == NULL) == (addresses[i].fault == NULL), "%s: %s", addresses[i].url,
              fault != NULL ? fault : "taken");
        if (fault != NULL && addresses[i].fault != NULL)
            CHECK(strstr(fault, addresses[i].fault) != NULL, "%s: %s", addresses[i].url, fault);
        if (fault == NULL)
            CHECK(same(a.socket_path, addresses[i].socket_path) &&
                      same(a.host, addresses[i].host) && a.port == addresses[i].port &&
                      a.tls == addresses[i].tls && same(a.user, addresses[i].user) &&
                      same(a.password, addresses[i].password) && same(a.ca, addresses[i].ca),
                  "%s", addresses[i].url);
        redis_address_free(&a);
    }
    CHECK(redis_address_parse(&a, "redis://192.0.2.1", true) == NULL, "insecure lifts it");
    redis_address_free(&a);
    setenv("MXCENSUS_REDIS_PASSWORD", "secret", 1);
    CHECK(redis_address_parse(&a, "rediss://192.0.2.1", false) == NULL &&
              strcmp(a.password, "secret") == 0,
          "password from the environment");
    redis_address_free(&a);
    unsetenv("MXCENSUS_REDIS_PASSWORD");
    memset(path + 6, 'x', 106);
    CHECK(redis_address_parse(&a, path, false) == NULL, "107 bytes");
    redis_address_free(&a);
    path[112] = 'x';
    CHECK(redis_address_parse(&a, path, false) != NULL, "108 bytes");
}

/* ---- a server with a password, on TCP or TLS ---- */

static char directory[64];
static pid_t server;

static void run(const char *what)
{
    char command[512];

    snprintf(command, sizeof(command), "cd %s && %s", directory, what);
    CHECK(system(command) == 0, "%s", command);
}

static int free_port(void)
{
    struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(sin);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (bind(fd, (struct sockaddr *)&sin, len) != 0 ||
        getsockname(fd, (struct sockaddr *)&sin, &len) != 0)
        exit(1);
    close(fd);
    return ntohs(sin.sin_port);
}

static void serve(bool tls, int port)
{
    char text[8];

    snprintf(text, sizeof(text), "%d", port);
    server = fork();
    if (server == 0) {
        const char *argv[24] = { "redis-server",   "--bind",    "127.0.0.1",
                                 "--requirepass",  "swordfish", "--port",
                                 tls ? "0" : text, "--save",    "",
                                 "--logfile",      "log" };

        if (tls) {
            const char *more[] = { "--tls-port",         text,
                                   "--tls-cert-file",    "cert.pem",
                                   "--tls-key-file",     "key.pem",
                                   "--tls-ca-cert-file", "cert.pem",
                                   "--tls-auth-clients", "optional" };

            memcpy(argv + 11, more, sizeof(more));
        }
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (chdir(directory) == 0)
            execvp(argv[0], (char **)(uintptr_t)argv);
        _exit(1);
    }
}

/* Connect to SCHEME://LOGIN@HOST:PORT, with the certificate of this file as CA where one is named.
 */
static struct redis *open_url(const char *login_host, int port, const char *ca, const char **error)
{
    char url[256];
    struct redis_address a;
    struct redis *r = NULL;

    if (ca != NULL)
        snprintf(url, sizeof(url), "%s:%d?ca=%s/%s", login_host, port, directory, ca);
    else
        snprintf(url, sizeof(url), "%s:%d", login_host, port);
    *error = redis_address_parse(&a, url, false);
    CHECK(*error == NULL, "%s: %s", url, *error);
    if (*error == NULL)
        r = redis_open(&a, 2000, error);
    redis_address_free(&a);
    return r;
}

static struct redis *open_soon(const char *login_host, int port, const char *ca)
{
    const char *error = "";
    struct redis *r = NULL;

    for (int i = 0; i < 300 && r == NULL; i++) {
        r = open_url(login_host, port, ca, &error);
        if (r == NULL)
            usleep(10000);
    }
    CHECK(r != NULL, "%s", error);
    return r;
}

static void on_echo(void *context, const redisReply *reply)
{
    unsigned *count = context;
    char wanted[16];

    snprintf(wanted, sizeof(wanted), "%u", *count);
    CHECK(reply != NULL && reply->len > 5 && strncmp(reply->str, wanted, strlen(wanted)) == 0,
          "echo %u", *count);
    ++*count;
}

/* Large requests without waiting for any answer: the answers come in order. */
static void pipeline(struct redis *r, unsigned requests, size_t size)
{
    uv_loop_t loop;
    char *text = malloc(size + 16);
    unsigned count = 0;

    memset(text, 'x', size + 16);
    uv_loop_init(&loop);
    redis_watch(r, &loop);
    for (unsigned i = 0; i < requests; i++) {
        const char *argv[] = { "ECHO", text };
        size_t lens[] = { 4, size };

        text[snprintf(text, 16, "%u", i)] = ' ';
        redis_send(r, 2, argv, lens, on_echo, &count);
    }
    while (count < requests && redis_alive(r))
        uv_run(&loop, UV_RUN_ONCE);
    CHECK(count == requests, "%u of %u answers", count, requests);
    redis_close(r);
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop) == 0, "nothing is left in the loop");
    free(text);
}

static bool pings(struct redis *r)
{
    const char *argv[] = { "PING" };
    const size_t lens[] = { 4 };
    const redisReply *reply = r != NULL ? redis_ask(r, 1, argv, lens) : NULL;

    return reply != NULL && reply->type == REDIS_REPLY_STATUS && strcmp(reply->str, "PONG") == 0;
}

static void stop(void)
{
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
}

static void test_tcp(void)
{
    int port = free_port();
    const char *error;
    struct redis *r;

    CHECK(open_url("redis://127.0.0.1", port, NULL, &error) == NULL &&
              strstr(error, "Connection refused") != NULL,
          "%s", error);
    serve(false, port);
    r = open_soon("redis://:swordfish@127.0.0.1", port, NULL);
    CHECK(pings(r), "TCP");
    CHECK(open_url("redis://:guess@127.0.0.1", port, NULL, &error) == NULL, "a wrong password");
    CHECK(strstr(error, "guess") == NULL && strstr(error, "password") != NULL, "%s", error);
    pipeline(r, 200, 100000);
    r = open_soon("redis://default:swordfish@localhost", port, NULL);
    CHECK(pings(r), "user and password");
    stop();
    CHECK(!pings(r) && !redis_alive(r), "lost");
    redis_close(r);
}

static void test_tls(void)
{
    int port = free_port();
    const char *error;
    struct redis *r;

    run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out "
        "cert.pem -subj /CN=x -addext subjectAltName=IP:127.0.0.1 -days 2 2>openssl.log");
    serve(true, port);
    r = open_soon("rediss://:swordfish@127.0.0.1", port, "cert.pem");
    CHECK(pings(r), "TLS");
    pipeline(r, 200, 100000);
    r = open_url("rediss://:swordfish@127.0.0.1", port, NULL, &error);
    CHECK(r == NULL && strstr(error, "self") != NULL, "not a CA we know: %s", error);
    r = open_url("rediss://:swordfish@localhost", port, "cert.pem", &error);
    CHECK(r == NULL && strstr(error, "ostname mismatch") != NULL, "not its name: %s", error);
    r = open_url("rediss://:swordfish@127.0.0.1", port, "none.pem", &error);
    CHECK(r == NULL, "no such file: %s", error);
    r = open_url("redis://:swordfish@127.0.0.1", port, NULL, &error);
    CHECK(r == NULL, "plain text to a TLS port: %s", error);
    stop();
}

static void on_alarm(int number)
{
    (void)number;
}

/* A peer that accepts and says nothing, as one that is slow; and a signal meanwhile. */
static void test_signal(void)
{
    struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct itimerval soon = { .it_value.tv_usec = 200000 };
    int port = free_port(), fd = socket(AF_INET, SOCK_STREAM, 0);
    struct redis_address a;
    const char *error;
    uint64_t begun;
    char url[64];

    sin.sin_port = htons((uint16_t)port);
    CHECK(bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0 && listen(fd, 1) == 0, "listen");
    snprintf(url, sizeof(url), "rediss://:x@127.0.0.1:%d", port);
    CHECK(redis_address_parse(&a, url, false) == NULL, "%s", url);
    sigaction(SIGALRM, &(struct sigaction){ .sa_handler = on_alarm }, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
    begun = timing_monotonic_ms();
    CHECK(redis_open(&a, 500, &error) == NULL && timing_monotonic_ms() - begun >= 499,
          "a signal is no timeout: %u ms", (unsigned)(timing_monotonic_ms() - begun));
    CHECK(strstr(error, "timed out") != NULL, "%s", error);
    redis_address_free(&a);
    close(fd);
}

/* ---- the private server ---- */

static bool gone(pid_t pid)
{
    for (int i = 0; i < 500; i++) {
        if (kill(pid, 0) != 0)
            return true;
        usleep(10000);
    }
    return false;
}

static void test_deep_directory(void)
{
    char deep[200], *found;
    struct redis_server_options o = { .directory = deep };
    const char *error, *url;
    struct redis_server *s;
    struct stat st;

    snprintf(deep, sizeof(deep), "%s/%0100d", directory, 0);
    s = redis_server_start(&o, &error);
    CHECK(s != NULL, "a long path");
    if (s == NULL)
        return;
    url = redis_server_url(s);
    if (stat(url + 5, &st) != 0)
        st.st_mode = 0;
    CHECK(strlen(url) < 60 && S_ISSOCK(st.st_mode), "%s", url);
    CHECK((st.st_mode & 077) == 0, "for us alone: %o", st.st_mode);
    found = redis_server_find(deep);
    CHECK(found != NULL && strcmp(found, url) == 0, "found by its directory");
    free(found);
    CHECK(getpgid(redis_server_pid(s)) != getpgid(0), "a process group of its own");
    redis_server_stop(s);
    CHECK(redis_server_find(deep) == NULL, "not found any more");
    snprintf(deep, sizeof(deep), "%s/a b\"c", directory);
    s = redis_server_start(&o, &error);
    CHECK(s != NULL, "a path that needs quoting: %s", s == NULL ? error : "");
    found = redis_server_find(deep);
    CHECK(found != NULL, "there");
    free(found);
    redis_server_stop(s);
}

/* A directory that somebody else made may name a server of theirs. */
static void test_found_elsewhere(void)
{
    static const char url[] = "redis://192.0.2.1";
    char path[700];

    snprintf(path, sizeof(path), "%s/url", directory);
    CHECK(file_create(path, url, strlen(url)) == 0 && redis_server_find(directory) == NULL, "%s",
          url);
    unlink(path);
}

static void test_cannot_start(void)
{
    char plain[96];
    struct redis_server_options o = { .directory = plain, .program = "/nowhere/redis-server" };
    const char *error = "";

    snprintf(plain, sizeof(plain), "%s/plain", directory);
    CHECK(redis_server_start(&o, &error) == NULL && strstr(error, "No such file") != NULL, "%s",
          error);
    snprintf(plain, sizeof(plain), "%s/cert.pem", directory);
    CHECK(redis_server_start(&o, &error) == NULL, "a file where the directory should be: %s",
          error);
}

/* The coordinator is killed: its server ends too, and the next one waits until it has. */
/* Killed as it starts, by a machine short of memory or by chance: it is started again, yet not for
 * ever. */
static void test_killed_at_the_start(void)
{
    char program[128], at[96];
    struct redis_server_options o = { .directory = at, .program = program };
    struct redis_server *s;
    const char *error = NULL;

    snprintf(at, sizeof(at), "%s/killed", directory);
    snprintf(program, sizeof(program), "%s/program", directory);
    run("printf '#!/bin/sh\\necho . >>starts; [ $(wc -l <starts) -gt 2 ] || kill -9 $$\\n"
        "exec redis-server \"$@\"\\n' >program && chmod +x program");
    s = redis_server_start(&o, &error);
    CHECK(s != NULL, "%s", error);
    redis_server_stop(s);
    run("printf '#!/bin/sh\\nkill -9 $$\\n' >program");
    CHECK(redis_server_start(&o, &error) == NULL && strstr(error, "does not start") != NULL, "%s",
          error);
}

static void test_orphan(void)
{
    char place[96];
    struct redis_server_options o = { .directory = place };
    const char *error;
    struct redis_server *s;
    int ends[2];
    pid_t parent, orphan = 0;

    snprintf(place, sizeof(place), "%s/orphan", directory);
    if (pipe(ends) != 0)
        exit(1);
    parent = fork();
    if (parent == 0) {
        s = redis_server_start(&o, &error);
        orphan = s != NULL ? redis_server_pid(s) : 0;
        if (write(ends[1], &orphan, sizeof(orphan)) > 0)
            pause();
        _exit(1);
    }
    CHECK(read(ends[0], &orphan, sizeof(orphan)) == sizeof(orphan) && orphan > 0, "started");
    kill(parent, SIGKILL);
    waitpid(parent, NULL, 0);
    s = redis_server_start(&o, &error);
    CHECK(s != NULL, "a new one at once: %s", s == NULL ? error : "");
    CHECK(gone(orphan), "the orphan ends");
    redis_server_stop(s);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    strcpy(directory, "/tmp/mxcensus-test-XXXXXX");
    if (mkdtemp(directory) == NULL)
        return 1;
    test_addresses();
    test_tcp();
    test_tls();
    test_signal();
    test_deep_directory();
    test_found_elsewhere();
    test_cannot_start();
    test_killed_at_the_start();
    test_orphan();
    run("rm -rf \"$PWD\"");
    return check_report();
}
