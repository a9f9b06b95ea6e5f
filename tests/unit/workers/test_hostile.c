/* Mail hosts that want to hurt: each costs bounded memory and bounded CPU, and while all of them
 * are at it, ordinary neighbours in the same loop are probed as ever. */
#include "workers/probe.h"

#include <malloc.h>
#include <openssl/param_build.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <uv.h>

#include "tests/unit/check.h"
#include "tests/unit/workers/mint.h"
#include "tests/unit/workers/nobody_watches.h"
#include "tests/unit/workers/smtp_script.h"
#include "workers/job.h"
#include "workers/worker.h"

#define HOST "mx.example.com"
#define NEIGHBOURS 4 /* behind each hostile one */
#define TURN_MAX 0.5 /* seconds of CPU; many handshakes may fall into one */
#define MEGABYTE ((size_t)1 << 20)

/* ---- in place of the worker ---- */

void job_certificate(struct job *j, const uint8_t sha256[32], const char *record, size_t len)
{
    (void)j;
    (void)sha256;
    (void)record;
    (void)len;
}

static uv_loop_t loop;
static struct settings settings;
static struct worker worker = { .loop = &loop, .settings = &settings };

/* ---- the peers ---- */

static struct script_identity good, large, crowded, rsa;

static void tls(struct script_peer *p)
{
    script_line(p, ">220 mx.example.com\r\n");
    script_line(p, "<EHLO");
    script_line(p, ">250-mx\r\n250 STARTTLS\r\n");
    script_line(p, "<STARTTLS");
    script_line(p, ">220 go\r\n");
}

static void play_ok(struct script_peer *p)
{
    tls(p);
    script_line(p, "T");
    script_line(p, "<EHLO");
    script_line(p, ">250 ok\r\n");
    script_line(p, "<QUIT");
}

/* As far as the client goes along. */
static void accept_tls(struct script_peer *p, SSL_CTX *context)
{
    SSL_CTX_use_certificate(context, p->identity->leaf);
    SSL_CTX_use_PrivateKey(context, p->identity->key);
    tls(p);
    p->ssl = SSL_new(context);
    SSL_set_fd(p->ssl, p->fd);
    if (SSL_accept(p->ssl) == 1)
        script_drain(p);
}

/* So many intermediates as fit: none of them has to do with the leaf. */
static void play_chain(struct script_peer *p)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    for (int i = 0; i < 100; i++)
        SSL_CTX_add1_chain_cert(context, p->identity->issuer);
    accept_tls(p, context);
}

/* The client gives up in the handshake. */
static void play_certificate(struct script_peer *p)
{
    accept_tls(p, SSL_CTX_new(TLS_server_method()));
}

/* TLS 1.2: the server asks for one handshake after another. */
static void play_renegotiation(struct script_peer *p)
{
    char line[512];

    tls(p);
    script_line(p, "T12");
    while (SSL_renegotiate(p->ssl) == 1 && SSL_do_handshake(p->ssl) == 1)
        SSL_read(p->ssl, line, sizeof(line));
}

