/* Conversations with servers that follow a script, each at an address of its own: what a peer does,
 * and what must be found. */
#include <errno.h>
#include <sys/wait.h>

#include "tests/unit/workers/probe_bed.h"

#define HELLO ">220 mx.example.com ESMTP\r\n", "<EHLO me.example\r"
#define OFFER HELLO, ">250-mx.example.com\r\n250-SIZE 1000\r\n250 STARTTLS\r\n", "<STARTTLS\r"
#define READY OFFER, ">220 2.0.0 go\r\n"
#define INSIDE \
    "<EHLO me.example\r", ">250-mx.example.com\r\n250 REQUIRETLS\r\n", "<QUIT\r", ">221 bye\r\n"

enum { NOBODY = 1, BLACKHOLE = 2 };

struct row {
    const char *name;
    const char *const lines[SCRIPT_LINES];
    enum outcome outcome;
    const char *step;
    int code;
    enum probe_starttls starttls;
    const char *version;
    int alert;          /* 0: none */
    const char *banner; /* NULL: not looked at */
    int listener;       /* NOBODY, BLACKHOLE */
};

#define UNKNOWN PROBE_STARTTLS_UNKNOWN
#define OFFERED PROBE_STARTTLS_OFFERED
#define ABSENT PROBE_STARTTLS_ABSENT
#define GREETED "220 mx.example.com ESMTP"

