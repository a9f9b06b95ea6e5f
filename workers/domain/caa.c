#include "workers/domain/caa.h"

#include "scanner/base/name.h"
#include "workers/domain/climb.h"
#include "workers/domain/text.h"
#include "workers/lookup.h"
#include "workers/parse/caa.h"
#include "workers/parse/judgement.h"

#define RECORDS_MAX 32 /* kept in the record */

static bool find(struct domain *d, struct climb *c)
{
    return climb(d, DNS_CAA, name_tld(d->name), c);
}

void caa_proceed(struct domain *d, const struct domain_member *m)
{
    struct climb c;

    (void)m;
    find(d, &c);
}

/* As a master file has it; what is none as RDATA of unknown form (RFC 3597 §5). */
static void print(const struct dns_rdata *r, struct buf *out)
{
    struct caa caa;

    buf_reset(out);
    if (caa_parse(r->data, r->len, &caa)) {
        caa_print(&caa, out);
        return;
    }
    buf_printf(out, "\\# %u ", (unsigned)r->len);
    for (size_t i = 0; i < r->len; i++)
        buf_printf(out, "%02x", r->data[i]);
}

static void write_records(struct json_writer *w, const struct dns_answer *a)
{
    struct buf text;

    if (a->record_count == 0)
        return;
    buf_init(&text, BUF_NO_CEILING);
    json_open_array(w, "records");
    for (size_t i = 0; i < a->record_count && i < RECORDS_MAX; i++) {
        print(&a->records[i], &text);
        json_write_bytes(w, NULL, text.data, text.len);
    }
    json_close_array(w);
    buf_free(&text);
}

static void judge(struct json_writer *w, const struct dns_answer *a, struct arena *arena)
{
    struct bytes *rdatas = arena_array(arena, a->record_count, sizeof(*rdatas));

    for (size_t i = 0; i < a->record_count; i++)
        rdatas[i] = (struct bytes){ (const char *)a->records[i].data, a->records[i].len };
    judgement_write_caa(w, rdatas, a->record_count, arena);
}

void caa_write(struct domain *d, const struct domain_member *m, struct json_writer *w)
{
    struct climb c;

    find(d, &c);
    json_open_object(w, m->name);
    climb_write(&c, d, w);
    write_records(w, c.answer);
    if (text_is_definite(c.answer))
        judge(w, c.answer, &d->job->arena);
    else
        judgement_write_verdict(w, VERDICT_UNKNOWN);
    json_close_object(w);
}