/* TLS 1.3: no data, but a new key with every record. */
static void play_key_updates(struct script_peer *p)
{
    tls(p);
    script_line(p, "T13");
    while (SSL_key_update(p->ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 &&
           SSL_do_handshake(p->ssl) == 1)
        ;
}

/* Session tickets without end. */
static void play_tickets(struct script_peer *p)
{
    tls(p);
    script_line(p, "T13");
    while (SSL_new_session_ticket(p->ssl) == 1 && SSL_do_handshake(p->ssl) == 1)
        ;
}

static void flood(struct script_peer *p, const void *record, size_t len)
{
    script_line(p, "G"); /* the ClientHello */
    while (send(p->fd, record, len, MSG_NOSIGNAL) > 0)
        ;
}

/* Empty records, and warnings, where a ServerHello is due. */
static void play_empty_records(struct script_peer *p)
{
    tls(p);
    flood(p, "\x16\x03\x03\x00\x00", 5);
}

static void play_warnings(struct script_peer *p)
{
    tls(p);
    flood(p, "\x15\x03\x03\x00\x02\x01\x5a", 7);
}

/* A handshake message that claims 16 MB, and keeps coming. */
static void play_huge_message(struct script_peer *p)
{
    static unsigned char record[5 + 16384] = { 0x16, 3, 3, 0x40, 0, 2, 0xff, 0xff, 0xff };

    tls(p);
    flood(p, record, sizeof(record));
}

static void play_endless_banner(struct script_peer *p)
{
    script_line(p, "F220-and more\r\n");
}

static void play_long_line(struct script_peer *p)
{
    script_line(p, ">220-");
    script_line(p, "Fno end ");
}

static void play_drip(struct script_peer *p)
{
    script_line(p, ">220-");
    while (script_write(p, "x", 1) > 0)
        sleep(1);
}

/* Short lines without end, and a record for each byte of them. */
static void play_bytes(struct script_peer *p)
{
    static const char text[] = "250-\r\n";

    tls(p);
    script_line(p, "T");
    script_line(p, "<EHLO");
    for (size_t i = 0; script_write(p, &text[i % (sizeof(text) - 1)], 1) > 0; i++)
        ;
}

/* The same in the clear. */
static void play_clear_bytes(struct script_peer *p)
{
    static const char text[] = "220-\r\n";
    int on = 1;

    setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    for (size_t i = 0; script_write(p, &text[i % (sizeof(text) - 1)], 1) > 0; i++)
        ;
}

/* A group beyond those of RFC 7919. What stands for its prime is none: nobody looks. */
static EVP_PKEY *large_group(void)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    unsigned char digits[1025];
    EVP_PKEY *group = NULL;
    BIGNUM *g = BN_new();

    memset(digits, 0xfb, sizeof(digits));
    BN_set_word(g, 2);
    OSSL_PARAM_BLD_push_BN(build, "p", BN_bin2bn(digits, sizeof(digits), NULL));
    OSSL_PARAM_BLD_push_BN(build, "g", g);
    OSSL_PARAM_BLD_push_long(build, "priv_len", 224); /* cheap for the server, which is the point */
    script_need(EVP_PKEY_fromdata_init(context) == 1 &&
                    EVP_PKEY_fromdata(context, &group, EVP_PKEY_KEY_PARAMETERS,
                                      OSSL_PARAM_BLD_to_param(build)) == 1,
                "a group");
    return group;
}

static void play_large_group(struct script_peer *p)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context, "DHE:@SECLEVEL=0");
    SSL_CTX_set0_tmp_dh_pkey(context, large_group());
    accept_tls(p, context);
}

static const struct row {
    const char *name;
    void (*play)(struct script_peer *p);
    const struct script_identity *identity;
    enum outcome outcome;
    size_t memory; /* at its worst, above what one ordinary probe leaves */
    double cpu;    /* seconds */
} rows[] = {
    { "100 certificates", play_chain, &good, OUTCOME_OK, 4 * MEGABYTE, 0.5 },
    { "a certificate of 1 MB", play_certificate, &large, OUTCOME_TLS_FAILED, 4 * MEGABYTE, 0.5 },
    { "100,000 names", play_certificate, &crowded, OUTCOME_TLS_FAILED, 4 * MEGABYTE, 0.5 },
    { "renegotiation", play_renegotiation, &good, OUTCOME_OK, 4 * MEGABYTE, 0.5 },
    { "key updates", play_key_updates, &good, OUTCOME_OK, 4 * MEGABYTE, 1 },
    { "session tickets", play_tickets, &good, OUTCOME_OK, 4 * MEGABYTE, 1 },
    { "empty records", play_empty_records, &good, OUTCOME_TLS_FAILED, 4 * MEGABYTE, 0.5 },
    { "warnings", play_warnings, &good, OUTCOME_TLS_FAILED, 4 * MEGABYTE, 0.5 },
    { "a message of 16 MB", play_huge_message, &good, OUTCOME_TLS_FAILED, 4 * MEGABYTE, 0.5 },
    { "endless banner", play_endless_banner, &good, OUTCOME_REPLY_TOO_LONG, 4 * MEGABYTE, 0.5 },
    { "a line of 10 MB", play_long_line, &good, OUTCOME_REPLY_TOO_LONG, 4 * MEGABYTE, 0.5 },
    { "a record a byte", play_bytes, &good, OUTCOME_OK, 4 * MEGABYTE, 0.5 },
    { "a byte at a time", play_clear_bytes, &good, OUTCOME_REPLY_TOO_LONG, 4 * MEGABYTE, 0.5 },
    { "a group of 8,200 bits", play_large_group, &rsa, OUTCOME_TLS_FAILED, 4 * MEGABYTE, 0.5 },
    { "a byte a second", play_drip, &good, OUTCOME_TIMEOUT, 4 * MEGABYTE, 0.5 },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))