static const struct row rows[] = {
    { "ok", { READY, "T", INSIDE }, OUTCOME_OK, "quit", 0, OFFERED, "TLSv1.3", 0, GREETED, 0 },
    { "tls10", { READY, "T10", INSIDE }, OUTCOME_OK, "quit", 0, OFFERED, "TLSv1", 0, GREETED, 0 },
    { "tls11", { READY, "T11", INSIDE }, OUTCOME_OK, "quit", 0, OFFERED, "TLSv1.1", 0, NULL, 0 },
    { "tls12", { READY, "T12", INSIDE }, OUTCOME_OK, "quit", 0, OFFERED, "TLSv1.2", 0, NULL, 0 },
    { "tls13", { READY, "T13", INSIDE }, OUTCOME_OK, "quit", 0, OFFERED, "TLSv1.3", 0, NULL, 0 },
    { "lower-case",
      { ">220 mx\r\n", "<EHLO", ">250-mx\r\n250 starttls\r\n", "<STARTTLS", ">220 go\r\n", "T",
        INSIDE },
      OUTCOME_OK,
      "quit",
      0,
      OFFERED,
      "TLSv1.3",
      0,
      "220 mx",
      0 },
    { "multiline, bare LF",
      { ">220-mx\n220-no mail\n220 ready\n", "<EHLO", ">250-mx\n250 STARTTLS\n", "<STARTTLS",
        ">220 go\n", "T", INSIDE },
      OUTCOME_OK,
      "quit",
      0,
      OFFERED,
      "TLSv1.3",
      0,
      "220-mx\n220-no mail\n220 ready",
      0 },
    { "drip",
      { "D220 mx\r\n", "<EHLO", "D250-mx\r\n250 STARTTLS\r\n", "<STARTTLS", "D220 go\r\n", "T",
        INSIDE },
      OUTCOME_OK,
      "quit",
      0,
      OFFERED,
      "TLSv1.3",
      0,
      "220 mx",
      0 },
    { "tarpit",
      { "S300", ">220 mx\r\n", "<EHLO", "S300", ">250 STARTTLS\r\n", "<QUIT", "S200" },
      OUTCOME_STARTTLS_ABSENT,
      "ehlo",
      0,
      ABSENT,
      NULL,
      0,
      "220 mx",
      0 }, /* the first line is a greeting */
    { "no-starttls",
      { HELLO, ">250-mx\r\n250 SIZE\r\n", "<QUIT\r", ">221 bye\r\n" },
      OUTCOME_STARTTLS_ABSENT,
      "ehlo",
      0,
      ABSENT,
      NULL,
      0,
      GREETED,
      0 },
    { "starttlsx",
      { HELLO, ">250-mx\r\n250-STARTTLSX\r\n250 XSTARTTLS\r\n", "<QUIT\r" },
      OUTCOME_STARTTLS_ABSENT,
      "ehlo",
      0,
      ABSENT,
      NULL,
      0,
      NULL,
      0 },
    { "starttls-454",
      { OFFER, ">454 4.7.0 not now\r\n", "<QUIT\r" },
      OUTCOME_SMTP_TRANSIENT,
      "starttls",
      454,
      OFFERED,
      NULL,
      0,
      NULL,
      0 },
    { "starttls-502",
      { OFFER, ">502 5.5.1 what\r\n", "<QUIT\r" },
      OUTCOME_STARTTLS_DECLINED,
      "starttls",
      502,
      OFFERED,
      NULL,
      0,
      NULL,
      0 },
    { "starttls-250",
      { OFFER, ">250 fine\r\n", "<QUIT\r" },
      OUTCOME_STARTTLS_DECLINED,
      "starttls",
      250,
      OFFERED,
      NULL,
      0,
      NULL,
      0 },
    { "helo-only",
      { HELLO, ">502 what\r\n", "<HELO me.example\r", ">250 mx\r\n", "<QUIT\r" },
      OUTCOME_STARTTLS_ABSENT,
      "ehlo",
      0,
      ABSENT,
      NULL,
      0,
      NULL,
      0 },
    { "ehlo-4xx",
      { HELLO, ">451 later\r\n", "<QUIT\r" },
      OUTCOME_SMTP_TRANSIENT,
      "ehlo",
      451,
      UNKNOWN,
      NULL,
      0,
      NULL,
      0 },
    { "ehlo-5xx",
      { HELLO, ">550 no\r\n", "<HELO", ">550 no\r\n", "<QUIT\r" },
      OUTCOME_SMTP_PERMANENT,
      "ehlo",
      550,
      UNKNOWN,
      NULL,
      0,
      NULL,
      0 },
    { "greeting-421",
      { ">421 busy\r\n", "<QUIT\r" },
      OUTCOME_BLOCKED,
      "banner",
      421,
      UNKNOWN,
      NULL,
      0,
      "421 busy",
      0 },
    { "greeting-421, then gone",
      { ">421 busy\r\n", "X" },
      OUTCOME_BLOCKED,
      "banner",
      421,
      UNKNOWN,
      NULL,
      0,
      "421 busy",
      0 },
    { "greeting-554",
      { ">554 you? no\r\n", "<QUIT\r" },
      OUTCOME_BLOCKED,
      "banner",
      554,
      UNKNOWN,
      NULL,
      0,
      NULL,
      0 },
    { "greeting-450",
      { ">450 later\r\n", "<QUIT\r" },
      OUTCOME_SMTP_TRANSIENT,
      "banner",
      450,
      UNKNOWN,
      NULL,
      0,
      NULL,
      0 },
    { "greeting-550",
      { ">550 no\r\n", "<QUIT\r" },
      OUTCOME_SMTP_PERMANENT,
      "banner",
      550,
      UNKNOWN,
      NULL,
      0,
      NULL,
      0 },
    { "silence", { "H" }, OUTCOME_TIMEOUT, "banner", 0, UNKNOWN, NULL, 0, "", 0 },
    { "ehlo-silence",
      { HELLO, "<QUIT\r" },
      OUTCOME_TIMEOUT,
      "ehlo",
      0,
      UNKNOWN,
      NULL,
      0,
      GREETED,
      0 },
    { "starttls-silence",
      { OFFER, "<QUIT\r" },
      OUTCOME_TIMEOUT,
      "starttls",
      0,
      OFFERED,
      NULL,
      0,
      NULL,
      0 },
    { "junk",
      { ">SSH-2.0-OpenSSH_9.2p1\r\n", "H" },
      OUTCOME_NOT_SMTP,
      "banner",
      0,
      UNKNOWN,
      NULL,
      0,
      "SSH-2.0-OpenSSH_9.2p1",
      0 },
    { "half-line", { ">220 mx", "X" }, OUTCOME_CLOSED, "banner", 0, UNKNOWN, NULL, 0, "220 mx", 0 },
    { "close", { "X" }, OUTCOME_CLOSED, "banner", 0, UNKNOWN, NULL, 0, "", 0 },
    { "reset", { "S50", "R" }, OUTCOME_RESET, "banner", 0, UNKNOWN, NULL, 0, "", 0 },
    { "refused", { NULL }, OUTCOME_CONNECTION_REFUSED, "connect", 0, UNKNOWN, NULL, 0, "", NOBODY },
    { "blackhole", { NULL }, OUTCOME_TIMEOUT, "connect", 0, UNKNOWN, NULL, 0, "", BLACKHOLE },
    { "injection",
      { OFFER, ">220 go\r\n250 injected\r\n", "H" },
      OUTCOME_STARTTLS_INJECTION,
      "starttls",
      0,
      OFFERED,
      NULL,
      0,
      NULL,
      0 },
    { "half-line, reset",
      { "S50", ">220 m", "R" },
      OUTCOME_RESET,
      "banner",
      0,
      UNKNOWN,
      NULL,
      0,
      "220 m",
      0 },
    { "tls-reset", { READY, "G", "R" }, OUTCOME_RESET, "tls", 0, OFFERED, NULL, 0, NULL, 0 },
    { "tls-close", { READY, "G", "X" }, OUTCOME_CLOSED, "tls", 0, OFFERED, NULL, 0, NULL, 0 },
    { "tls-silence", { READY, "H" }, OUTCOME_TIMEOUT, "tls", 0, OFFERED, NULL, 0, NULL, 0 },
    { "tls-garbage",
      { READY, "G", ">500 what is this\r\n", "H" },
      OUTCOME_NO_TLS,
      "tls",
      0,
      OFFERED,
      NULL,
      0,
      NULL,
      0 },
    { "tls-http",
      { READY, "G", ">HTTP/1.1 400 Bad Request\r\n\r\n", "X" },
      OUTCOME_NO_TLS,
      "tls",
      0,
      OFFERED,
      NULL,
      0,
      NULL,
      0 },
    { "tls-alert",
      { READY, "G", "A", "H" },
      OUTCOME_TLS_FAILED,
      "tls",
      0,
      OFFERED,
      NULL,
      40,
      NULL,
      0 },
    { "endless-banner",
      { "F220-and more\r\n" },
      OUTCOME_REPLY_TOO_LONG,
      "banner",
      0,
      UNKNOWN,
      NULL,
      0,
      NULL,
      0 },
    { "long-line",
      { ">220-", "Fno end " },
      OUTCOME_REPLY_TOO_LONG,
      "banner",
      0,
      UNKNOWN,
      NULL,
      0,
      NULL,
      0 },
    { "endless-ehlo",
      { HELLO, "F250-X\r\n" },
      OUTCOME_REPLY_TOO_LONG,
      "ehlo",
      0,
      UNKNOWN,
      NULL,
      0,
      NULL,
      0 },
    { "ehlo-close", { HELLO, "X" }, OUTCOME_CLOSED, "ehlo", 0, UNKNOWN, NULL, 0, GREETED, 0 },
    { "ehlo-tls-close",
      { READY, "T", "<EHLO", "X" },
      OUTCOME_OK,
      "quit",
      0,
      OFFERED,
      "TLSv1.3",
      0,
      NULL,
      0 },
    { "ehlo-tls-silence",
      { READY, "T", "<EHLO", "<QUIT" },
      OUTCOME_OK,
      "quit",
      0,
      OFFERED,
      "TLSv1.3",
      0,
      NULL,
      0 },
    { "ehlo-tls-reset",
      { READY, "T", "<EHLO", "R" },
      OUTCOME_OK,
      "quit",
      0,
      OFFERED,
      "TLSv1.3",
      0,
      NULL,
      0 },
    { "ehlo-tls-421",
      { READY, "T", "<EHLO", ">421 4.3.2 enough\r\n", "<QUIT" },
      OUTCOME_OK,
      "quit",
      0,
      OFFERED,
      "TLSv1.3",
      0,
      NULL,
      0 },
    { "ehlo-tls-502",
      { READY, "T", "<EHLO", ">502 5.5.1 what\r\n", "<QUIT" },
      OUTCOME_OK,
      "quit",
      0,
      OFFERED,
      "TLSv1.3",
      0,
      NULL,
      0 },
    { "ehlo-tls-junk",
      { READY, "T", "<EHLO", ">hello\r\n" },
      OUTCOME_OK,
      "quit",
      0,
      OFFERED,
      "TLSv1.3",
      0,
      NULL,
      0 },
    { "quit-silence",
      { READY, "T", "<EHLO", ">250 mx\r\n", "<QUIT", "H" },
      OUTCOME_OK,
      "quit",
      0,
      OFFERED,
      "TLSv1.3",
      0,
      NULL,
      0 },
    { "deadline", /* each step in its time, all together not */
      { "S1300", ">220 mx\r\n", "<EHLO", "S1300", ">502 what\r\n", "<HELO", "S1300",
        ">502 what\r\n" },
      OUTCOME_TIMEOUT,
      "ehlo",
      0,
      UNKNOWN,
      NULL,
      0,
      NULL,
      0 },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))
