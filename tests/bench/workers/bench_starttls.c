/* What a STARTTLS probe costs this process, the peer being another: CPU with its full record,
 * memory of a connection, and what it costs beside as many tarpits as there are probes. Prints
 * `name value unit budget ok|over`; the median of five. */
#include "workers/probe.h"

#include <arpa/inet.h>
#include <malloc.h>
#include <poll.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scanner/base/frame.h"
#include "scanner/base/timing.h"
#include "tests/unit/workers/mint.h"
#include "tests/unit/workers/nobody_watches.h"
#include "workers/job.h"
#include "workers/mx_record.h"
#include "workers/worker.h"

#define HOST "mx.example.com"
#define ROUNDS 5
#define PROBES 300
#define AT_ONCE 40
#define HELD 400
#define CROWD 5000      /* probes at once, and tarpits beside them */
#define DRIP_MS 5000    /* a tarpit sends a byte so often */
#define PATIENCE 600000 /* ms, with which nobody gives up a tarpit */
#define LEAVES 64       /* certificates that the peer has, where each probe is to see another */

enum manner { SERVE, SILENT, HOLD_TLS, TARPIT };

struct scene {
    const char *name, *unit;
    double budget; /* 0: none, for comparison */
    const char *address;
    const char *key, *curve; /* of leaves */
    unsigned bits;
    const char *ca_curve; /* NULL: RSA */
    enum manner manner;
    size_t leaves;
};

static const struct scene scenes[] = {
    { "probe-rsa", "us", 650, "127.1.0.1", "RSA", NULL, 2048, NULL, SERVE, 1 },
    { "probe-ecdsa-p384", "us", 650, "127.1.0.2", "EC", "P-256", 0, "P-384", SERVE, 1 },
    { "probe-rsa-each-its-own", "us", 0, "127.1.0.3", "RSA", NULL, 2048, NULL, SERVE, LEAVES },
    { "probe-ecdsa-p384-each-its-own", "us", 0, "127.1.0.4", "EC", "P-256", 0, "P-384", SERVE,
      LEAVES },
    { "memory-waiting-for-banner", "bytes", 3072, "127.1.0.5", "EC", "P-256", 0, "P-384", SILENT,
      1 },
    { "memory-in-tls", "bytes", 46080, "127.1.0.6", "EC", "P-256", 0, "P-384", HOLD_TLS, 1 },
    { "probe-beside-5000-tarpits", "ratio", 1.10, "127.1.0.7", "EC", "P-256", 0, "P-384", TARPIT,
      1 },
};
#define SCENES (sizeof(scenes) / sizeof(scenes[0]))

/* ---- the peer ---- */

struct cast {
    const struct scene *scene;
    SSL_CTX *contexts[LEAVES];
    int listener;
    unsigned served;
};

