/* What a DNS question costs: CPU of this process, from dns_ask() to the answer read, judged and
 * written as JSON, while another process answers. One in four answers has data, as in a census.
 * usage: bench_dns [QUESTIONS [FLIGHT [SERVER]]]; SERVER: ADDR#PORT that answers already */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scanner/base/timing.h"
#include "tests/unit/workers/dns_message.h"
#include "workers/dns/engine.h"
#include "workers/domain/text.h"
#include "workers/lookup.h"
#include "workers/parse/judgement.h"

enum { BATCH = 64, ROUNDS = 5, NAME_MAX_LEN = 64 };

/* ---- the answering process ---- */

static size_t respond(const uint8_t *query, size_t len, uint8_t *out)
{
    static struct message m;
    static unsigned number;

    message_respond(&m, query, len, 0);
    if (number++ % 4 == 0)
        message_rr(&m, SECTION_ANSWER, "@", 16, 300,
                   "\x2cv=DMARC1; p=none; rua=mailto:dmarc@x.example", 45);
    else
        message_soa(&m);
    message_rr(&m, SECTION_ADDITIONAL, "", 41, 0, "", 0);
    memcpy(out, m.data, m.len);
    return m.len;
}

static void serve(int fd)
{
    static uint8_t in[BATCH][512], out[BATCH][512];
    static struct sockaddr_in from[BATCH];
    static struct mmsghdr ins[BATCH], outs[BATCH];
    static struct iovec in_parts[BATCH], out_parts[BATCH];

    for (unsigned i = 0; i < BATCH; i++) {
        in_parts[i] = (struct iovec){ in[i], sizeof(in[i]) };
        ins[i].msg_hdr =
            (struct msghdr){ .msg_name = &from[i], .msg_iov = &in_parts[i], .msg_iovlen = 1 };
        out_parts[i].iov_base = out[i];
        outs[i].msg_hdr = (struct msghdr){ .msg_name = &from[i],
                                           .msg_namelen = sizeof(from[i]),
                                           .msg_iov = &out_parts[i],
                                           .msg_iovlen = 1 };
    }
    for (;;) {
        int n;

        for (unsigned i = 0; i < BATCH; i++)
            ins[i].msg_hdr.msg_namelen = sizeof(from[i]);
        n = recvmmsg(fd, ins, BATCH, MSG_WAITFORONE, NULL);
        for (int i = 0; i < n; i++)
            out_parts[i].iov_len = respond(in[i], ins[i].msg_len, out[i]);
        for (int sent = 0; sent < n;) {
            int done = sendmmsg(fd, outs + sent, (unsigned)(n - sent), 0);

            sent += done > 0 ? done : 1;
        }
    }
}

static pid_t start_server(uint16_t *port)
{
    struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(sa);
    int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 8 * 1024 * 1024;
    pid_t child;

    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
    if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0)
        exit(1);
    getsockname(fd, (struct sockaddr *)&sa, &len);
    *port = ntohs(sa.sin_port);
    child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(fd);
    }
    close(fd);
    return child;
}

/* ---- the client ---- */

struct client {
    uv_loop_t loop;
    struct dns_engine *engine;
    struct arena arenas[64]; /* as jobs have theirs: reset in turn */
    struct arena scratch;
    struct buf json;
    unsigned asked, answered, count, records, failed;
};
struct asked {
    struct client *client;
    char name[NAME_MAX_LEN];
};

static void on_answer(void *context, const struct dns_answer *answer);

static void ask_next(struct client *c)
{
    unsigned i = c->asked++;
    struct arena *arena = &c->arenas[i / 1024 % 64];
    struct asked *q;

    if (i % 1024 == 0)
        arena_reset(arena); /* its answers are 64,000 questions old */
    q = arena_alloc(arena, sizeof(*q));
    q->client = c;
    snprintf(q->name, sizeof(q->name), "_dmarc.domain-%u.example", i);
    dns_ask(c->engine, arena, q->name, DNS_TXT, on_answer, q);
}