_Static_assert(ROWS <= PROBES_MAX, "more rows than probes");

/* What became of EHLO inside TLS: STARTTLS worked, yet a sender gets no further (RFC 3207 §4.2). */
static void check_after_tls(const struct row *row, const struct probe_result *r)
{
    static const struct {
        const char *name;
        enum outcome outcome;
        int code;
    } failures[] = {
        { "ehlo-tls-close", OUTCOME_CLOSED, 0 },
        { "ehlo-tls-silence", OUTCOME_TIMEOUT, 0 },
        { "ehlo-tls-reset", OUTCOME_RESET, 0 },
        { "ehlo-tls-421", OUTCOME_SMTP_TRANSIENT, 421 },
        { "ehlo-tls-502", OUTCOME_SMTP_PERMANENT, 502 },
        { "ehlo-tls-junk", OUTCOME_NOT_SMTP, 0 },
    };
    enum outcome outcome = OUTCOME_OK;
    int code = 0;

    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
        if (same(failures[i].name, row->name)) {
            outcome = failures[i].outcome;
            code = failures[i].code;
        }
    CHECK(r->after_tls == outcome, "%s: after TLS %s", row->name, outcome_name(r->after_tls));
    CHECK(r->after_tls_code == code, "%s: after TLS %d", row->name, r->after_tls_code);
    CHECK(r->ehlo_tls.known == (row->outcome == OUTCOME_OK && outcome == OUTCOME_OK), "%s",
          row->name);
}