static void say(SSL *ssl, int fd, const char *text)
{
    if (ssl != NULL)
        SSL_write(ssl, text, (int)strlen(text));
    else
        send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static bool heard(SSL *ssl, int fd)
{
    char text[512];

    return (ssl != NULL ? SSL_read(ssl, text, sizeof(text))
                        : (int)recv(fd, text, sizeof(text), 0)) > 0;
}

struct visitor {
    SSL_CTX *context;
    int fd;
    enum manner manner;
};

static SSL *serve_tls(const struct visitor *v)
{
    SSL *ssl;

    say(NULL, v->fd, "220 " HOST " ESMTP\r\n");
    heard(NULL, v->fd);
    say(NULL, v->fd,
        "250-" HOST "\r\n250-SIZE 1000000\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 STARTTLS\r\n");
    heard(NULL, v->fd);
    say(NULL, v->fd, "220 go\r\n");
    ssl = SSL_new(v->context);
    SSL_set_fd(ssl, v->fd);
    SSL_accept(ssl);
    return ssl;
}

static void *serve(void *argument)
{
    struct visitor *v = argument;
    SSL *ssl = v->manner == SILENT ? NULL : serve_tls(v);

    if (v->manner == SERVE && heard(ssl, v->fd)) {
        say(ssl, v->fd, "250-" HOST "\r\n250-SIZE 1000000\r\n250-PIPELINING\r\n250 8BITMIME\r\n");
        if (heard(ssl, v->fd))
            say(ssl, v->fd, "221 bye\r\n");
    }
    while (heard(ssl, v->fd))
        ;
    SSL_free(ssl);
    close(v->fd);
    free(v);
    return NULL;
}

/* All the life of a tarpit, and of any number of them: a banner that comes to no end. */
static void *hold_all(void *argument)
{
    const struct cast *c = argument;
    static int held[CROWD];
    size_t count = 0;

    for (;;) {
        struct pollfd listener = { .fd = c->listener, .events = POLLIN };

        if (poll(&listener, 1, DRIP_MS) == 1 && count < CROWD) {
            held[count] = accept(c->listener, NULL, NULL);
            say(NULL, held[count++], "220-");
        } else {
            for (size_t i = 0; i < count; i++)
                say(NULL, held[i], "x");
        }
    }
    return NULL;
}

static void *accept_all(void *argument)
{
    struct cast *c = argument;

    for (;;) {
        struct visitor *v = malloc(sizeof(*v));
        pthread_attr_t small;
        pthread_t thread;
        int on = 1;

        v->fd = accept(c->listener, NULL, NULL);
        v->manner = c->scene->manner;
        v->context = c->contexts[c->served++ % c->scene->leaves];
        setsockopt(v->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        pthread_attr_init(&small);
        pthread_attr_setstacksize(&small, (size_t)256 << 10);
        pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
        mint_need(pthread_create(&thread, &small, serve, v) == 0, "thread");
    }
    return NULL;
}

/* A leaf and an intermediate; the root goes to the trust store. */
static void cast_make(struct cast *c, FILE *store)
{
    const struct scene *s = c->scene;
    EVP_PKEY *root_key =
        mint_key(s->ca_curve != NULL ? "EC" : "RSA", s->ca_curve, s->ca_curve != NULL ? 0 : 2048);
    EVP_PKEY *middle_key =
        mint_key(s->ca_curve != NULL ? "EC" : "RSA", s->ca_curve, s->ca_curve != NULL ? 0 : 2048);
    EVP_PKEY *key = mint_key(s->key, s->curve, s->bits);
    X509 *root = mint_ca(s->name, root_key, NULL, NULL);
    X509 *middle = mint_ca("Intermediate", middle_key, root, root_key);

    PEM_write_X509(store, root);
    for (size_t i = 0; i < s->leaves; i++) {
        X509 *leaf = mint(&(struct mint){ .name = HOST,
                                          .alternative = "DNS:" HOST ",DNS:mail.example.com",
                                          .key = key,
                                          .issuer = middle,
                                          .issuer_key = middle_key,
                                          .extended_usage = "serverAuth" });

        c->contexts[i] = SSL_CTX_new(TLS_server_method());
        SSL_CTX_use_certificate(c->contexts[i], leaf);
        SSL_CTX_use_PrivateKey(c->contexts[i], key);
        SSL_CTX_add1_chain_cert(c->contexts[i], middle);
        X509_free(leaf);
    }
}

static pid_t peer_start(struct cast casts[SCENES])
{
    pthread_t thread;
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < SCENES; i++)
        pthread_create(&thread, NULL, scenes[i].manner == TARPIT ? hold_all : accept_all,
                       &casts[i]);
    pause();
    _exit(0);
}

static int listen_on(const char *address, in_port_t *port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = *port };
    socklen_t len = sizeof(to);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    inet_pton(AF_INET, address, &to.sin_addr);
    mint_need(bind(fd, (struct sockaddr *)&to, sizeof(to)) == 0 && listen(fd, 2 * CROWD) == 0,
              address);
    getsockname(fd, (struct sockaddr *)&to, &len);
    *port = to.sin_port;
    return fd;
}

