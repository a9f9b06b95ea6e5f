/* What a policy fetch costs this process, with the verdict on its chain and the chain written down:
 * CPU time, the median of five runs. The server is another process. */
#include "scanner/base/settings.h"
#include "scanner/base/timing.h"
#include "tests/unit/workers/nobody_watches.h"
#include "tests/unit/workers/tls_peer.h"
#include "workers/fetch.h"
#include "workers/job.h"
#include "workers/worker.h"

#define HOST "mta-sts.example.test"
#define FETCHES 300
#define BUDGET_US 1000.0
#define ANSWER                                                                  \
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 68\r\n\r\n" \
    "version: STSv1\r\nmode: enforce\r\nmx: *.example.test\r\nmax_age: 604800\r\n"

static unsigned done, good;

void job_certificate(struct job *j, const uint8_t sha256[32], const char *record, size_t len)
{
    (void)j;
    (void)sha256;
    (void)record;
    (void)len;
}

static struct peer_identity ca, leaf;

/* One connection after the other, without a fork: what the server does with the caches and page
 * tables of this machine would be counted as ours. */
static void serve(int fd)
{
    SSL_CTX *c = SSL_CTX_new(TLS_server_method());
    char request[2048];

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    SSL_CTX_use_certificate(c, leaf.certificate);
    SSL_CTX_use_PrivateKey(c, leaf.key);
    SSL_CTX_add1_chain_cert(c, ca.certificate);
    for (;;) {
        int peer = accept(fd, NULL, NULL);
        SSL *ssl = SSL_new(c);

        SSL_set_fd(ssl, peer);
        if (SSL_accept(ssl) == 1 && peer_request(ssl, request, sizeof(request)))
            SSL_write(ssl, ANSWER, sizeof(ANSWER) - 1);
        SSL_shutdown(ssl);
        SSL_free(ssl);
        close(peer);
    }
}

static int start_server(pid_t *pid)
{
    int port = 0, fd = peer_listen(0, &port);

    *pid = fork();
    if (*pid == 0)
        serve(fd);
    close(fd);
    return port;
}

static void on_fetched(void *context, struct fetch_result *r)
{
    struct job *j = context;
    struct json_writer w;
    struct buf text;

    buf_init(&text, BUF_NO_CEILING);
    json_writer_init(&w, &text);
    json_open_object(&w, NULL);
    chain_write(&r->chain, &w);
    json_close_object(&w);
    chain_hand_over(&r->chain, j);
    done++;
    good +=
        r->outcome == OUTCOME_OK && r->chain.pkix.verdict == VERDICT_VALID && r->chain.name_match;
    chain_drop(&r->chain);
    buf_free(&text);
    arena_free(&j->arena);
}

static double run(struct worker *w)
{
    static struct job jobs[FETCHES];
    uint64_t begun = timing_cpu_us();
    struct address *a;

    done = 0;
    for (size_t i = 0; i < FETCHES; i++) {
        jobs[i] = (struct job){ .worker = w };
        arena_init(&jobs[i].arena, 1024);
        a = arena_alloc(&jobs[i].arena, sizeof(*a));
        address_parse(a, "127.0.0.1");
        fetch_start(w->fetches, &jobs[i], HOST, a, 1, on_fetched, &jobs[i]);
    }
    while (done < FETCHES)
        uv_run(w->loop, UV_RUN_ONCE);
    return (double)(timing_cpu_us() - begun) / FETCHES;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

int main(void)
{
    char store[] = "/tmp/bench_fetch.XXXXXX";
    struct settings settings;
    struct worker w = { .settings = &settings };
    const char *error = "";
    uv_loop_t loop;
    double us[5];
    pid_t pid;

    ca = peer_identity(NULL, NULL, -86400, 86400);
    leaf = peer_identity(&ca, HOST, -86400, 86400);
    peer_demand(mkstemp(store) >= 0, "mkstemp");
    peer_store(store, &ca);
    settings_default(&settings);
    settings.fetches = 20;
    settings.https_port = start_server(&pid);
    uv_loop_init(&loop);
    w.loop = &loop;
    contact_open(&w.contact, "127.0.0.0/8", "");
    w.chains = chain_judge_new(store, &error);
    w.fetches = fetch_pool_new(&w, &error);
    for (size_t i = 0; i < 5; i++)
        us[i] = run(&w);
    qsort(us, 5, sizeof(us[0]), by_value);
    printf("policy_fetch %.0f us %.0f %s\n", us[2], BUDGET_US, us[2] <= BUDGET_US ? "ok" : "over");
    peer_stop(pid);
    unlink(store);
    if (good != 5 * FETCHES) {
        printf("only %u of %d fetches were good\n", good, 5 * FETCHES);
        return 1;
    }
    return us[2] <= BUDGET_US ? 0 : 1;
}