static const struct row ordinary = { "a neighbour", play_ok, &good, OUTCOME_OK, 0, 0 };

static pid_t serve(const struct row *row, const char *address, unsigned short *port)
{
    int fd = script_listen(address, port);
    struct script_peer p = { .identity = row->identity };
    pid_t pid = fork();

    if (pid == 0) {
        alarm(60);
        signal(SIGPIPE, SIG_IGN);
        p.fd = accept(fd, NULL, NULL);
        row->play(&p);
        script_drain(&p);
        _exit(0);
    }
    close(fd);
    return pid;
}

/* ---- the probes ---- */

struct probe_case {
    const struct row *row;
    struct job job;
    pid_t peer;
    enum outcome outcome;
};

static void on_done(void *context, struct probe_result *result)
{
    struct probe_case *c = context;

    c->outcome = result->outcome;
    CHECK(result->chain.count <= CHAIN_MAX, "%s: %zu certificates", c->row->name,
          result->chain.count);
    chain_drop(&result->chain);
}

static void begin(struct probe_pool *pool, struct probe_case *c, const struct row *row,
                  unsigned number)
{
    static unsigned short port;
    struct address *a;
    char text[32];

    snprintf(text, sizeof(text), "127.1.%u.%u", number / 200, number % 200 + 1);
    *c = (struct probe_case){ .row = row, .outcome = OUTCOME_COUNT };
    c->job.worker = &worker;
    arena_init(&c->job.arena, 2048);
    a = arena_alloc(&c->job.arena, sizeof(*a));
    address_parse(a, text);
    c->peer = serve(row, text, &port);
    settings.smtp_port = port;
    uv_update_time(&loop);
    probe_start(pool, &c->job, HOST, a, on_done, c);
}

static void finish(struct probe_case *c)
{
    CHECK(c->outcome == c->row->outcome, "%s: %s", c->row->name,
          c->outcome < OUTCOME_COUNT ? outcome_name(c->outcome) : "no end");
    kill(c->peer, SIGKILL);
    waitpid(c->peer, NULL, 0);
    arena_free(&c->job.arena);
}