static void check_row(const struct row *row, const struct probe_result *r)
{
    CHECK(r != NULL, "%s: no result", row->name);
    if (r == NULL)
        return;
    CHECK(r->outcome == row->outcome, "%s: %s", row->name, outcome_name(r->outcome));
    CHECK(same(r->step, row->step), "%s: %s", row->name, r->step);
    CHECK(r->code == row->code, "%s: %d", row->name, r->code);
    CHECK(r->starttls == row->starttls, "%s: %d", row->name, r->starttls);
    CHECK(same(r->tls.version, row->version), "%s: %s", row->name, r->tls.version);
    CHECK(r->tls.alert == (row->alert != 0 ? row->alert : -1), "%s: %d", row->name, r->tls.alert);
    CHECK(row->banner == NULL || bytes_equal(r->banner, row->banner), "%s: %.*s", row->name,
          (int)r->banner.len, r->banner.data);
    CHECK(r->banner.len <= PROBE_BANNER_MAX, "%s", row->name);
    CHECK(r->chain.count == (row->version != NULL ? 2 : 0), "%s: %zu", row->name, r->chain.count);
    CHECK(r->tls_tried == (r->sni != NULL), "%s", row->name);
    check_after_tls(row, r);
}

/* The first row in full. */
static void check_ok(const struct probe_result *r)
{
    CHECK(r->ehlo.known && r->ehlo.count == 2 && bytes_equal(r->ehlo.lines[0], "SIZE 1000") &&
              bytes_equal(r->ehlo.lines[1], "STARTTLS"),
          "%zu", r->ehlo.count);
    CHECK(r->ehlo_tls.known && r->ehlo_tls.count == 1, "%zu", r->ehlo_tls.count);
    CHECK(r->requiretls, "RFC 8689");
    CHECK(r->chain.pkix.verdict == VERDICT_VALID && r->chain.name_match, "%#x",
          r->chain.pkix.errors);
    CHECK(same(r->tls.cipher, "TLS_AES_256_GCM_SHA384"), "%s", r->tls.cipher);
    CHECK(same(r->tls.group, "x25519"), "%s", r->tls.group);
    CHECK(same(r->sni, HOST), "%s", r->sni);
}

