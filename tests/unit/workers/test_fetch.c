/* Fetches from HTTPS servers that behave in every way we know of, each at an address of its own. */
#include "workers/fetch.h"

#include <errno.h>
#include <sys/resource.h>

#include "scanner/base/settings.h"
#include "scanner/base/timing.h"
#include "tests/unit/check.h"
#include "tests/unit/workers/tls_peer.h"
#include "workers/job.h"
#include "workers/worker.h"

#define HOST "mta-sts.good.test"
#define POLICY "version: STSv1\r\nmode: enforce\r\nmx: *.good.test\r\nmax_age: 604800\r\n"
#define TIMEOUT_MS (6000L * CHECK_SLOWNESS) /* enough beside other tests */

/* What a batch does for jobs: only who is in hand. */
static const struct job *in_hand;
static unsigned strangers; /* callbacks without their job in hand */

void job_in_hand(struct job *j)
{
    in_hand = j;
}

void job_put_down(struct job *j)
{
    (void)j;
    in_hand = NULL;
}

void job_certificate(struct job *j, const uint8_t sha256[32], const char *record, size_t len)
{
    (void)j;
    (void)sha256;
    (void)record;
    (void)len;
}

/* ---- the servers ---- */

static struct peer_identity ca, good, expired, foreign, alone;

struct script {
    const struct peer_identity *id;
    int version;
    const char *answer;   /* sent whole */
    size_t filler;        /* then so many bytes */
    const char *farewell; /* "close", "reset", "truncate" (no close_notify), "drip"; or a flood */
};

/* What it sends without end; NULL: nothing. */
static const char *flood_of(const char *farewell)
{
    return strcmp(farewell, "trailers") == 0    ? "X-Trailer: 0123456789abcdef\r\n"
           : strcmp(farewell, "extension") == 0 ? "0123456789abcdef"
                                                : NULL;
}

static void flood(SSL *ssl, const char *unit)
{
    char data[16384];
    size_t len = strlen(unit), fill = 0;

    for (; fill + len <= sizeof(data); fill += len)
        memcpy(data + fill, unit, len);
    while (SSL_write(ssl, data, (int)fill) > 0)
        ;
}

static void answer(SSL *ssl, int fd, const struct script *s)
{
    static char filler[70000];

    memset(filler, 'x', sizeof(filler));
    SSL_write(ssl, s->answer, (int)strlen(s->answer));
    if (s->filler > 0)
        SSL_write(ssl, filler, (int)s->filler);
    while (strcmp(s->farewell, "drip") == 0 && SSL_write(ssl, "x", 1) == 1)
        usleep(100000);
    while (strcmp(s->farewell, "chunks") == 0 && SSL_write(ssl, "1000\r\n", 6) == 6 &&
           SSL_write(ssl, filler, 0x1000) == 0x1000 && SSL_write(ssl, "\r\n", 2) == 2)
        ;
    if (flood_of(s->farewell) != NULL)
        flood(ssl, flood_of(s->farewell));
    while (strcmp(s->farewell, "keys") == 0 &&
           SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(ssl) == 1)
        ;
    if (strcmp(s->farewell, "close") == 0)
        SSL_shutdown(ssl);
    if (strcmp(s->farewell, "reset") == 0)
        peer_reset(fd);
}

static void play_https(int fd, const void *part)
{
    const struct script *s = part;
    SSL *ssl = peer_handshake(fd, s->id, ca.certificate, s->version);
    char request[4096];

    if (ssl == NULL || !peer_request(ssl, request, sizeof(request)))
        return;
    if (strncmp(request, "GET " FETCH_PATH " HTTP/1.1\r\n", strlen(FETCH_PATH) + 15) != 0 ||
        strstr(request, "\r\nHost: " HOST "\r\n") == NULL ||
        strstr(request, "\r\nUser-Agent: census (mail@example.net)\r\n") == NULL)
        return;
    answer(ssl, fd, s);
}

static void play_http(int fd, const void *part)
{
    char request[512];

    (void)part;
    if (read(fd, request, sizeof(request)) > 0)
        dprintf(fd, "HTTP/1.1 400 Bad Request\r\n\r\nThis is no TLS");
    usleep(300000);
}

