/* domain_script: the dns stage over a table of answers, for tests: the engine and the batch are
 * replaced. work() runs one job to its end; then record, hosts, policies and delayed hold what it
 * brought, and asked what was asked. */
#ifndef MXC_TESTS_DOMAIN_SCRIPT_H
#define MXC_TESTS_DOMAIN_SCRIPT_H

#include <stdint.h>
#include <unistd.h>
#include <uv.h>

#include "scanner/base/memory.h"
#include "scanner/base/settings.h"
#include "tests/unit/check.h"
#include "workers/dns/engine.h"
#include "workers/job.h"
#include "workers/selectors.h"
#include "workers/shared_answers.h"
#include "workers/worker.h"

/* ---- the Internet: TXT and MX in text, "|" between records; NXDOMAIN where nothing stands ---- */

struct row {
    const char *name;
    uint16_t type;
    enum outcome outcome;
    const char *records, *alias;
};
#define MX(name)                                   \
    {                                              \
        name, DNS_MX, OUTCOME_OK, "1 m.test", NULL \
    }
#define TXT(name, text)                       \
    {                                         \
        name, DNS_TXT, OUTCOME_OK, text, NULL \
    }
#define FAILS(name)                                \
    {                                              \
        name, DNS_TXT, OUTCOME_TIMEOUT, NULL, NULL \
    }

static const struct row *rows;
static size_t row_count;

struct asked {
    struct arena *arena;
    char name[300];
    uint16_t type;
    dns_answer_cb *cb;
    void *context;
};
static struct asked asked[256];
static size_t asked_count, answered_count;

void dns_ask(struct dns_engine *e, struct arena *arena, const char *name, uint16_t type,
             dns_answer_cb *cb, void *context)
{
    struct asked *a = &asked[asked_count++];

    (void)e;
    *a = (struct asked){ .arena = arena, .type = type, .cb = cb, .context = context };
    snprintf(a->name, sizeof(a->name), "%s", name);
}

static size_t put_name(uint8_t *out, const char *name)
{
    size_t at = 0;

    while (*name != '\0' && strcmp(name, ".") != 0) {
        size_t len = strcspn(name, ".");

        out[at++] = (uint8_t)len;
        memcpy(out + at, name, len);
        at += len;
        name += len + (name[len] == '.');
    }
    out[at++] = 0;
    return at;
}

static size_t put_txt(uint8_t *out, const char *text, size_t len)
{
    size_t at = 0;

    do {
        size_t piece = len > 255 ? 255 : len;

        out[at++] = (uint8_t)piece;
        memcpy(out + at, text, piece);
        at += piece;
        text += piece;
        len -= piece;
    } while (len > 0);
    return at;
}

/* Flags, tag and value, a blank between them; as written where it begins with "#". */
static size_t put_caa(uint8_t *out, const char *text, size_t len)
{
    const char *tag = strchr(text, ' '), *value = tag != NULL ? strchr(tag + 1, ' ') : NULL;

    if (text[0] == '#' || value == NULL) {
        memcpy(out, text + 1, len - 1);
        return len - 1;
    }
    out[0] = (uint8_t)atoi(text);
    out[1] = (uint8_t)(value - tag - 1);
    memcpy(out + 2, tag + 1, out[1]);
    memcpy(out + 2 + out[1], value + 1, len - (size_t)(value + 1 - text));
    return 2U + out[1] + len - (size_t)(value + 1 - text);
}

static size_t put_record(uint8_t *out, uint16_t type, const char *text, size_t len)
{
    char copy[12000];
    struct address a;

    memcpy(copy, text, len);
    copy[len] = '\0';
    if (type == DNS_TXT)
        return put_txt(out, text, len);
    if (type == DNS_MX) {
        out[0] = 0;
        out[1] = (uint8_t)atoi(copy);
        return 2 + put_name(out + 2, strchr(copy, ' ') + 1);
    }
    if (type == DNS_NS)
        return put_name(out, copy);
    if (type == DNS_CAA)
        return put_caa(out, copy, len);
    address_parse(&a, copy);
    memcpy(out, a.bytes, type == DNS_A ? 4 : 16);
    return type == DNS_A ? 4 : 16;
}

static struct dns_answer *answer_of(const struct row *r, struct arena *arena)
{
    struct dns_answer *a = arena_alloc(arena, sizeof(*a));
    struct dns_rdata *records = arena_array(arena, 64, sizeof(*records));
    const char **aliases = arena_array(arena, 1, sizeof(*aliases));
    static uint8_t wire[16384];

    a->outcome = r != NULL ? r->outcome : OUTCOME_NXDOMAIN;
    a->dnssec = DNSSEC_SECURE;
    a->records = records;
    a->aliases = aliases;
    if (r != NULL && r->alias != NULL)
        aliases[a->alias_count++] = r->alias;
    for (const char *text = r != NULL ? r->records : NULL; text != NULL;) {
        size_t len = strcspn(text, "|");
        struct dns_rdata *d = &records[a->record_count++];

        a->ttl = 300;
        d->len = (uint16_t)put_record(wire, r->type, text, len);
        d->data = memcpy(arena_alloc(arena, d->len), wire, d->len);
        text = text[len] == '|' ? text + len + 1 : NULL;
    }
    return a;
}