/* A full accept queue: Linux leaves further SYNs unanswered. */
static void fill_queue(int listener, const char *address, unsigned short port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };

    listen(listener, 0);
    inet_pton(AF_INET, address, &to.sin_addr);
    for (int i = 0; i < 3; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

        /* stays open as long as the test */
        CHECK(connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 || errno == EINPROGRESS,
              "connect");
    }
}

static void test_rows(const struct script_identity *identity)
{
    struct probe_pool *pool = pool_new();
    pid_t pids[ROWS] = { 0 };
    unsigned short port = 0;
    char text[32];
    struct address address;

    for (size_t i = 0; i < ROWS; i++) {
        int fd;

        address_of(i, text, &address);
        if (rows[i].listener == NOBODY)
            continue;
        fd = script_listen(text, &port);
        if (rows[i].listener == BLACKHOLE) {
            fill_queue(fd, text, port);
            continue;
        }
        pids[i] = script_play(fd, rows[i].lines, identity);
        close(fd);
    }
    settings.smtp_port = port;
    uv_update_time(&loop);
    for (size_t i = 0; i < ROWS; i++) {
        address_of(i, text, &address);
        jobs[i].number = (unsigned)i;
        arena_init(&jobs[i].arena, 2048);
        probe_start(pool, &jobs[i], HOST, &address, on_result, &jobs[i]);
    }
    CHECK(finished == 0, "never from inside the call");
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(finished == ROWS, "%u", finished);
    CHECK(strangers == 0, "%u", strangers);
    for (size_t i = 0; i < ROWS; i++) {
        int status = 0;

        check_row(&rows[i], results[i]);
        if (pids[i] > 0)
            waitpid(pids[i], &status, 0);
        CHECK(status == 0, "%s: the peer saw something else: %#x", rows[i].name, status);
    }
    check_ok(results[0]);
    for (size_t i = 0; i < ROWS; i++) {
        chain_drop(&results[i]->chain);
        arena_free(&jobs[i].arena);
    }
    probe_pool_close(pool);
}

/* A loop that stands still longer than a peer may take (a worker that was stopped, a machine
 * without a processor to spare) finds what came meanwhile, and no timeout. */
static void test_stall(const struct script_identity *identity)
{
    static const char *const lines[SCRIPT_LINES] = { READY, "T", INSIDE };
    const struct settings limits = settings;
    const int64_t limit = INT64_C(100) * CHECK_SLOWNESS;
    struct probe_pool *pool = pool_new();
    unsigned short port = 0;
    struct address address;
    int fd = script_listen("127.0.0.1", &port), status = 0;
    pid_t pid = script_play(fd, lines, identity);

    close(fd);
    settings.smtp_port = port;
    settings.connect_timeout = settings.banner_timeout = limit;
    settings.command_timeout = settings.tls_timeout = limit;
    settings.probe_timeout = 100 * limit;
    address_parse(&address, "127.0.0.1");
    arena_init(&jobs[0].arena, 2048);
    uv_update_time(&loop);
    probe_start(pool, &jobs[0], HOST, &address, on_result, &jobs[0]);
    do
        usleep((unsigned)limit * 3000);
    while (uv_run(&loop, UV_RUN_ONCE) != 0);
    CHECK(results[0]->outcome == OUTCOME_OK && results[0]->after_tls == OUTCOME_OK, "%s at %s, %s",
          outcome_name(results[0]->outcome), results[0]->step, outcome_name(results[0]->after_tls));
    waitpid(pid, &status, 0);
    CHECK(status == 0, "the peer saw something else: %#x", status);
    chain_drop(&results[0]->chain);
    arena_free(&jobs[0].arena);
    probe_pool_close(pool);
    settings = limits;
}

int main(void)
{
    struct script_identity identity;

    probe_bed_open(&identity);
    test_rows(&identity);
    test_stall(&identity);
    probe_bed_close(&identity);
    return check_report();
}