static void play_silence(int fd, const void *part)
{
    char data[4096];

    (void)part;
    while (read(fd, data, sizeof(data)) > 0)
        ;
}

static void play_hello_then(int fd, const void *part)
{
    char hello[1024];

    if (read(fd, hello, sizeof(hello)) <= 0)
        return;
    if (strcmp(part, "reset") == 0)
        peer_reset(fd);
    if (strcmp(part, "alert") == 0 && write(fd, "\x15\x03\x03\x00\x02\x02\x28", 7) == 7)
        usleep(100000);
}

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
#define SCRIPT(...)                    \
    play_https, &(const struct script) \
    {                                  \
        __VA_ARGS__                    \
    }

enum { ADDRESS_LAST = 40 };

static const struct row {
    const char *what;
    peer_play *play;
    const void *part;
    enum outcome outcome;
    enum fetch_step step;
    long status;
    const char *media_type;
    size_t size;
    bool chain_good, name_good;
    int alert;
} rows[] = {
    { "good", SCRIPT(&good, 0, OK_HEAD "Content-Length: 65\r\n\r\n" POLICY, 0, "close"), OUTCOME_OK,
      FETCH_DONE, 200, "text/plain", sizeof(POLICY) - 1, true, true, -1 },
    { "good until the end of the connection", SCRIPT(&good, 0, OK_HEAD "\r\n" POLICY, 0, "close"),
      OUTCOME_OK, FETCH_DONE, 200, "text/plain", sizeof(POLICY) - 1, true, true, -1 },
    { "the same without close_notify", SCRIPT(&good, 0, OK_HEAD "\r\n" POLICY, 0, "truncate"),
      OUTCOME_OK, FETCH_DONE, 200, "text/plain", sizeof(POLICY) - 1, true, true, -1 },
    { "TLS 1.0 only", SCRIPT(&good, TLS1_VERSION, OK_HEAD "\r\n" POLICY, 0, "close"), OUTCOME_OK,
      FETCH_DONE, 200, "text/plain", sizeof(POLICY) - 1, true, true, -1 },
    { "TLS 1.2 only", SCRIPT(&good, TLS1_2_VERSION, OK_HEAD "\r\n" POLICY, 0, "close"), OUTCOME_OK,
      FETCH_DONE, 200, "text/plain", sizeof(POLICY) - 1, true, true, -1 },
    { "expired", SCRIPT(&expired, 0, OK_HEAD "\r\n" POLICY, 0, "close"), OUTCOME_OK, FETCH_DONE,
      200, "text/plain", sizeof(POLICY) - 1, false, true, -1 },
    { "self-signed", SCRIPT(&alone, 0, OK_HEAD "\r\n" POLICY, 0, "close"), OUTCOME_OK, FETCH_DONE,
      200, "text/plain", sizeof(POLICY) - 1, false, true, -1 },
    { "another name", SCRIPT(&foreign, 0, OK_HEAD "\r\n" POLICY, 0, "close"), OUTCOME_OK,
      FETCH_DONE, 200, "text/plain", sizeof(POLICY) - 1, true, false, -1 },
    { "empty", SCRIPT(&good, 0, OK_HEAD "Content-Length: 0\r\n\r\n", 0, "close"), OUTCOME_OK,
      FETCH_DONE, 200, "text/plain", 0, true, true, -1 },
    { "media type with parameters",
      SCRIPT(&good, 0,
             "HTTP/1.1 200 OK\r\nContent-Type: Text/HTML; charset=x\r\nContent-Length: 2\r\n\r\nhi",
             0, "close"),
      OUTCOME_OK, FETCH_DONE, 200, "text/html", 2, true, true, -1 },
    { "media type with something behind it that is no parameter",
      SCRIPT(
          &good, 0,
          "HTTP/1.1 200 OK\r\nContent-Type: text/plain TEXT/html ;x\r\nContent-Length: 2\r\n\r\nhi",
          0, "close"),
      OUTCOME_OK, FETCH_DONE, 200, "text/plain text/html", 2, true, true, -1 },
    { "no media type",
      SCRIPT(&good, 0, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 0, "close"), OUTCOME_OK,
      FETCH_DONE, 200, NULL, 2, true, true, -1 },
    { "chunked",
      SCRIPT(&good, 0, OK_HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", 0,
             "close"),
      OUTCOME_OK, FETCH_DONE, 200, "text/plain", 2, true, true, -1 },
    { "chunks without end",
      SCRIPT(&good, 0, OK_HEAD "Transfer-Encoding: chunked\r\n\r\n", 0, "chunks"),
      OUTCOME_TOO_LARGE, FETCH_HTTP, 200, "text/plain", (size_t)-1, true, true, -1 },
    { "trailers without end",
      SCRIPT(&good, 0, OK_HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\n", 0, "trailers"),
      OUTCOME_TOO_LARGE, FETCH_HTTP, 200, "text/plain", 0, true, true, -1 },
    { "an extension of a chunk without end",
      SCRIPT(&good, 0, OK_HEAD "Transfer-Encoding: chunked\r\n\r\n1;", 0, "extension"),
      OUTCOME_TOO_LARGE, FETCH_HTTP, 200, "text/plain", 0, true, true, -1 },
    { "key updates without end", SCRIPT(&good, 0, "", 0, "keys"), OUTCOME_TOO_LARGE, FETCH_HTTP, 0,
      NULL, 0, true, true, -1 },
    { "a gzip bomb is not inflated",
      SCRIPT(&good, 0,
             OK_HEAD "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x1f", 0,
             "close"),
      OUTCOME_OK, FETCH_DONE, 200, "text/plain", 4, true, true, -1 },
    { "65536 bytes", SCRIPT(&good, 0, OK_HEAD "Content-Length: 65536\r\n\r\n", 65536, "close"),
      OUTCOME_OK, FETCH_DONE, 200, "text/plain", 65536, true, true, -1 },
    { "65537 bytes", SCRIPT(&good, 0, OK_HEAD "Content-Length: 65537\r\n\r\n", 65537, "close"),
      OUTCOME_TOO_LARGE, FETCH_HTTP, 200, "text/plain", (size_t)-1, true, true, -1 },
    { "drip", SCRIPT(&good, 0, OK_HEAD "\r\n", 0, "drip"), OUTCOME_TIMEOUT, FETCH_HTTP, 200,
      "text/plain", (size_t)-1, true, true, -1 },
    { "drip in the header", SCRIPT(&good, 0, "HTTP/1.1 200 OK\r\nX-", 0, "drip"), OUTCOME_TIMEOUT,
      FETCH_HTTP, 200, NULL, 0, true, true, -1 },
    { "redirect",
      SCRIPT(&good, 0, "HTTP/1.1 301 Moved\r\nLocation: /else\r\nContent-Length: 0\r\n\r\n", 0,
             "close"),
      OUTCOME_HTTP_REDIRECT, FETCH_HTTP, 301, NULL, 0, true, true, -1 },
    { "not found",
      SCRIPT(&good, 0, "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone", 0, "close"),
      OUTCOME_HTTP_STATUS, FETCH_HTTP, 404, NULL, 4, true, true, -1 },
    { "not found, behind a bad certificate",
      SCRIPT(&expired, 0, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 0, "close"),
      OUTCOME_HTTP_STATUS, FETCH_HTTP, 404, NULL, 0, false, true, -1 },
    { "no content", SCRIPT(&good, 0, "HTTP/1.1 204 No Content\r\n\r\n", 0, "close"),
      OUTCOME_HTTP_STATUS, FETCH_HTTP, 204, NULL, 0, true, true, -1 },
    { "not HTTP", SCRIPT(&good, 0, "250 what is this\r\n", 0, "close"), OUTCOME_HTTP_FAILED,
      FETCH_HTTP, 0, NULL, 0, true, true, -1 },
    { "closed after the request", SCRIPT(&good, 0, "", 0, "close"), OUTCOME_CLOSED, FETCH_HTTP, 0,
      NULL, 0, true, true, -1 },
    { "reset after the request", SCRIPT(&good, 0, "", 0, "reset"), OUTCOME_RESET, FETCH_HTTP, 0,
      NULL, 0, true, true, -1 },
    { "half a body", SCRIPT(&good, 0, OK_HEAD "Content-Length: 100\r\n\r\nhalf", 0, "close"),
      OUTCOME_CLOSED, FETCH_HTTP, 200, "text/plain", 4, true, true, -1 },
    { "plain HTTP", play_http, NULL, OUTCOME_NO_TLS, FETCH_TLS, 0, NULL, 0, false, false, -1 },
    { "silence instead of TLS", play_silence, NULL, OUTCOME_TIMEOUT, FETCH_TLS, 0, NULL, 0, false,
      false, -1 },
    { "reset in the handshake", play_hello_then, "reset", OUTCOME_RESET, FETCH_TLS, 0, NULL, 0,
      false, false, -1 },
    { "closed in the handshake", play_hello_then, "close", OUTCOME_CLOSED, FETCH_TLS, 0, NULL, 0,
      false, false, -1 },
    { "alert in the handshake", play_hello_then, "alert", OUTCOME_TLS_FAILED, FETCH_TLS, 0, NULL, 0,
      false, false, 40 },
    { "nobody listens", NULL, NULL, OUTCOME_CONNECTION_REFUSED, FETCH_CONNECT, 0, NULL, 0, false,
      false, -1 },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* ---- the client ---- */

struct bed {
    uv_loop_t loop;
    struct settings settings;
    struct worker worker;
    struct job jobs[ROWS + 4];
    unsigned answered;
};

struct expectation {
    struct bed *bed;
    struct job *job;
    const struct row *row;
    const char *version; /* of TLS, or NULL: any */
};

static void check_result(const struct row *t, const struct fetch_result *r)
{
    CHECK(r->outcome == t->outcome, "%s: %s", t->what, outcome_name(r->outcome));
    CHECK(r->step == t->step, "%s: %s", t->what, fetch_step_name(r->step));
    CHECK(r->status == t->status, "%s: %ld", t->what, r->status);
    CHECK((r->media_type == NULL) == (t->media_type == NULL) &&
              (t->media_type == NULL || strcmp(r->media_type, t->media_type) == 0),
          "%s: %s", t->what, r->media_type != NULL ? r->media_type : "none");
    CHECK(t->size == (size_t)-1 || r->size == t->size, "%s: %zu", t->what, r->size);
    CHECK(r->outcome != OUTCOME_OK || r->body.len == t->size, "%s: %zu", t->what, r->body.len);
    CHECK(r->tls.alert == t->alert, "%s: %d", t->what, r->tls.alert);
    CHECK((r->chain.pkix.verdict == VERDICT_VALID) == t->chain_good, "%s", t->what);
    CHECK(r->chain.name_match == t->name_good, "%s", t->what);
    CHECK((r->tls.version != NULL) == (t->step > FETCH_TLS), "%s", t->what);
}

static void on_fetched(void *context, struct fetch_result *r)
{
    struct expectation *e = context;

    strangers += in_hand != e->job;
    check_result(e->row, r);
    if (strcmp(e->row->what, "good") == 0)
        CHECK(r->body.data != NULL && memcmp(r->body.data, POLICY, r->body.len) == 0, "%.*s",
              (int)r->body.len, r->body.data);
    if (strcmp(e->row->what, "TLS 1.0 only") == 0)
        CHECK(r->tls.version != NULL && strcmp(r->tls.version, "TLSv1") == 0, "%s", r->tls.version);
    if (strcmp(e->row->what, "redirect") == 0)
        CHECK(r->redirect != NULL && strcmp(r->redirect, "https://" HOST "/else") == 0, "%s",
              r->redirect);
    if (strcmp(e->row->what, "expired") == 0)
        CHECK(r->chain.pkix.errors == 1u << CHAIN_EXPIRED, "%x", r->chain.pkix.errors);
    if (strcmp(e->row->what, "good") == 0)
        CHECK(r->chain.count == 2, "%zu", r->chain.count);
    chain_drop(&r->chain);
    e->bed->answered++;
    job_put_down(e->job);
}

static void bed_open(struct bed *b, int port, const char *store)
{
    const char *error = "";
    static struct arena arena;

    memset(b, 0, sizeof(*b));
    arena_init(&arena, 1024);
    uv_loop_init(&b->loop);
    settings_default(&b->settings);
    b->settings.https_port = port;
    b->settings.fetches = 8;
    b->settings.fetch_timeout = TIMEOUT_MS;
    b->settings.connect_timeout = TIMEOUT_MS / 2;
    b->settings.user_agent = "census (mail@example.net)";
    b->worker.loop = &b->loop;
    b->worker.settings = &b->settings;
    contact_open(&b->worker.contact, "127.0.0.0/24", "");
    b->worker.chains = chain_judge_new(store, &error);
    CHECK(b->worker.chains != NULL, "%s", error);
    b->worker.fetches = fetch_pool_new(&b->worker, &error);
    for (size_t i = 0; i < ROWS + 4; i++) {
        b->jobs[i].worker = &b->worker;
        b->jobs[i].number = (unsigned)i;
        arena_init(&b->jobs[i].arena, 1024);
    }
}

static void bed_close(struct bed *b)
{
    fetch_pool_close(b->worker.fetches);
    uv_run(&b->loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&b->loop) == 0, "a handle is left open");
    chain_judge_free(b->worker.chains);
    contact_free(&b->worker.contact);
    for (size_t i = 0; i < ROWS + 4; i++)
        arena_free(&b->jobs[i].arena);
}

static struct address *address_at(struct job *j, size_t n, unsigned last)
{
    struct address *a = arena_array(&j->arena, 2, sizeof(*a));
    char text[32];

    snprintf(text, sizeof(text), "127.0.0.%zu", n + 1);
    address_parse(&a[0], text);
    snprintf(text, sizeof(text), "127.0.0.%u", last);
    address_parse(&a[1], text);
    return a;
}

static void run_until(struct bed *b, unsigned answers)
{
    uint64_t begun = timing_monotonic_ms();

    while (b->answered < answers && timing_monotonic_ms() - begun < 20000UL * CHECK_SLOWNESS)
        uv_run(&b->loop, UV_RUN_ONCE);
    CHECK(b->answered == answers, "%u of %u", b->answered, answers);
}

static void test_rows(struct bed *b)
{
    static struct expectation e[ROWS];

    for (size_t i = 0; i < ROWS; i++) {
        e[i] = (struct expectation){ b, &b->jobs[i], &rows[i], NULL };
        fetch_start(b->worker.fetches, &b->jobs[i], HOST, address_at(&b->jobs[i], i, 1), 1,
                    on_fetched, &e[i]);
    }
    CHECK(b->answered == 0, "a callback from inside fetch_start()");
    run_until(b, ROWS);
    CHECK(strangers == 0, "%u callbacks without their job in hand", strangers);
}

/* Nobody listens at the first address: the second is tried. */
static void test_second_address(struct bed *b)
{
    struct job *j = &b->jobs[ROWS];
    static struct expectation e;

    e = (struct expectation){ b, j, &rows[0], NULL };
    b->answered = 0;
    fetch_start(b->worker.fetches, j, HOST, address_at(j, ROWS - 1, 1), 2, on_fetched, &e);
    run_until(b, 1);
}

/* Behind the caller's back: 127.0.1.1 is outside of what is allowed. Whoever listens there sees
 * nobody. */
static void test_special_address(struct bed *b)
{
    static const struct row refused = {
        .what = "special", .outcome = OUTCOME_UNREACHABLE, .step = FETCH_CONNECT, .alert = -1
    };
    struct job *j = &b->jobs[ROWS + 1];
    static struct expectation e;
    int port = (int)b->settings.https_port, fd = peer_listen(256, &port);
    struct pollfd p = { .fd = fd, .events = POLLIN };
    struct address *a = arena_array(&j->arena, 1, sizeof(*a));

    address_parse(a, "127.0.1.1");
    e = (struct expectation){ b, j, &refused, NULL };
    b->answered = 0;
    fetch_start(b->worker.fetches, j, HOST, a, 1, on_fetched, &e);
    run_until(b, 1);
    CHECK(poll(&p, 1, 0) == 0, "it was contacted");
    close(fd);
}

/* No descriptor is free: that is said of us, not of the host. */
static void test_descriptors(struct bed *b)
{
    static const struct row none = {
        .what = "descriptors", .outcome = OUTCOME_NETWORK_DOWN, .step = FETCH_CONNECT, .alert = -1
    };
    struct job *j = &b->jobs[ROWS + 3];
    static struct expectation e;
    struct rlimit limit, few = { 0, 0 };

    getrlimit(RLIMIT_NOFILE, &limit);
    few.rlim_max = limit.rlim_max;
    e = (struct expectation){ b, j, &none, NULL };
    b->answered = 0;
    setrlimit(RLIMIT_NOFILE, &few);
    fetch_start(b->worker.fetches, j, HOST, address_at(j, 0, 1), 1, on_fetched, &e);
    run_until(b, 1);
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* A queue of connections that is full drops SYNs, as an address that is not there does. */
static void test_blackhole(struct bed *b)
{
    static const struct row timeout = {
        .what = "blackhole", .outcome = OUTCOME_TIMEOUT, .step = FETCH_CONNECT, .alert = -1
    };
    struct job *j = &b->jobs[ROWS + 2];
    static struct expectation e;
    struct sockaddr_in sa = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)b->settings.https_port),
                              .sin_addr.s_addr = htonl(0x7f0000c8) };
    int port = (int)b->settings.https_port, fd = peer_listen(199, &port), fill[3];
    struct address *a = address_at(j, 199, 1);

    listen(fd, 0);
    for (size_t i = 0; i < 3; i++) {
        fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        CHECK(connect(fill[i], (struct sockaddr *)&sa, sizeof(sa)) == 0 || errno == EINPROGRESS,
              "connect");
    }
    e = (struct expectation){ b, j, &timeout, NULL };
    b->answered = 0;
    fetch_start(b->worker.fetches, j, HOST, a, 1, on_fetched, &e);
    run_until(b, 1);
    for (size_t i = 0; i < 3; i++)
        close(fill[i]);
    close(fd);
}