/* As a member of a domain's record, with the name in front. */
static void write_answer(struct client *c, const char *name, const struct dns_answer *answer,
                         struct arena *arena)
{
    struct json_writer w;
    struct bytes *texts;
    size_t count;

    buf_reset(&c->json);
    json_writer_init(&w, &c->json);
    json_open_object(&w, NULL);
    json_write_string(&w, "name", name);
    lookup_write(&w, answer);
    count = text_strings(answer, NULL, arena, &texts);
    text_write_strings(&w, texts, count);
    judgement_write_dmarc(&w, texts, count, arena);
    json_close_object(&w);
}

static void on_answer(void *context, const struct dns_answer *answer)
{
    struct asked *q = context;
    struct client *c = q->client;

    c->answered++;
    c->records += (unsigned)answer->record_count;
    c->failed += answer->outcome != OUTCOME_OK && answer->outcome != OUTCOME_NODATA;
    write_answer(c, q->name, answer, &c->scratch);
    arena_reset(&c->scratch);
    if (c->asked < c->count)
        ask_next(c);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

struct result {
    double us[ROUNDS], rate;
    struct dns_totals totals;
    unsigned failed, records;
};

static void measure(const char *server, unsigned count, unsigned flight, struct result *r)
{
    struct client *c = calloc(1, sizeof(*c));
    struct settings settings;
    const char *error;

    settings_default(&settings);
    settings.resolver = server;
    settings.dns_flight = flight;
    uv_loop_init(&c->loop);
    c->engine = dns_engine_new(&c->loop, &settings, &error);
    if (c->engine == NULL) {
        fprintf(stderr, "%s\n", error);
        exit(1);
    }
    for (unsigned i = 0; i < 64; i++)
        arena_init(&c->arenas[i], 65536);
    arena_init(&c->scratch, 4096);
    buf_init(&c->json, BUF_NO_CEILING);
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t cpu = timing_cpu_us(), wall = timing_monotonic_us();

        c->asked = c->answered = 0;
        c->count = count;
        for (unsigned i = 0; i < flight && i < count; i++)
            ask_next(c);
        uv_run(&c->loop, UV_RUN_DEFAULT);
        r->us[round] = (double)(timing_cpu_us() - cpu) / count;
        r->rate = count / ((double)(timing_monotonic_us() - wall) / 1e6);
    }
    dns_engine_totals(c->engine, &r->totals);
    r->failed = c->failed;
    r->records = c->records;
    dns_engine_close(c->engine);
    uv_run(&c->loop, UV_RUN_DEFAULT);
    for (unsigned i = 0; i < 64; i++)
        arena_free(&c->arenas[i]);
    arena_free(&c->scratch);
    buf_free(&c->json);
    free(c);
}

int main(int argc, char **argv)
{
    unsigned count = argc > 1 ? (unsigned)atoi(argv[1]) : 200000;
    unsigned flight = argc > 2 ? (unsigned)atoi(argv[2]) : 500;
    char server[64];
    struct result r;
    pid_t child = 0;
    uint16_t port;
    double each;

    if (argc > 3) {
        snprintf(server, sizeof(server), "%s", argv[3]);
    } else {
        child = start_server(&port);
        snprintf(server, sizeof(server), "127.0.0.1#%u", port);
    }
    measure(server, count, flight, &r);
    if (child > 0)
        kill(child, SIGKILL);
    qsort(r.us, ROUNDS, sizeof(r.us[0]), by_value);
    each = (double)r.totals.queries / (double)r.totals.questions;
    printf("dns-question %.2f us-cpu 5 %s\n", r.us[ROUNDS / 2],
           r.us[ROUNDS / 2] <= 5 ? "ok" : "over");
    printf("dns-queries-per-question %.4f ratio 1.02 %s\n", each, each <= 1.02 ? "ok" : "over");
    printf("dns-unanswered %u questions 0 %s\n", r.failed, r.failed == 0 ? "ok" : "over");
    fprintf(stderr, "# %.0f questions/s, %lu drops, %lu stray\n", r.rate, r.totals.drops,
            r.totals.stray);
    return 0;
}