static double cpu_seconds(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* What one turn of the loop costs: so long everybody else waits. */
static double longest_turn, turn_began;

static void on_turn_begins(uv_prepare_t *handle)
{
    (void)handle;
    turn_began = cpu_seconds();
}

static void on_turn_ends(uv_check_t *handle)
{
    double took = cpu_seconds() - turn_began;

    (void)handle;
    longest_turn = took > longest_turn ? took : longest_turn;
}

static void watch_turns(void)
{
    static uv_prepare_t prepare;
    static uv_check_t check;

    uv_prepare_init(&loop, &prepare);
    uv_check_init(&loop, &check);
    uv_prepare_start(&prepare, on_turn_begins);
    uv_check_start(&check, on_turn_ends);
    uv_unref((uv_handle_t *)&prepare);
    uv_unref((uv_handle_t *)&check);
}

/* The largest resident set since the last call, in bytes. */
static size_t peak_memory(void)
{
    FILE *f = fopen("/proc/self/status", "r"), *reset;
    char line[256];
    size_t kilobytes = 0;

    while (f != NULL && fgets(line, sizeof(line), f) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0)
            kilobytes = strtoul(line + 6, NULL, 10);
    if (f != NULL)
        fclose(f);
    reset = fopen("/proc/self/clear_refs", "w");
    if (reset != NULL) {
        fputs("5", reset);
        fclose(reset);
    }
    return kilobytes << 10;
}

static void test_alone(struct probe_pool *pool, const struct row *row, unsigned number)
{
    struct probe_case c;
    double cpu;
    size_t before, peak;

    malloc_trim(0);
    peak_memory();
    before = peak_memory();
    longest_turn = 0;
    cpu = cpu_seconds();
    begin(pool, &c, row, number);
    uv_run(&loop, UV_RUN_DEFAULT);
    cpu = cpu_seconds() - cpu;
    peak = peak_memory();
    CHECK_COST(peak < before + row->memory, "%s: %zu KB more", row->name, (peak - before) >> 10);
    CHECK_COST(cpu < row->cpu, "%s: %.2f s of CPU", row->name, cpu);
    CHECK_COST(longest_turn < TURN_MAX, "%s: a turn of %.2f s", row->name, longest_turn);
    printf("%-22s %6zu KB %6.3f s CPU, at most %.3f s a turn\n", row->name,
           peak > before ? (peak - before) >> 10 : 0, cpu, longest_turn);
    finish(&c);
}

/* All at once, and their neighbours. */
static void test_together(struct probe_pool *pool)
{
    static struct probe_case hostile[ROWS], neighbours[ROWS * NEIGHBOURS];

    longest_turn = 0;
    for (unsigned i = 0; i < ROWS; i++)
        begin(pool, &hostile[i], &rows[i], 100 + i);
    for (unsigned i = 0; i < ROWS * NEIGHBOURS; i++)
        begin(pool, &neighbours[i], &ordinary, 200 + i);
    uv_run(&loop, UV_RUN_DEFAULT);
    for (unsigned i = 0; i < ROWS; i++)
        finish(&hostile[i]);
    for (unsigned i = 0; i < ROWS * NEIGHBOURS; i++)
        finish(&neighbours[i]);
    CHECK_COST(longest_turn < TURN_MAX, "one turn of the loop took %.2f s of CPU", longest_turn);
    printf("all at once: the longest turn of the loop took %.3f s CPU\n", longest_turn);
}

/* ---- their certificates ---- */

static X509 *leaf(EVP_PKEY *key, EVP_PKEY *ca_key, X509 *ca, const char *names, size_t comment)
{
    X509 *x = mint(&(struct mint){
        .name = HOST, .alternative = names, .key = key, .issuer = ca, .issuer_key = ca_key });
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    char *filler = memset(malloc(comment + 1), 'x', comment + 1);

    if (comment > 0) {
        ASN1_STRING_set(text, filler, (int)comment);
        X509_add1_ext_i2d(x, NID_netscape_comment, text, 0, 0);
        mint_need(X509_sign(x, ca_key, EVP_sha256()) > 0, "sign");
    }
    free(filler);
    ASN1_IA5STRING_free(text);
    return x;
}

static void add_names(X509 *x, EVP_PKEY *ca_key, int count)
{
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    char text[64];

    for (int i = 0; i < count; i++) {
        GENERAL_NAME *name = GENERAL_NAME_new();
        ASN1_IA5STRING *dns = ASN1_IA5STRING_new();

        snprintf(text, sizeof(text), "host%d.example.com", i);
        ASN1_STRING_set(dns, text, -1);
        GENERAL_NAME_set0_value(name, GEN_DNS, dns);
        sk_GENERAL_NAME_push(names, name);
    }
    X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, 0);
    mint_need(X509_sign(x, ca_key, EVP_sha256()) > 0, "sign");
    GENERAL_NAMES_free(names);
}

int main(void)
{
    char path[] = "/tmp/mxcensus-test-XXXXXX";
    const char *error;
    EVP_PKEY *ca_key = mint_key("EC", "P-256", 0), *key = mint_key("EC", "P-256", 0),
             *rsa_key = mint_key("RSA", NULL, 2048);
    X509 *ca = mint_ca("Test CA", ca_key, NULL, NULL);
    struct probe_pool *pool;

    setvbuf(stdout, NULL, _IOLBF, 0);
    good = (struct script_identity){ leaf(key, ca_key, ca, "DNS:" HOST, 0), ca, key };
    large = (struct script_identity){ leaf(key, ca_key, ca, "DNS:" HOST, MEGABYTE), ca, key };
    crowded = (struct script_identity){ leaf(key, ca_key, ca, NULL, 0), ca, key };
    add_names(crowded.leaf, ca_key, 100000);
    rsa = (struct script_identity){ leaf(rsa_key, ca_key, ca, "DNS:" HOST, 0), ca, rsa_key };
    mint_file(path, ca);
    settings_default(&settings);
    settings.ehlo = "me.example";
    settings.connect_timeout = settings.banner_timeout = settings.command_timeout = 8000;
    settings.tls_timeout = 8000;
    settings.probe_timeout = 9000;
    worker.chains = chain_judge_new(path, &error);
    unlink(path);
    uv_loop_init(&loop);
    watch_turns();
    pool = probe_pool_new(&worker, &error);
    mint_need(worker.chains != NULL && pool != NULL, "pool");
    probe_pool_share(pool, 1);
    test_alone(
        pool, &(struct row){ "an ordinary one", play_ok, &good, OUTCOME_OK, 64 * MEGABYTE, 1 }, 90);
    for (unsigned i = 0; i < ROWS; i++)
        test_alone(pool, &rows[i], i);
    test_together(pool);
    probe_pool_close(pool);
    return check_report();
}