/* ---- this side ---- */

static uv_loop_t loop;
static struct settings settings;
static struct worker worker = { .loop = &loop, .settings = &settings };
static unsigned finished, goal, wrong;

/* A batch, which keeps the frames of a commit, and knows what it was given before. */
static struct buf records, known;

void job_certificate(struct job *j, const uint8_t sha256[32], const char *record, size_t len)
{
    struct buf line, frame;

    (void)j;
    if (known.len > 0 && memmem(known.data, known.len, sha256, 32) != NULL)
        return;
    buf_append(&known, (const char *)sha256, 32);
    buf_init(&line, BUF_NO_CEILING);
    buf_init(&frame, BUF_NO_CEILING);
    buf_append(&line, record, len);
    buf_byte(&line, '\n');
    frame_compress(&frame, line.data, line.len);
    buf_free(&line);
    buf_free(&frame);
}

/* As many records as a batch has hosts make a frame. */
static void take_record(const struct buf *record)
{
    struct buf frame;

    buf_append(&records, record->data, record->len);
    buf_byte(&records, '\n');
    if (finished % AT_ONCE != 0)
        return;
    buf_init(&frame, BUF_NO_CEILING);
    frame_compress(&frame, records.data, records.len);
    buf_free(&frame);
    buf_reset(&records);
}

static void on_done(void *context, struct probe_result *r)
{
    struct job *j = context;
    struct buf text;
    struct json_writer w;

    buf_init(&text, BUF_NO_CEILING);
    json_writer_init(&w, &text);
    json_open_object(&w, NULL);
    mx_record_probe(&w, r);
    json_close_object(&w);
    chain_hand_over(&r->chain, j);
    finished++;
    take_record(&text);
    wrong +=
        r->outcome != OUTCOME_OK || r->chain.pkix.verdict != VERDICT_VALID || !r->chain.name_match;
    chain_drop(&r->chain);
    buf_free(&text);
    arena_free(&j->arena);
    if (finished == goal)
        uv_stop(&loop);
}