/* The pool is closed over fetches in every state. */
static void test_close_in_flight(struct bed *b)
{
    static struct expectation e;

    e = (struct expectation){ b, &b->jobs[0], &rows[0], NULL };
    b->answered = 0;
    for (size_t i = 0; i < ROWS; i++)
        fetch_start(b->worker.fetches, &b->jobs[i], HOST, address_at(&b->jobs[i], i, 1), 1,
                    on_fetched, &e);
    for (int i = 0; i < 3; i++)
        uv_run(&b->loop, UV_RUN_NOWAIT);
}

int main(void)
{
    struct peer_part parts[ROWS];
    static struct bed bed;
    char store[] = "/tmp/test_fetch.XXXXXX";
    pid_t pid;
    int port;

    ca = peer_identity(NULL, NULL, -86400, 86400);
    good = peer_identity(&ca, HOST, -86400, 86400);
    expired = peer_identity(&ca, HOST, -2 * 86400L, -86400);
    foreign = peer_identity(&ca, "good.test", -86400, 86400);
    alone = peer_identity(NULL, HOST, -86400, 86400);
    peer_demand(mkstemp(store) >= 0, "mkstemp");
    peer_store(store, &ca);
    for (size_t i = 0; i < ROWS; i++)
        parts[i] = (struct peer_part){ rows[i].play, rows[i].part };
    port = peer_start(parts, ROWS, &pid);
    bed_open(&bed, port, store);
    test_rows(&bed);
    test_second_address(&bed);
    test_special_address(&bed);
    test_blackhole(&bed);
    test_descriptors(&bed);
    test_close_in_flight(&bed);
    bed_close(&bed);
    peer_stop(pid);
    unlink(store);
    return check_report();
}