static bool pump(void)
{
    struct asked *q = &asked[answered_count];
    const struct row *found = NULL;

    if (answered_count == asked_count)
        return false;
    answered_count++;
    for (size_t i = 0; i < row_count; i++)
        if (strcmp(rows[i].name, q->name) == 0 && rows[i].type == q->type)
            found = &rows[i];
    q->cb(q->context, answer_of(found, q->arena));
    return true;
}

/* ---- the batch ---- */

static struct buf record, hosts, policies, delayed;
static unsigned ends;
static const struct job *in_hand;

void job_in_hand(struct job *j)
{
    in_hand = j;
}

void job_put_down(struct job *j)
{
    CHECK(in_hand == j, "a job put down that was not in hand");
    in_hand = NULL;
}

void job_record(struct job *j, enum kind kind, const char *text, size_t len)
{
    CHECK(in_hand == j && kind == KIND_DOMAINS, "record");
    buf_append(&record, text, len);
}

void job_follow_policy(struct job *j, const char *text, size_t len)
{
    CHECK(in_hand == j, "policy");
    buf_append(&policies, text, len);
}

void job_follow_host(struct job *j, const char *host, const char *text, size_t len)
{
    CHECK(in_hand == j && host != NULL, "host");
    buf_append(&hosts, text, len);
}

void job_finish(struct job *j)
{
    CHECK(in_hand == j, "finish");
    ends++;
    arena_free(&j->arena);
}

void job_delay(struct job *j, const char *text, size_t len)
{
    buf_append(&delayed, text, len);
    ends++;
    arena_free(&j->arena);
}

/* ---- one job ---- */

static struct settings settings;
static struct worker worker = { .settings = &settings, .consumer = "w", .vantage = "here" };

/* The text in a buf, NUL-terminated; the time in it made "T". */
static const char *text_of(struct buf *b)
{
    char *time;

    buf_byte(b, '\0');
    b->len--;
    time = strstr(b->data, "\"time\":\"");
    if (time != NULL && time[9] != '"')
        memmove(time + 9, time + 28, strlen(time + 28) + 1), time[8] = 'T';
    return b->data;
}

/* Before the first job, and behind the last. */
static struct selectors script_selectors; /* none, unless a test has some */

static void script_open(void)
{
    static uv_loop_t loop;

    uv_loop_init(&loop);
    settings_default(&settings);
    worker.loop = &loop;
    worker.selectors = &script_selectors;
    for (struct buf *const *b = (struct buf *[]){ &record, &hosts, &policies, &delayed, NULL };
         *b != NULL; b++)
        buf_init(*b, BUF_NO_CEILING);
}

static void script_close(void)
{
    shared_answers_free(worker.shared);
    for (struct buf *const *b = (struct buf *[]){ &record, &hosts, &policies, &delayed, NULL };
         *b != NULL; b++)
        buf_free(*b);
    uv_loop_close(worker.loop);
}

static bool keep_shared; /* what earlier jobs shared is not forgotten */

static void work(const char *job_text, const struct row *table, size_t count)
{
    static struct job j;

    buf_reset(&record);
    buf_reset(&hosts);
    buf_reset(&policies);
    buf_reset(&delayed);
    rows = table;
    row_count = count;
    asked_count = answered_count = ends = 0;
    if (worker.shared != NULL && !keep_shared) {
        shared_answers_free(worker.shared);
        worker.shared = NULL;
    }
    if (worker.shared == NULL)
        worker.shared = shared_answers_new(worker.loop, NULL, 1U << 20);
    j = (struct job){ .worker = &worker };
    arena_init(&j.arena, 256);
    j.input = json_parse(&j.arena, job_text, strlen(job_text));
    in_hand = &j;
    domain_start(&j);
    in_hand = NULL;
    while (pump())
        ;
    CHECK(ends == 1, "%s: ended %u times", job_text, ends);
}

/* The last attempt at a domain; the table ends at `most` rows, or where one has no name. */
static inline void work_last(const char *domain, const struct row *table, size_t most)
{
    char job_text[100];
    size_t count = 0;

    while (count < most && table[count].name != NULL)
        count++;
    snprintf(job_text, sizeof(job_text), "{\"domain\":\"%s\",\"attempt\":3}", domain);
    work(job_text, table, count);
}

#define WORK(job_text, table) work(job_text, table, sizeof(table) / sizeof((table)[0]))
#define CHECK_TEXT(buf, expected) \
    CHECK(strcmp(text_of(buf), expected) == 0, "\n%s\n%s", text_of(buf), expected)

#endif