static void start(struct probe_pool *pool, struct job *jobs, size_t count, const char *address)
{
    struct address to;

    address_parse(&to, address);
    finished = 0;
    goal = (unsigned)count;
    for (size_t i = 0; i < count; i++) {
        arena_init(&jobs[i].arena, 2048);
        probe_start(pool, &jobs[i], HOST, &to, on_done, &jobs[i]);
    }
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double cpu_of(const struct scene *s, struct probe_pool *pool)
{
    static struct job jobs[PROBES];
    double values[ROUNDS + 1];

    for (int round = 0; round <= ROUNDS; round++) { /* the first one warms up */
        uint64_t before = timing_cpu_us();

        start(pool, jobs, PROBES, s->address);
        uv_run(&loop, UV_RUN_DEFAULT);
        values[round] = (double)(timing_cpu_us() - before) / PROBES;
    }
    qsort(values + 1, ROUNDS, sizeof(values[0]), by_value);
    return values[1 + ROUNDS / 2];
}

static void on_tick(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

static double memory_of(const struct scene *s)
{
    static struct job jobs[HELD];
    const char *error;
    struct probe_pool *pool = probe_pool_new(&worker, &error);
    size_t before;
    uv_timer_t timer;

    probe_pool_share(pool, 1);
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, on_tick, 3000, 0);
    before = mallinfo2().uordblks;
    start(pool, jobs, HELD, s->address);
    uv_run(&loop, UV_RUN_DEFAULT); /* until the timer: all of them hang by then */
    before = mallinfo2().uordblks - before;
    wrong += finished;
    probe_pool_close(pool);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    for (size_t i = 0; i < HELD; i++)
        arena_free(&jobs[i].arena);
    return (double)before / HELD;
}

/* Of a crowd of probes at once, to the first scene's host. */
static double crowd_cpu(struct probe_pool *pool)
{
    static struct job jobs[CROWD];
    uint64_t before = timing_cpu_us();

    start(pool, jobs, CROWD, scenes[0].address);
    uv_run(&loop, UV_RUN_DEFAULT);
    return (double)(timing_cpu_us() - before);
}

/* The same before, beside and behind a crowd of tarpits: connections for both are held at once. */
static double tarpits_cost(const struct scene *s)
{
    static struct job tarpits[CROWD];
    const char *error;
    struct probe_pool *pool = probe_pool_new(&worker, &error);
    double alone, beside;
    uv_timer_t timer;

    probe_pool_share(pool, 1);
    alone = crowd_cpu(pool);
    start(pool, tarpits, CROWD, s->address);
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, on_tick, 3000, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    beside = crowd_cpu(pool);
    probe_pool_close(pool);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    for (size_t i = 0; i < CROWD; i++)
        arena_free(&tarpits[i].arena);
    pool = probe_pool_new(&worker, &error);
    probe_pool_share(pool, 1);
    alone += crowd_cpu(pool);
    probe_pool_close(pool);
    return beside / (alone / 2);
}

static bool report(const struct scene *s, double value)
{
    bool over = s->budget > 0 && value > s->budget;
    int digits = strcmp(s->unit, "ratio") == 0 ? 2 : 0;

    if (s->budget > 0)
        printf("%s %.*f %s %.*f %s\n", s->name, digits, value, s->unit, digits, s->budget,
               over ? "over" : "ok");
    else
        printf("%s %.0f %s - ok\n", s->name, value, s->unit);
    fflush(stdout);
    return over;
}

static void caps(int64_t connections)
{
    settings.probes = settings.per_address = settings.per_network = settings.per_operator =
        connections;
}

static bool measure(const struct scene *s)
{
    const char *error;
    struct probe_pool *pool;
    double value;

    if (s->manner == TARPIT) {
        caps(2 * (int64_t)CROWD);
        settings.banner_timeout = settings.command_timeout = settings.tls_timeout =
            settings.connect_timeout = settings.probe_timeout = PATIENCE;
        return report(s, tarpits_cost(s));
    }
    if (s->manner != SERVE) {
        caps(HELD);
        return report(s, memory_of(s));
    }
    caps(AT_ONCE);
    pool = probe_pool_new(&worker, &error);
    mint_need(pool != NULL, error);
    probe_pool_share(pool, 1);
    value = cpu_of(s, pool);
    probe_pool_close(pool);
    return report(s, value);
}

/* For a crowd and its tarpits, in both processes. */
static void allow_descriptors(void)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    static struct cast casts[SCENES];
    char path[] = "/tmp/mxcensus-bench-XXXXXX";
    FILE *store = fdopen(mkstemp(path), "w");
    const char *error;
    in_port_t port = 0;
    pid_t peer;

    allow_descriptors();
    for (size_t i = 0; i < SCENES; i++) {
        casts[i].scene = &scenes[i];
        casts[i].listener = listen_on(scenes[i].address, &port);
        cast_make(&casts[i], store);
    }
    fclose(store);
    peer = peer_start(casts);
    for (size_t i = 0; i < SCENES; i++)
        close(casts[i].listener);
    buf_init(&records, BUF_NO_CEILING);
    buf_init(&known, BUF_NO_CEILING);
    settings_default(&settings);
    settings.ehlo = "me.example";
    settings.smtp_port = ntohs(port);
    worker.chains = chain_judge_new(path, &error);
    unlink(path);
    mint_need(worker.chains != NULL, "trust store");
    uv_loop_init(&loop);
    for (size_t i = 0; i < SCENES; i++)
        if (argc < 2 || strstr(scenes[i].name, argv[1]) != NULL) /* the part of a name alone */
            measure(&scenes[i]);
    kill(peer, SIGKILL);
    waitpid(peer, NULL, 0);
    if (wrong > 0)
        fprintf(stderr, "%u probes found something else than what was there\n", wrong);
    return wrong > 0;
}
